"""What the dashboard learns after its first picture: the checked settings, as far as they concern it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from odoo_sync_tui.core.run import Operator
from odoo_sync_tui.tui.backend import DashboardBackend, Examine, UiOptions
from odoo_sync_tui.tui.commands import Command


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything that the operator set.

    Attributes:
        connect: opens the backend; called in a worker thread, again when the operator asks for it after a failure.
        ui: how the dashboard behaves.
        operator: who sits here.
        commands: the registry, with the operator's own keys.
        examine: makes the doctor's checks, each when it is asked for; called in a worker thread.
        odoo_counts_seconds: how often Odoo is asked for its counts while nothing runs; 0: never by itself.
    """

    connect: Callable[[], DashboardBackend]
    ui: UiOptions
    operator: Operator
    commands: tuple[Command, ...]
    examine: Examine
    odoo_counts_seconds: float = 0.0
