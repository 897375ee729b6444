"""Which rows and fields are read, and how their values are decoded."""
