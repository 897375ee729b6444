"""The application and its controllers."""
