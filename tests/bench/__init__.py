"""Measures speed and memory side by side, each side as a whole process: ``python -m tests.bench --help``."""
