"""The dashboard: the health, the buttons that start a run, the entities, the run, and what happened lately."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from textual import on
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.reports.health import HealthLevel
from odoo_sync_tui.tui.commands.command import CommandContext
from odoo_sync_tui.tui.commands.keymap import get_key_display
from odoo_sync_tui.tui.commands.registry import COMMANDS_BY_ID
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.messages import CommandRequested, DashboardResumed, OpenEvent
from odoo_sync_tui.tui.model.state import ConnectionState, DashboardState, needs_setup
from odoo_sync_tui.tui.screens.base import PageScreen, ScreenContext
from odoo_sync_tui.tui.widgets.chrome.inputs import ModeChoice
from odoo_sync_tui.tui.widgets.chrome.panel import Panel, format_note
from odoo_sync_tui.tui.widgets.dashboard.health import HealthSentence, SyncReasons, SyncRows
from odoo_sync_tui.tui.widgets.dashboard.lists import EntityCountsPanel, RecentEvents
from odoo_sync_tui.tui.widgets.dashboard.run import RunPanel
from odoo_sync_tui.tui.widgets.dashboard.trends import ChangeChart, LastChanges, RunDurations, WaitingList
from odoo_sync_tui.tui.widgets.lines import LineList, Lines

BUTTON_LABELS = {
    "sync.departments": "Sync", "sync.users": "Sync", "sync.data_lake": "Sync", "run.cancel": "Cancel",
}  # fmt: skip
"""What stands on the buttons, before their keys; the rows beside them name the syncs."""


@dataclass(frozen=True, slots=True)
class _Parts:
    """The widgets that follow the state. To look them up anew for each drawing would cost more than the drawing."""

    panels: Mapping[str, Panel]
    lines: Sequence[Lines]
    with_runs: Sequence[RunPanel | WaitingList]
    buttons: Sequence[Button]
    modes: Sequence[ModeChoice]


class DashboardScreen(PageScreen):
    """Screen of the application's state.

    Args:
        context: values that every screen is opened with.
        refresh: reads the store, or opens it after a failed start.
    """

    AUTO_FOCUS = "#audit"

    def __init__(self, context: ScreenContext, refresh: Callable[[], None]) -> None:
        super().__init__(context)
        self._navigation = context.navigation
        self._refresh_store = refresh

    @property
    def commands(self) -> Mapping[str, Callable[[], object]]:
        """The commands of the panels, and those of every screen but going back."""
        return {
            "view.refresh": self.read,
            "view.events": self._focus_events,
            "view.entity": self._open_entity_under_cursor,
        }

    def compose_content(self) -> Iterable[Widget]:
        """Compose the panels: the first column says all that matters, a wide terminal has a second one."""
        with Horizontal(id="columns"):
            with Vertical(id="main"):
                yield Panel("Health", HealthSentence(id="health"), self._make_sync_rows(), id="health-panel")
                yield Panel("Entities", EntityCountsPanel(id="entities"))
                yield Panel("Run", RunPanel(id="run"))
                yield Panel("Events", RecentEvents(id="audit"))
            with Vertical(id="aside"):
                yield Panel("Waiting for you", WaitingList(id="waiting"))
                yield Panel("What the last run of each changed", LastChanges(id="changes"))
                yield Panel("How long the last runs took", RunDurations(id="durations"))
                yield Panel("Documents changed, run by run", ChangeChart(id="chart"))

    def _make_sync_rows(self) -> Widget:
        """Make the rows of the syncs: each with its button, and beside that of the lake the mode of the next run."""
        buttons = [_make_button(command_id) for command_id in BUTTON_LABELS]
        mode = Horizontal(
            ModeChoice(self.state, id="mode"), buttons.pop(), SyncReasons([Action.DATA_LAKE], id="lake-reason")
        )
        return Horizontal(
            SyncRows(id="syncs"),
            Vertical(*buttons, id="buttons"),
            Vertical(SyncReasons([Action.DEPARTMENTS, Action.USERS], id="reasons"), mode, id="beside-buttons"),
            id="sync-rows",
        )

    def on_screen_resume(self) -> None:
        """Report that the dashboard is the screen in front again."""
        self.post_message(DashboardResumed())

    def read(self) -> None:
        """Read the store."""
        self._refresh_store()

    def update(self) -> None:
        """Draw the state: every change of it is drawn here, and only cells that differ are sent to the terminal."""
        self.draw()

    def draw(self) -> None:
        """Draw the state in all panels and buttons."""
        if not self.is_attached:  # while the application closes, widgets are removed before the timers stop
            return
        state, parts = self.state, self._parts
        for shows_runs in parts.with_runs:
            shows_runs.shown = self._screen_context.store.shown_runs
        for lines in parts.lines:
            lines.update(state)
        self._update_frames(state, parts.panels)
        self._update_buttons(self._screen_context.store.app_context, parts)

    @cached_property
    def _parts(self) -> _Parts:
        return _Parts(
            {panel.id or "": panel for panel in self.query(Panel)},
            tuple(self.query(Lines)),
            (*self.query(RunPanel), *self.query(WaitingList)),
            tuple(button for button in self.query(Button) if button.name),
            tuple(self.query(ModeChoice)),
        )

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Request the button's command."""
        event.stop()
        if event.button.name:
            self.post_message(CommandRequested(event.button.name))

    @on(LineList.Chosen, "#audit")
    def _event_chosen(self, message: LineList.Chosen) -> None:
        events = self.state.overview.events if self.state.overview else ()
        for event in (event for event in events if event.id == message.key):
            self.post_message(OpenEvent(event))

    @on(LineList.Chosen, "#entities")
    def _entity_chosen(self, message: LineList.Chosen) -> None:
        self._navigation.open_entity(message.key)

    def _focus_events(self) -> None:
        self.query_one(RecentEvents).focus()

    @property
    def chosen_entity_id(self) -> str | None:
        """The entity under the cursor."""
        cursor = self.query_one(EntityCountsPanel).cursor
        entities = self.state.overview.entities if self.state.overview else ()
        return entities[cursor].name if cursor < len(entities) else None

    def _open_entity_under_cursor(self) -> None:
        if (entity_id := self.chosen_entity_id) is not None:
            self._navigation.open_entity(entity_id)

    def _update_frames(self, state: DashboardState, panels: Mapping[str, Panel]) -> None:
        """Let the frames say what is wrong and what is at work; nothing else on the screen is as bright."""
        level = state.overview.health.level if state.overview else None
        is_failed = state.connection is ConnectionState.FAILED
        is_running = state.own_run is not None or state.foreign_run is not None
        health, run = panels["health-panel"], panels["run-panel"]
        health.mark("-wrong", is_failed or level is HealthLevel.WRONG or state.source_decision is not None)
        health.mark("-attention", level is HealthLevel.ATTENTION or state.stale_since is not None)
        panels["entities-panel"].set_note(_describe_count(state))
        run.mark("-active", is_running)
        run.mark("-setup", needs_setup(state))  # more room, for what is to be written
        panels["waiting-panel"].display = self._screen_context.store.app_context.has_problems
        if state.connection is not ConnectionState.STARTING:  # before that the keys are not known
            key = (get_key_display(state, "view.history"), render.KEY)
            panels["audit-panel"].set_note(render.assemble(key, (" all", f"not bold {render.MUTED}")))

    def _update_buttons(self, context: CommandContext, parts: _Parts) -> None:
        for button in parts.buttons:
            label = _format_label(button.name or "", self.state)
            if not isinstance(button.label, Content) or not button.label.is_same(label):
                button.label = label
            button.set_class(not COMMANDS_BY_ID[button.name or ""].is_available(context), "-off")
        for choice in parts.modes:
            choice.update_state(self.state)
            choice.disabled = not COMMANDS_BY_ID["run.mode"].is_available(context)
        self.set_class(context.running, "-running")
        self.set_class(context.failed, "-unopened")


def _describe_count(state: DashboardState) -> Content:
    """Describe how old the oldest of Odoo's counts is."""
    if state.counting:
        return format_note(f"asking Odoo {state.glyphs.ellipsis}")
    if state.odoo_problem is not None:
        sign = state.glyphs.get_state_sign("failed")
        return render.assemble((f"{sign} Odoo not reached", f"not bold {render.WARN}"))
    entities = state.overview.entities if state.overview else ()
    counted_at = min((entity.odoo_at for entity in entities if entity.odoo_at), default=None)
    return format_note(f"counted {render.format_age(state.now, counted_at)}" if counted_at else "")


def _make_button(command_id: str) -> Button:
    button = Button("", name=command_id, id=command_id.replace(".", "-"), compact=True)
    button.tooltip = Content(COMMANDS_BY_ID[command_id].description)
    return button


def _format_label(command_id: str, state: DashboardState) -> Content:
    return render.assemble(f" {BUTTON_LABELS[command_id]} ", (get_key_display(state, command_id), render.KEY), " ")
