"""The dashboard's parts. Each draws lines from the state that it is shown, and repaints only what changed."""
