"""Commands for many Odoos at once."""
