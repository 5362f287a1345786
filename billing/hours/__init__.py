"""What hours are worth, whether they may be billed, and on which line they stand."""
