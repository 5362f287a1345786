"""What `./crossbill` does before the app's own packages are there: the standard library is all it may use."""
