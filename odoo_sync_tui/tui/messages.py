"""Messages from workers and widgets to the application.

Payloads are frozen values; handlers run on the screen's own thread.
"""

from __future__ import annotations

from textual.message import Message

from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.core.progress import RunProgress
from odoo_sync_tui.core.reports.overview import Overview
from odoo_sync_tui.core.result import SyncResult
from odoo_sync_tui.tui.backend import DashboardBackend, Setup
from odoo_sync_tui.tui.model.state import Problem


class SettingsLoaded(Message):
    """Result of checking the settings."""

    def __init__(self, setup: Setup) -> None:
        super().__init__()
        self.setup = setup


class SettingsRejected(Message):
    """Error of settings that cannot be used or checked; the dashboard ends with it."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class Connected(Message):
    """The store was opened."""

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
    """The store could not be read; the values on the screen get old."""

    def __init__(self, problem: Problem) -> None:
        super().__init__()
        self.problem = problem


class OdooCounted(Message):
    """Odoo's row counts were read; ``problem`` is the reason of a failure."""

    def __init__(self, problem: Problem | None = None) -> None:
        super().__init__()
        self.problem = problem


class RunProgressed(Message):
    """Progress of this dashboard's run."""

    def __init__(self, progress: RunProgress) -> None:
        super().__init__()
        self.progress = progress


class RunEnded(Message):
    """End of this dashboard's run: a result, or the reason why the run could not start."""

    def __init__(self, result: SyncResult | None = None, problem: Problem | None = None) -> None:
        super().__init__()
        self.result = result
        self.problem = problem


class CancelRequested(Message):
    """A cancel request was sent to a run of another process.

    ``found`` is false when the run had ended; ``problem`` is the reason why the request could not be sent.
    """

    def __init__(self, *, found: bool = False, problem: Problem | None = None) -> None:
        super().__init__()
        self.found = found
        self.problem = problem


class CommandRequested(Message):
    """Request of a button to run its command."""

    def __init__(self, command_id: str) -> None:
        super().__init__()
        self.command_id = command_id


class OpenEvent(Message):
    """Request to show an audit event in full."""

    def __init__(self, event: AuditEvent) -> None:
        super().__init__()
        self.event = event


class OpenRun(Message):
    """Request to show a run."""

    def __init__(self, run_id: str) -> None:
        super().__init__()
        self.run_id = run_id


class CopyRequested(Message):
    """Request to copy an audit event to the operator's clipboard: as a line of text, or ``as_json``, as JSON."""

    def __init__(self, event: AuditEvent, *, as_json: bool) -> None:
        super().__init__()
        self.event = event
        self.as_json = as_json


class CopyFinished(Message):
    """A text was copied to the operator's clipboard or into a file; ``problem`` is the reason of a failure."""

    def __init__(self, title: str, text: str = "", problem: Problem | None = None) -> None:
        super().__init__()
        self.title = title
        self.text = text
        self.problem = problem


class ExportFinished(Message):
    """The history was exported; ``problem`` is the reason of a failure."""

    def __init__(self, text: str = "", problem: Problem | None = None) -> None:
        super().__init__()
        self.text = text
        self.problem = problem


class DashboardResumed(Message):
    """The dashboard is the screen in front again."""
