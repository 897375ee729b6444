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


def remembered_file() -> Path:
    """What the dashboard remembers of its operator, in the state directory (which need not exist)."""
    return log_file().with_name("dashboard.json")


def detached_logs() -> Path:
    """The directory of what detached runs tell (which need not exist)."""
    return log_file().parent / "detached"


def exports_directory() -> Path:
    """Where files for the operator go: their downloads where they have some, else the state directory."""
    downloads = platformdirs.user_downloads_path()
    return downloads if downloads.is_dir() else log_file().parent / "exports"
