"""What is deleted for good: entities that are synced no more, records that are erased, and what is too old."""
