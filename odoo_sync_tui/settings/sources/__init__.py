"""Settings of many Odoos: a file each, ``sources.d/NAME.toml``, beside the settings file."""
