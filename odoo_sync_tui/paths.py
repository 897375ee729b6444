"""Where the program keeps its files: the XDG directories, or what stands for them on other systems."""

from __future__ import annotations

from pathlib import Path

import platformdirs

APP_NAME = "odoo-sync-tui"


def config_file() -> Path:
    """The operator's settings file (which need not exist)."""
    return platformdirs.user_config_path(APP_NAME, appauthor=False) / "settings.toml"


def log_file() -> Path:
    """The log, in the state directory (which need not exist)."""
    return platformdirs.user_state_path(APP_NAME, appauthor=False) / f"{APP_NAME}.log"


def detached_logs() -> Path:
    """The directory of what detached runs tell (which need not exist)."""
    return log_file().parent / "detached"
