"""Messages to people and programs about syncs: webhooks, mail, commands."""
