"""One process: threads, cancellation, signals, memory and files."""
