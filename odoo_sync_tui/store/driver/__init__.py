"""The seam to pymongo: its errors and its values."""
