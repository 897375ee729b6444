"""What frames every screen: header, footer and inputs."""
