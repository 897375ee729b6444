"""What the look-alike's models look like: fields and attributes, per dialect."""
