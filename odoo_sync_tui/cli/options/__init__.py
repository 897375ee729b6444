"""Options of the commands, declared when their command parses. Light: the standard library and ``core`` alone."""
