"""What follows the end of a run: how all syncs stand, what was learnt beside the records, and who is told."""
