"""Text from outside, times, JSON and secrets."""
