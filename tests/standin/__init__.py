"""The stand-in itself, over HTTP."""
