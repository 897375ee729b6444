"""Version of the program. Not in the package itself, whose public names import every room."""

__version__ = "0.1.0"
