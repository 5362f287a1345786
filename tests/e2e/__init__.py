"""A real browser, a live server, the live stand-in."""
