"""Settings of the operator, and the origin of each value.

Command line > environment > TOML file > ``integrations.config`` in the database > defaults. Every value is checked
before any connection is made; the error about a wrong value holds its name, its origin and the accepted values.
"""
