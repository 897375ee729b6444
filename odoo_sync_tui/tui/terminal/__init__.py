"""What the dashboard changes about the terminal, the event loop and the compositor."""
