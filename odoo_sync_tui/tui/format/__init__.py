"""Core values as safe text and content; no widgets."""
