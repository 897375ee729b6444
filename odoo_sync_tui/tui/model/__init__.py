"""Frozen values that the screens draw."""
