"""Examine everything that a sync depends on: this machine, both servers, and the other Odoos of a fleet."""
