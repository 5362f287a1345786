"""Everything that looks at Crossbill from outside."""
