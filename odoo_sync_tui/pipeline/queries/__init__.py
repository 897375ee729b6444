"""What a front end asks about the store."""
