"""What the house tells a remote: which notes may go, in which words, and their telling."""
