"""What the database of the main settings holds about many Odoos: the state of each, and the limits of their hosts."""
