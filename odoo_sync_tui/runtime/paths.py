"""Paths of the program's files: in the XDG directories, or their counterparts on other systems."""

from __future__ import annotations

from pathlib import Path

import platformdirs

APP_NAME = "odoo-sync-tui"


def config_file() -> Path:
    """Path of the operator's settings file; it need not exist."""
    return platformdirs.user_config_path(APP_NAME, appauthor=False) / "settings.toml"


def log_file() -> Path:
    """Path of the log file in the state directory; it need not exist."""
    return platformdirs.user_state_path(APP_NAME, appauthor=False) / f"{APP_NAME}.log"


def preferences_file() -> Path:
    """Path of the dashboard's preferences in the state directory; it need not exist."""
    return log_file().with_name("dashboard.json")


def detached_log_directory() -> Path:
    """Directory of the logs of detached runs; it need not exist."""
    return log_file().parent / "detached"


def exports_directory() -> Path:
    """Directory of exported files: the user's downloads if there are any, else in the state directory."""
    downloads = platformdirs.user_downloads_path()
    return downloads if downloads.is_dir() else log_file().parent / "exports"


def doc_pages() -> dict[str, Path]:
    """The pages of the manual by name, shipped with the program."""
    directory = Path(__file__).parents[1] / "docs"
    return {page.stem: page for page in sorted(directory.glob("*.md"))}
