"""How worlds are filled: the bare base, the demo agency, and plain worlds of any size."""
