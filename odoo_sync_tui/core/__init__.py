"""Plain values of a sync, shared by all other packages. Imports nothing but the standard library."""
