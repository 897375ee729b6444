"""What is synced: one file per entity. A new file here with an ``ENTITY`` is a new entity everywhere."""
