"""What is measured beside our own commands: each one a whole process that does one thing and says how many rows."""
