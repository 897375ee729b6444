"""What the command line prints: data, progress and words."""
