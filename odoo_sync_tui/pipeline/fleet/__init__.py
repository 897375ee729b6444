"""Many sources: one run of one source in a process of its own, on one machine or many."""
