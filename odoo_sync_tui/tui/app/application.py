"""The dashboard's application: it owns the controllers, gives screens and commands their work, and asks who leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from textual import events, on
from textual.screen import Screen

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.tui import messages
from odoo_sync_tui.tui.app.audit_actions import AuditExporter
from odoo_sync_tui.tui.app.command_app import CommandApp, local_time
from odoo_sync_tui.tui.app.navigator import Navigator
from odoo_sync_tui.tui.app.run_controller import RunController
from odoo_sync_tui.tui.app.store_poller import Sources, StorePoller
from odoo_sync_tui.tui.app.theme import Preferences
from odoo_sync_tui.tui.backend import EarlySettings, Setup, offer_setup
from odoo_sync_tui.tui.commands.command_line import Subject
from odoo_sync_tui.tui.dialogs.base import QuitChoice, QuitDialog
from odoo_sync_tui.tui.dialogs.menu import MenuEntry, build_menu
from odoo_sync_tui.tui.model.state import Problem
from odoo_sync_tui.tui.screens.base import PageScreen, ScreenContext
from odoo_sync_tui.tui.screens.dashboard import DashboardScreen
from odoo_sync_tui.tui.tasks import SyncJob
from odoo_sync_tui.tui.widgets.chrome.inputs import ModeChoice


class OdooSyncApp(CommandApp):
    """The dashboard.

    Args:
        load_setup: checks the settings; called in a worker thread, once the first picture is drawn.
        early: the settings of that picture.
        note: a sentence about this environment for the top line.
        clock: returns the operator's local time, aware.
        log_path: the file with the trace of a crash.
        preferences: the preferences file; ``None``: nothing is kept between sessions.

    Attributes:
        runs: starts, cancels and confirms runs.
        navigator: opens screens.
        goes_back: whether it ends for the list of all sources, from which it was opened.
    """

    CSS_PATH = ["../screens/base.tcss", "../screens/dashboard.tcss"]  # noqa: RUF012 -- as Textual declares it

    def __init__(
        self,
        load_setup: Callable[[], Setup],
        early: EarlySettings,
        *,
        note: str = "",
        clock: Callable[[], datetime] = local_time,
        log_path: str = "",
        preferences: Preferences | None = None,
    ) -> None:
        super().__init__(early, note=note, clock=clock, log_path=log_path, preferences=preferences)
        self._load_setup = load_setup
        self.goes_back = False
        self.poller = StorePoller(self.store, self.tasks, self)
        self.runs = RunController(self.store, self.tasks, self, self.poller)
        self.exporter = AuditExporter(self.store, self.tasks, self, self.poller)
        self.navigator = Navigator(self, self.store, self.build_context, self.poller, self.runs, self.exporter)

    # ----------------------------------------------------------------------------------------------- starting

    def get_default_screen(self) -> Screen[Any]:
        """Return the dashboard, the screen at the bottom; everything else lies on top of it."""
        return self.fit_to_size(DashboardScreen(self.build_context(), self.poller.refresh))

    def build_context(self) -> ScreenContext:
        """Build the values that every screen is opened with."""
        seconds = self.poller.refresh_seconds
        return ScreenContext(self.store, self.tasks, self.every, seconds, self.badge_color, self.navigator)

    def on_ready(self) -> None:
        """The first picture is drawn. Now comes what it did without."""
        self.start(self._load_setup, self._use_setup)

    def _use_setup(self, setup: Setup) -> None:
        ui = setup.ui
        self.navigator.use_setup(setup)
        self.runs.start_detached, self.runs.detaches = setup.start_detached, ui.detach
        keys = self.use_commands([each for each in setup.commands if setup.can_go_back or each.id != "app.fleet"], ui)
        known = {name: getattr(setup, name) for name in ("operator", "catalog", "exposure", "program", "source")}
        self.store.change(**known, keys=keys, setup=offer_setup(setup))
        if notices := " ".join(setup.notices):
            self.toast(notices, "Settings", "warning")
        self.poller.start(Sources(setup.connect, ui.refresh_seconds, setup.odoo_counts_seconds, ui.audit_rows))
        self.refresh_bindings()

    def _load_setup_again(self) -> None:
        """Use the settings that a new file holds now, on the screens that are open."""
        self.tasks.run("settings", self._load_setup, self._use_setup, self._setup_refused)

    def _setup_refused(self, problem: Problem) -> None:
        self.toast(str(problem), "Settings", "error")

    # ----------------------------------------------------------------------------------------------- commands

    @property
    def commands(self) -> Mapping[str, Callable[[], object]]:
        """The commands that the application runs; each screen has others of its own."""
        navigator, runs = self.navigator, self.runs
        return {
            **super().commands,
            **navigator.openers,
            "sync.departments": partial(runs.request, Action.DEPARTMENTS),
            "sync.users": partial(runs.request, Action.USERS),
            "sync.data_lake": partial(runs.request, Action.DATA_LAKE),
            "sync.choose": lambda: runs.choose(self.front and self.front.chosen_entity_id),
            "run.mode": runs.switch_mode,
            "run.cancel": runs.cancel,
            "run.confirm_retire": runs.confirm_retirement,
            "run.adopt_source": runs.adopt_source,
            "odoo.count": self.poller.count_odoo,
            "view.run": lambda: navigator.open_run(self.store.shown_runs.run_id),
            "app.fleet": self._go_back,
            "app.setup": partial(navigator.open_setup, self._load_setup_again),
            "view.discovery": partial(navigator.open_discovery, self._load_setup_again),
        }

    def menu_entries(self) -> Sequence[MenuEntry]:
        """Return what the menu offers: every command that is available now, and every entity."""
        navigator, entities = self.navigator, self.store.state.catalog if self.poller.backend else ()
        return build_menu(self.registry, self.store.context, self.action_command, entities, navigator.open_entity)

    def make_subject(self, front: PageScreen) -> Subject:
        """Name the last dry runs too."""
        dry_runs = [(job.action, job.scope) for job in self.runs.dry_runs]
        return replace(front.make_subject(), dry_runs=dry_runs)

    # ------------------------------------------------------------------------------- what widgets send upwards

    @on(messages.CommandRequested)
    def _command_requested(self, message: messages.CommandRequested) -> None:
        self.action_command(message.command_id)

    @on(ModeChoice.Picked)
    def _mode_picked(self, message: ModeChoice.Picked) -> None:
        self.store.change(mode=message.mode)

    @on(messages.OpenEvent)
    def _event_requested(self, message: messages.OpenEvent) -> None:
        self.navigator.open_event(message.event)

    @on(messages.OpenRun)
    def _run_requested(self, message: messages.OpenRun) -> None:
        self.navigator.open_run(message.run_id)

    @on(messages.CopyRequested)
    def _copy_requested(self, message: messages.CopyRequested) -> None:
        self.copier.copy(message.event, as_json=message.as_json)

    @on(messages.DashboardResumed)
    @on(events.AppFocus)
    def _dashboard_resumed(self) -> None:
        """Read the store: what is shown may be old."""
        self.poller.poll()

    # ------------------------------------------------------------------------------------------------ leaving

    @property
    def job(self) -> SyncJob | None:
        """The run of this dashboard that is at work."""
        return self.runs.job

    def stop_at_once(self, reason: str) -> None:
        """Ask the run to stop at its next page."""
        self.runs.stop_at_once(reason)

    def on_unmount(self) -> None:
        """Leave no file of a dry run open."""
        self.runs.drop_differences()

    def _go_back(self) -> None:
        """Leave for the list of all sources."""
        self.ask_to_quit()
        self.goes_back = True

    def ask_to_quit(self) -> None:
        """Leave; while a run of this dashboard is at work, ask how."""
        self.goes_back = False
        if isinstance(self.screen, QuitDialog):
            return
        if self.store.state.own_run is None or self.store.state.leaving:
            self.exit()
            return
        self.push_screen(QuitDialog(), self._leave)

    def _leave(self, choice: QuitChoice | None) -> None:
        if choice in {None, QuitChoice.STAY}:
            return
        if self.store.state.own_run is None:  # it ended while the question was on the screen
            self.exit()
            return
        self.store.change(leaving=True)
        if choice is QuitChoice.STOP:
            self.runs.cancel()
