"""What the fleet's screen is given: how to read all sources, and how to sync some of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.errors import SyncError
from odoo_sync_tui.core.reports.fleet import FleetState
from odoo_sync_tui.core.run import Operator
from odoo_sync_tui.tui.backend import UiOptions
from odoo_sync_tui.tui.commands.command import Command


@dataclass(frozen=True, slots=True)
class SyncLook:
    """How far a sync of several sources has come.

    Attributes:
        action: what is synced.
        names: its sources.
        problems: of each that has ended, what went wrong; empty where it went well.
        is_over: whether its process has ended.
        log: the path of what it printed.
    """

    action: Action
    names: tuple[str, ...]
    problems: Mapping[str, str]
    is_over: bool
    log: str

    @property
    def failed(self) -> Sequence[str]:
        """The sources that did not end well, and those of which nothing was heard before the process ended."""
        return [name for name in self.names if self.problems.get(name, "it was not begun" if self.is_over else "")]


class FleetSync(Protocol):
    """A sync of several sources, in a process of its own that goes on without the screen."""

    def look(self) -> SyncLook:
        """Look how far it has come. Called in a worker thread; raises ``SyncError``."""
        ...

    def stop(self) -> None:
        """Let each of its runs end at its next page, and begin no other. Does not wait."""
        ...


@dataclass(frozen=True, slots=True)
class FleetSetup:
    """The checked settings of the fleet's screen.

    Attributes:
        names: the names of all sources.
        problems: why settings of a source cannot be used, by its name.
        read: reads the state of all sources; called in a worker thread; raises ``SyncError``.
        start: starts a sync of some sources; called in a worker thread; raises ``SyncError``.
        cancel: asks runs, each named by its source, to stop at their next page, and returns how many had not ended;
            called in a worker thread; raises ``SyncError``.
        ui: options of the screen.
        operator: the operator at this terminal.
        commands: the registry, with the operator's own keys.
        notices: sentences for the operator about the settings.
        program: the name of the program, with the options that every command needs to work on the same.
        processes: how many sources of a sync are at work at the same time.
        stops_syncs: whether syncs that were started here end with the program.
    """

    names: tuple[str, ...]
    problems: Mapping[str, SyncError]
    read: Callable[[], FleetState]
    start: Callable[[Action, Sequence[str]], FleetSync]
    cancel: Callable[[Mapping[str, str]], int]
    ui: UiOptions
    operator: Operator
    commands: tuple[Command, ...]
    notices: tuple[str, ...] = ()
    program: tuple[str, ...] = ()
    processes: int = 1
    stops_syncs: bool = False
