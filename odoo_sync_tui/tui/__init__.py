"""The dashboard: what an operator sees of the integration, and the keys that start, watch and stop a run."""
