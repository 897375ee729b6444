"""What workers tell the application. Payloads are frozen values; handlers run on the screen's own thread."""

from __future__ import annotations

from textual.message import Message

from odoo_sync_tui.core.audit import AuditEvent
from odoo_sync_tui.core.overview import Overview
from odoo_sync_tui.core.progress import RunProgress
from odoo_sync_tui.core.result import SyncResult
from odoo_sync_tui.tui.backend import DashboardBackend
from odoo_sync_tui.tui.setup import Setup
from odoo_sync_tui.tui.state import Problem


class SetUp(Message):
    """The settings are checked."""

    def __init__(self, setup: Setup) -> None:
        super().__init__()
        self.setup = setup


class Refused(Message):
    """The settings cannot be used, or checking them failed: the dashboard ends with this error."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class Connected(Message):
    """The store is open."""

    def __init__(self, backend: DashboardBackend) -> None:
        super().__init__()
        self.backend = backend


class ConnectFailed(Message):
    """The store could not be opened."""

    def __init__(self, problem: Problem) -> None:
        super().__init__()
        self.problem = problem


class OverviewRead(Message):
    """The store was read."""

    def __init__(self, overview: Overview) -> None:
        super().__init__()
        self.overview = overview


class OverviewFailed(Message):
    """The store could not be read; what is shown is getting old."""

    def __init__(self, problem: Problem) -> None:
        super().__init__()
        self.problem = problem


class OdooCounted(Message):
    """Odoo was asked for its counts; ``problem`` says why that failed."""

    def __init__(self, problem: Problem | None = None) -> None:
        super().__init__()
        self.problem = problem


class RunProgressed(Message):
    """Our run is this far."""

    def __init__(self, progress: RunProgress) -> None:
        super().__init__()
        self.progress = progress


class RunEnded(Message):
    """Our run is over: with a result, or refused before it began."""

    def __init__(self, result: SyncResult | None = None, refused: Problem | None = None) -> None:
        super().__init__()
        self.result = result
        self.refused = refused


class CancelAsked(Message):
    """A run elsewhere was asked to stop. ``found`` is false when it had ended; ``problem``: it could not be asked."""

    def __init__(self, *, found: bool = False, problem: Problem | None = None) -> None:
        super().__init__()
        self.found = found
        self.problem = problem


class CommandAsked(Message):
    """A button asks for its command."""

    def __init__(self, command_id: str) -> None:
        super().__init__()
        self.command_id = command_id


class EventAsked(Message):
    """An audit event shall be shown in full."""

    def __init__(self, event: AuditEvent) -> None:
        super().__init__()
        self.event = event


class RunAsked(Message):
    """A run shall be shown."""

    def __init__(self, run_id: str) -> None:
        super().__init__()
        self.run_id = run_id


class CopyAsked(Message):
    """An audit event shall be handed to the operator's clipboard: as a line of text, or ``whole``, as JSON."""

    def __init__(self, event: AuditEvent, *, whole: bool) -> None:
        super().__init__()
        self.event = event
        self.whole = whole


class Handed(Message):
    """A text was handed to the operator's clipboard, or into a file; or ``problem`` says why not."""

    def __init__(self, title: str, told: str = "", problem: Problem | None = None) -> None:
        super().__init__()
        self.title = title
        self.told = told
        self.problem = problem


class Exported(Message):
    """The history was exported; or ``problem`` says why not."""

    def __init__(self, told: str = "", problem: Problem | None = None) -> None:
        super().__init__()
        self.told = told
        self.problem = problem


class Uncovered(Message):
    """The dashboard is in sight again."""
