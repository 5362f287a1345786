"""The heart: remote records in, our changes out."""
