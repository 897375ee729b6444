"""The screen of all sources: many Odoos in one list."""
