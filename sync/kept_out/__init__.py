"""What a sync kept out, for people: how much of it, why, what it is called, what hangs on it, and who is told."""
