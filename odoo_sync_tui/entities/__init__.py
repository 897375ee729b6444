"""Entities to sync, one file each. A new file here with an ``ENTITY`` is a new entity everywhere."""
