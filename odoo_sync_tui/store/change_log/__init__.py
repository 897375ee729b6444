"""The change log: entries moved from the documents, numbered, and kept for a time."""
