"""The dashboard: status of the integration, and the buttons that start a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from textual import on
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Static

from odoo_sync_tui.tui.commands.command import CommandContext
from odoo_sync_tui.tui.commands.keymap import get_key_display
from odoo_sync_tui.tui.commands.registry import COMMANDS_BY_ID
from odoo_sync_tui.tui.messages import CommandRequested, DashboardResumed, OpenEvent
from odoo_sync_tui.tui.model.state import ConnectionState, DashboardState
from odoo_sync_tui.tui.screens.base import PageScreen, ScreenContext, make_panel
from odoo_sync_tui.tui.widgets.chrome.inputs import ModeChoice
from odoo_sync_tui.tui.widgets.entity_counts import EntityCountsPanel
from odoo_sync_tui.tui.widgets.integration_status import IntegrationStatusPanel
from odoo_sync_tui.tui.widgets.lines import LineList, Lines
from odoo_sync_tui.tui.widgets.live_run import LiveRunPanel
from odoo_sync_tui.tui.widgets.recent_events import RecentEvents

BUTTON_COMMANDS = ("sync.departments", "sync.users", "sync.data_lake")


class DashboardScreen(PageScreen):
    """Screen of the application's state.

    Args:
        context: values that every screen is opened with.
        refresh: reads the store, or opens it after a failed start.
    """

    AUTO_FOCUS = "#audit"

    def __init__(self, context: ScreenContext, refresh: Callable[[], None]) -> None:
        super().__init__(context)
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
        """Compose the panels and the buttons."""
        state = self.state
        with Horizontal(id="glance"):
            yield make_panel("Integration", IntegrationStatusPanel(id="integration"))
            yield make_panel("Entities", EntityCountsPanel(id="entities"))
        with Horizontal(id="actions"):
            for command_id in BUTTON_COMMANDS:
                yield _button(command_id)
            yield ModeChoice(state.glyphs, id="mode")
            yield Static(id="spacer")
            yield _button("run.cancel")
        yield make_panel("Run", LiveRunPanel(id="run"))
        yield make_panel(_audit_title(state), RecentEvents(id="audit"))

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
        state, title = self.state, Content(_audit_title(self.state))
        for frame in self.query("#audit-panel"):
            if frame.border_title != title.markup:  # setting it repaints the frame
                frame.border_title = title
        for live_run in self.query(LiveRunPanel):
            live_run.shown = self._screen_context.store.shown_runs
        for panel in self.query(Lines):
            panel.update(state)
        self._update_buttons(self._screen_context.store.app_context)

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
        self._screen_context.navigation.open_entity(message.key)

    def _focus_events(self) -> None:
        self.query_one(RecentEvents).focus()

    def _open_entity_under_cursor(self) -> None:
        counts = self.query_one(EntityCountsPanel)
        entities = self.state.overview.entities if self.state.overview else ()
        if counts.cursor < len(entities):
            self._screen_context.navigation.open_entity(entities[counts.cursor].name)

    def _update_buttons(self, context: CommandContext) -> None:
        # The queries may find nothing: while the application closes, widgets are removed before the timers stop.
        for button in self.query(Button):
            if button.name:
                button.disabled = not COMMANDS_BY_ID[button.name].is_available(context)
        for choice in self.query(ModeChoice):
            choice.mode = self.state.mode
            choice.disabled = not COMMANDS_BY_ID["run.mode"].is_available(context)


def _audit_title(state: DashboardState) -> str:
    """Build the panel's title, with the key to all events once the settings are checked."""
    keys_known = state.connection is not ConnectionState.STARTING
    return (
        f"Recent audit events ({get_key_display(state, 'view.history')}: all)" if keys_known else "Recent audit events"
    )


def _button(command_id: str) -> Button:
    command = COMMANDS_BY_ID[command_id]
    button = Button(Content(command.label), name=command_id, id=command_id.replace(".", "-"), compact=True)
    button.tooltip = Content(command.description)
    return button
