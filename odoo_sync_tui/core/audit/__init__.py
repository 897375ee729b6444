"""Audit events, and how they are filtered and exported."""
