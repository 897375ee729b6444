"""Paths of the program's files: in the XDG directories, or their counterparts on other systems."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import platformdirs

APP_NAME = "odoo-sync-tui"


def _expand(find: Callable[[], Path], unexpanded: str) -> Path:
    """Find a directory of this user; without a home directory, the path that nothing can be made in."""
    try:
        return find()
    except RuntimeError:  # no HOME, and no entry in the user database, as for a container's bare uid
        return Path("~", unexpanded)


def config_file() -> Path:
    """Path of the operator's settings file; it need not exist."""
    directory = _expand(lambda: platformdirs.user_config_path(APP_NAME, appauthor=False), f".config/{APP_NAME}")
    return directory / "settings.toml"


def log_file() -> Path:
    """Path of the log file in the state directory; it need not exist."""
    directory = _expand(lambda: platformdirs.user_state_path(APP_NAME, appauthor=False), f".local/state/{APP_NAME}")
    return directory / f"{APP_NAME}.log"


def data_directory() -> Path:
    """Directory of the program's data; it need not exist."""
    return _expand(lambda: platformdirs.user_data_path(APP_NAME, appauthor=False), f".local/share/{APP_NAME}")


def preferences_file() -> Path:
    """Path of the dashboard's preferences in the state directory; it need not exist."""
    return log_file().with_name("dashboard.json")


def detached_log_directory() -> Path:
    """Directory of the logs of detached runs; it need not exist."""
    return log_file().parent / "detached"


def exports_directory() -> Path:
    """Directory of exported files: the user's downloads if there are any, else in the state directory."""
    downloads = _expand(platformdirs.user_downloads_path, "Downloads")
    return downloads if downloads.is_dir() else log_file().parent / "exports"


def doc_pages() -> dict[str, Path]:
    """The pages of the manual by name, shipped with the program."""
    directory = Path(__file__).parents[1] / "docs"
    return {page.stem: page for page in sorted(directory.glob("*.md"))}
