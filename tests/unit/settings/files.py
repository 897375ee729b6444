"""Settings files, and what is answered to wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.settings.explain import explain_settings
from odoo_sync_tui.settings.layers import read_layers
from odoo_sync_tui.settings.load import load_settings
from odoo_sync_tui.settings.model import Settings
from odoo_sync_tui.settings.names import find_table


def write(path: Path, text: str, mode: int = 0o600) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


HERE = Path("settings.toml")


def load_here(**overrides: object) -> Settings:
    """Load the settings with the file of the working directory, if there is one."""
    return load_settings(HERE if HERE.exists() else None, overrides)


def refusal(config: Path | None = None, **overrides: object) -> str:
    """The message of settings that are refused."""
    with pytest.raises(ConfigurationError) as caught:
        load_settings(config or (HERE if HERE.exists() else None), overrides)
    return str(caught.value)


def shown(**overrides: object) -> dict[str, tuple[object, str]]:
    """Value and origin of each setting of a table, as they are shown."""
    settings = explain_settings(read_layers(HERE if HERE.exists() else None, overrides))
    return {each.name: (each.value, each.origin) for each in settings if find_table(each.name)}
