"""A private mongod of this user."""
