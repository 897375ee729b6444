"""Commands of the dashboard: a registry, and the keys that run them."""
