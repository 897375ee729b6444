"""Runs, leases and the integration's document."""
