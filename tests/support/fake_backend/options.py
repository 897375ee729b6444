"""Settings of the dashboard as a test wants them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from odoo_sync_tui.tui.backend import EarlySettings, UiOptions


@dataclass(frozen=True)
class Ui:
    environment: str = ""
    environment_color: str = ""
    theme: str = "odoo-sync"
    refresh_seconds: float = 3600.0
    audit_rows: int = 50
    detach: bool = False
    ascii: bool = False
    read_only: bool = False
    keymap: Mapping[str, str] = field(default_factory=dict[str, str])


# The type checker compares the fields with the dashboard's protocols here.
EARLY: EarlySettings = Ui()
OPTIONS: UiOptions = Ui()
