"""The lease of a run: taken from the dead, waited for, and freed."""
