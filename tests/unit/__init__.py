"""No app, no database."""
