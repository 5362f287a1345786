"""Taking an invoice back in part: which lines and entries a credit note picks, and where they go."""
