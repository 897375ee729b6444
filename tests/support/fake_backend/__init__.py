"""A backend without servers, for the dashboard and for the command line: every answer is set by the test."""
