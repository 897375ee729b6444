"""The dashboard itself, on a fake backend."""
