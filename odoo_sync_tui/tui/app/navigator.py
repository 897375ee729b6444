"""Open the screens and dialogs on top of the dashboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from textual.content import Content

from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.core.reports.details import QuarantinedRow
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.tui.app.audit_actions import AuditExporter
from odoo_sync_tui.tui.app.run_controller import RunController
from odoo_sync_tui.tui.app.state_store import StateStore
from odoo_sync_tui.tui.app.store_poller import StorePoller
from odoo_sync_tui.tui.app.ui import Ui
from odoo_sync_tui.tui.backend import CheckRunner, DiscoveryFactory, DiscoverySession, OwnSettings, Setup
from odoo_sync_tui.tui.commands.command import Command
from odoo_sync_tui.tui.dialogs.base import DetailDialog
from odoo_sync_tui.tui.dialogs.event import EventDialog
from odoo_sync_tui.tui.dialogs.record import RecordDialog
from odoo_sync_tui.tui.dialogs.setup import SetupDialog
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.layout import Entry
from odoo_sync_tui.tui.format.problems import format_problems
from odoo_sync_tui.tui.screens.audit import AuditScreen
from odoo_sync_tui.tui.screens.base import ScreenContext
from odoo_sync_tui.tui.screens.changes import ChangesScreen, VersionsScreen
from odoo_sync_tui.tui.screens.differences import DifferencesScreen
from odoo_sync_tui.tui.screens.doctor import DoctorScreen
from odoo_sync_tui.tui.screens.entity import EntityScreen
from odoo_sync_tui.tui.screens.quarantine import QuarantineScreen
from odoo_sync_tui.tui.screens.run import RunScreen
from odoo_sync_tui.tui.screens.runs import RunsScreen
from odoo_sync_tui.tui.screens.verification import VerificationScreen


class Navigator:
    """Opens each screen with the part of the backend and the controller that it needs.

    Nothing opens until the store is open, but for the doctor, which needs only the settings.

    Args:
        ui: shows the screens.
        store: has the state that dialogs show.
        build_context: returns the values that every screen is opened with.
        poller: has the open backend.
        runs: cancels a run from its screen, and repairs what a verification found.
        exporter: exports the history from its screen.

    Attributes:
        commands: the registry, with the operator's own keys; empty until the settings are checked.
        run_checks: runs the doctor's checks; ``None`` until the settings are checked.
        discover: connects to Odoo to find what could be synced; ``None`` until the settings are checked.
        own_settings: the operator's settings files; ``None`` where none are read.
    """

    def __init__(
        self,
        ui: Ui,
        store: StateStore,
        build_context: Callable[[], ScreenContext],
        poller: StorePoller,
        runs: RunController,
        exporter: AuditExporter,
    ) -> None:
        self._ui = ui
        self._store = store
        self._build_context = build_context
        self._poller = poller
        self._runs = runs
        self._exporter = exporter
        self.commands: tuple[Command, ...] = ()
        self.run_checks: CheckRunner | None = None
        self.discover: DiscoveryFactory | None = None
        self.own_settings: OwnSettings | None = None

    def use_setup(self, setup: Setup) -> None:
        """Open screens with what these settings bring."""
        self.commands, self.run_checks = setup.commands, setup.examine
        self.discover, self.own_settings = setup.discover, setup.own_settings

    @property
    def openers(self) -> Mapping[str, Callable[[], object]]:
        """The commands that open something and need no argument, by id."""
        return {
            "view.differences": self.open_differences,
            "view.doctor": self.open_doctor,
            "view.errors": self.open_errors,
            "view.history": self.open_history,
            "view.quarantine": self.open_quarantine,
            "view.runs": self.open_runs,
            "view.verification": self.open_verification,
        }

    def open_history(self) -> None:
        """Show the audit history."""
        backend = self._poller.backend
        if backend is not None:
            self._ui.show(AuditScreen(self._build_context(), backend.overview_queries, self._exporter.ask))

    def open_runs(self) -> None:
        """Show the list of runs."""
        backend = self._poller.backend
        if backend is not None:
            self._ui.show(RunsScreen(self._build_context(), backend.detail_queries))

    def open_run(self, run_id: str | None) -> None:
        """Show a run, if there is one."""
        backend = self._poller.backend
        if backend is not None and run_id is not None:
            self._ui.show(RunScreen(self._build_context(), backend.detail_queries, run_id, self._runs.cancel))

    def open_entity(self, entity_id: str) -> None:
        """Show an entity, in place of another one that is in front."""
        backend = self._poller.backend
        if backend is None:
            return
        entity = self._store.state.catalog.find(entity_id)
        title = entity.title if entity else entity_id
        sync_rows = partial(self._runs.sync_rows, entity_id)
        service = backend.service(on_progress=lambda _: None, cancel=CancelToken())
        acknowledge = partial(service.acknowledge_drift, self._store.state.operator.name, entity_id)
        screen = EntityScreen(self._build_context(), backend.detail_queries, entity_id, title, sync_rows, acknowledge)
        self._ui.show(screen, in_place=isinstance(self._ui.front, EntityScreen))

    def open_versions(self, entity_id: str, odoo_id: int) -> None:
        """Show the logged versions of a document."""
        backend = self._poller.backend
        if backend is not None:
            self._ui.show(VersionsScreen(self._build_context(), backend.change_queries, entity_id, odoo_id))

    def open_changes(self, run_id: str) -> None:
        """Show what a run changed."""
        backend = self._poller.backend
        if backend is not None:
            self._ui.show(ChangesScreen(self._build_context(), backend.change_queries, run_id))

    def open_quarantine(self) -> None:
        """Show the quarantine, or that of the entity that is open."""
        backend, state = self._poller.backend, self._store.state
        if backend is None:
            return
        front = self._ui.front
        only = front.entity_id if isinstance(front, EntityScreen) else None
        service = backend.service(on_progress=lambda _: None, cancel=CancelToken())

        def change(entity_id: str, rows: Sequence[QuarantinedRow], reason: str, undo: bool) -> Sequence[QuarantinedRow]:
            return service.dismiss_rows(state.operator.name, entity_id, rows, reason, undo=undo)

        entities = [each.id for each in state.catalog if only in {None, each.id}]
        screen = QuarantineScreen(self._build_context(), backend.detail_queries, entities, self._runs.sync_rows, change)
        self._ui.show(screen)

    def open_verification(self, entity_id: str | None = None) -> None:
        """Compare one entity with Odoo, or all of them."""
        backend = self._poller.backend
        if backend is not None:
            entities = [entity for entity in self._store.state.catalog if entity_id in {None, entity.id}]
            screen = VerificationScreen(self._build_context(), backend.verifier, entities, self._runs.repair)
            self._ui.show(screen)

    def open_differences(self) -> None:
        """Show what the last dry runs would change."""
        if self._runs.dry_runs:
            self._ui.show(DifferencesScreen(self._build_context(), self._runs.dry_runs, self._runs.run_for_real))

    def open_setup(self, then: Callable[[], None]) -> None:
        """Ask for what a first sync needs, and call ``then`` when a settings file holds it.

        Of a file that is there already only the missing lines are shown.
        """
        own_settings = self.own_settings
        if own_settings is None:
            return
        if own_settings.is_written:
            self.open_errors()
            return

        def answered(is_written: bool | None) -> None:
            if is_written:
                path = render.safe_text(own_settings.path, self._store.state.glyphs)
                self._ui.toast(f"{path} is written.", "Settings", "information")
                then()

        self._ui.ask(SetupDialog(own_settings, self._build_context().tasks, self._store.state.glyphs), answered)

    def open_doctor(self) -> None:
        """Show the doctor's checks."""
        if self.run_checks is not None:
            self._ui.show(DoctorScreen(self._build_context(), self.run_checks))

    def open_discovery(self, then: Callable[[], None]) -> None:
        """Show what Odoo has that could be synced; ``then`` is called when a file with a new entity is written."""
        from odoo_sync_tui.tui.screens.discovery import DiscoveryScreen  # the first picture needs no settings

        if (first := self.discover) is None:
            return

        def discover(cancel: CancelToken) -> DiscoverySession:
            return (self.discover or first)(cancel)  # the screen stays open while settings are loaded anew

        self._ui.show(DiscoveryScreen(self._build_context(), discover, self.own_settings, then))

    def open_errors(self) -> None:
        """Show the current errors and warnings in full."""
        self._ui.show(
            DetailDialog(Content("Errors and warnings"), format_problems(self._store.state, self._store.shown_runs))
        )

    def open_record(self, title: Content, entries: Sequence[Entry], address: str | None) -> None:
        """Show a stored document or a row in quarantine, with its address in Odoo."""
        copy = next(command for command in self.commands if command.id == "record.copy")
        self._ui.show(RecordDialog(title, entries, address, copy))

    def open_event(self, event: AuditEvent) -> None:
        """Show an audit event in full."""
        self._ui.show(EventDialog(event, self._store.state, {command.id: command for command in self.commands}))
