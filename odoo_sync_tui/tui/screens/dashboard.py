"""The dashboard: status of the integration, and the buttons that start a run."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Button, Static

from odoo_sync_tui.tui import view
from odoo_sync_tui.tui.commands import BY_ID, Situation, key_of, situation_of
from odoo_sync_tui.tui.messages import CommandAsked, Uncovered
from odoo_sync_tui.tui.state import Connection, DashboardState
from odoo_sync_tui.tui.thrift import ThriftyCompositor
from odoo_sync_tui.tui.widgets.audit_table import AuditTable
from odoo_sync_tui.tui.widgets.entity_counts import EntityCounts
from odoo_sync_tui.tui.widgets.headline import Headline
from odoo_sync_tui.tui.widgets.integration_status import IntegrationStatus
from odoo_sync_tui.tui.widgets.keys import Keys
from odoo_sync_tui.tui.widgets.lines import Lines
from odoo_sync_tui.tui.widgets.live_run import LiveRunPanel
from odoo_sync_tui.tui.widgets.mode_choice import ModeChoice

BUTTONS = ("sync.departments", "sync.users", "sync.data_lake")


class DashboardScreen(Screen[None]):
    """Screen of the application's state."""

    AUTO_FOCUS = "#audit"

    def __init__(self, state: DashboardState, badge_color: str) -> None:
        super().__init__()
        self._compositor = ThriftyCompositor()
        self._state = state
        self._badge_color = badge_color

    def compose(self) -> ComposeResult:
        """Compose the parts, top to bottom."""
        state = self._state
        yield Static("This dashboard needs a terminal of at least 80x24; ^q quits.", id="too-small", markup=False)
        with Vertical(id="body"):
            with Horizontal(id="top"):
                if state.environment:
                    badge = Content(f" {view.safe(state.environment, state.glyphs, 20)} ")
                    yield Static(badge, id="badge", classes=f"-{self._badge_color}")
                yield Headline(id="headline")
                if state.read_only:
                    yield Static(" READ-ONLY ", id="read-only", markup=False)
            with Horizontal(id="glance"):
                yield _panel("Integration", IntegrationStatus(id="integration"))
                yield _panel("Entities", EntityCounts(id="entities"))
            with Horizontal(id="actions"):
                for command_id in BUTTONS:
                    yield _button(command_id)
                yield ModeChoice(state.glyphs, id="mode")
                yield Static(id="spacer")
                yield _button("run.cancel")
            yield _panel("Run", LiveRunPanel(id="run"))
            yield _panel(_audit_title(state), AuditTable(id="audit"))
            yield Keys()

    def on_mount(self) -> None:
        """Draw the first state."""
        self.show(self._state)

    def on_screen_resume(self) -> None:
        """Report that the dashboard is the screen in front again."""
        self.post_message(Uncovered())

    def show(self, state: DashboardState) -> None:
        """Draw another state; only cells that differ are sent to the terminal."""
        if _audit_title(state) != _audit_title(self._state):  # setting it repaints the frame
            self.query_one("#audit-panel").border_title = Content(_audit_title(state))
        self._state = state
        for panel in self.query(Lines):
            panel.show(state)
        self._update_buttons(situation_of(state))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Request the button's command."""
        event.stop()
        if event.button.name:
            self.post_message(CommandAsked(event.button.name))

    def _update_buttons(self, situation: Situation) -> None:
        # The queries may find nothing: while the application closes, widgets are removed before the timers stop.
        for button in self.query(Button):
            if button.name:
                button.disabled = not BY_ID[button.name].available(situation)
        for choice in self.query(ModeChoice):
            choice.mode = self._state.mode
            choice.disabled = not BY_ID["run.mode"].available(situation)


def _audit_title(state: DashboardState) -> str:
    """Build the panel's title, with the key to all events once the settings are checked."""
    keys_known = state.connection is not Connection.STARTING
    return f"Recent audit events ({key_of(state, 'view.history')}: all)" if keys_known else "Recent audit events"


def _panel(title: str, content: Lines) -> Vertical:
    panel = Vertical(content, id=f"{content.id}-panel", classes="panel")
    panel.border_title = Content(title)
    return panel


def _button(command_id: str) -> Button:
    command = BY_ID[command_id]
    button = Button(Content(command.label), name=command_id, id=command_id.replace(".", "-"), compact=True)
    button.tooltip = Content(command.description)
    return button
