"""The dashboard: status of the integration, and the buttons that start a run."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Button, Static

from odoo_sync_tui.tui.commands import COMMANDS_BY_ID, CommandContext, command_context, get_key_display
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.messages import CommandRequested, DashboardResumed
from odoo_sync_tui.tui.model.state import ConnectionState, DashboardState
from odoo_sync_tui.tui.terminal.compositor import CroppingCompositor
from odoo_sync_tui.tui.widgets.chrome.footer import CommandFooter
from odoo_sync_tui.tui.widgets.chrome.header import Header
from odoo_sync_tui.tui.widgets.chrome.inputs import ModeChoice
from odoo_sync_tui.tui.widgets.entity_counts import EntityCountsPanel
from odoo_sync_tui.tui.widgets.integration_status import IntegrationStatusPanel
from odoo_sync_tui.tui.widgets.lines import Lines
from odoo_sync_tui.tui.widgets.live_run import LiveRunPanel
from odoo_sync_tui.tui.widgets.recent_events import RecentEvents

BUTTON_COMMANDS = ("sync.departments", "sync.users", "sync.data_lake")


class DashboardScreen(Screen[None]):
    """Screen of the application's state."""

    AUTO_FOCUS = "#audit"

    def __init__(self, state: DashboardState, badge_color: str) -> None:
        super().__init__()
        self._compositor = CroppingCompositor()
        self._state = state
        self._badge_color = badge_color

    def compose(self) -> ComposeResult:
        """Compose the parts, top to bottom."""
        state = self._state
        yield Static("This dashboard needs a terminal of at least 80x24; ^q quits.", id="too-small", markup=False)
        with Vertical(id="body"):
            with Horizontal(id="top"):
                if state.environment:
                    badge = Content(f" {render.safe_text(state.environment, state.glyphs, 20)} ")
                    yield Static(badge, id="badge", classes=f"-{self._badge_color}")
                yield Header(id="headline")
                if state.read_only:
                    yield Static(" READ-ONLY ", id="read-only", markup=False)
            with Horizontal(id="glance"):
                yield _panel("Integration", IntegrationStatusPanel(id="integration"))
                yield _panel("Entities", EntityCountsPanel(id="entities"))
            with Horizontal(id="actions"):
                for command_id in BUTTON_COMMANDS:
                    yield _button(command_id)
                yield ModeChoice(state.glyphs, id="mode")
                yield Static(id="spacer")
                yield _button("run.cancel")
            yield _panel("Run", LiveRunPanel(id="run"))
            yield _panel(_audit_title(state), RecentEvents(id="audit"))
            yield CommandFooter()

    def on_mount(self) -> None:
        """Draw the first state."""
        self.update(self._state)

    def on_screen_resume(self) -> None:
        """Report that the dashboard is the screen in front again."""
        self.post_message(DashboardResumed())

    def update(self, state: DashboardState) -> None:
        """Draw another state; only cells that differ are sent to the terminal."""
        if _audit_title(state) != _audit_title(self._state):  # setting it repaints the frame
            self.query_one("#audit-panel").border_title = Content(_audit_title(state))
        self._state = state
        for panel in self.query(Lines):
            panel.update(state)
        self._update_buttons(command_context(state))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Request the button's command."""
        event.stop()
        if event.button.name:
            self.post_message(CommandRequested(event.button.name))

    def _update_buttons(self, situation: CommandContext) -> None:
        # The queries may find nothing: while the application closes, widgets are removed before the timers stop.
        for button in self.query(Button):
            if button.name:
                button.disabled = not COMMANDS_BY_ID[button.name].is_available(situation)
        for choice in self.query(ModeChoice):
            choice.mode = self._state.mode
            choice.disabled = not COMMANDS_BY_ID["run.mode"].is_available(situation)


def _audit_title(state: DashboardState) -> str:
    """Build the panel's title, with the key to all events once the settings are checked."""
    keys_known = state.connection is not ConnectionState.STARTING
    return (
        f"Recent audit events ({get_key_display(state, 'view.history')}: all)" if keys_known else "Recent audit events"
    )


def _panel(title: str, content: Lines) -> Vertical:
    panel = Vertical(content, id=f"{content.id}-panel", classes="panel")
    panel.border_title = Content(title)
    return panel


def _button(command_id: str) -> Button:
    command = COMMANDS_BY_ID[command_id]
    button = Button(Content(command.label), name=command_id, id=command_id.replace(".", "-"), compact=True)
    button.tooltip = Content(command.description)
    return button
