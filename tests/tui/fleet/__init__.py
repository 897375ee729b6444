"""The screen of all sources."""
