"""Sections of the settings: what may stand in each table, with its type, its limits and its default."""
