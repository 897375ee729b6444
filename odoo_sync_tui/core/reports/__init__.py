"""What can be looked at: overview, details, verification and health."""
