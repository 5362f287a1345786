"""Benchmarks that print ratios; never timed assertions."""
