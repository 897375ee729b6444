"""The checked settings of the dashboard, available after its first picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from odoo_sync_tui.core.run import Operator
from odoo_sync_tui.tui.backend import DashboardBackend, Examine, UiOptions
from odoo_sync_tui.tui.commands import Command


@dataclass(frozen=True, slots=True)
class Setup:
    """The checked settings of the dashboard.

    Attributes:
        connect: opens the backend; called in a worker thread, and again when the operator retries after a failure.
        ui: options of the dashboard.
        operator: the operator at this terminal.
        commands: the registry, with the operator's own keys.
        examine: runs the doctor's checks, each when the iterator asks for it; called in a worker thread.
        odoo_counts_seconds: interval of counting rows in Odoo while nothing runs; 0: only on command.
    """

    connect: Callable[[], DashboardBackend]
    ui: UiOptions
    operator: Operator
    commands: tuple[Command, ...]
    examine: Examine
    odoo_counts_seconds: float = 0.0
