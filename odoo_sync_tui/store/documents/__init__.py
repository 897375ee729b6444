"""The synced documents: read, compared, written and retired."""
