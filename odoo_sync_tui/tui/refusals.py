"""Why a command can do nothing now: what the operator reads who presses its key."""

from __future__ import annotations

from dataclasses import replace

from odoo_sync_tui.tui.commands.command import Command, CommandContext
from odoo_sync_tui.tui.commands.keymap import get_key_display
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.model.state import DashboardState

NOTHING_TO_DO = {
    "run.cancel": "No run is at work.",
    "run.confirm_retire": "No documents wait to be retired.",
    "run.adopt_source": "The settings name the Odoo whose records the store holds.",
    "app.setup": "The settings name an Odoo already.",
    "view.errors": "There is no error and no warning.",
    "view.run": "There is no run yet.",
    "view.differences": "No dry run of this dashboard has found anything to change.",
    "verification.mend": "Nothing was found that is out of step.",
    "verification.stop": "No verification is at work.",
    "entity.seen": "No field has changed that nobody has seen.",
    "entity.sync_marked": "No row is marked; Space marks one.",
    "fleet.all": "All sources are shown.",
    **dict.fromkeys(("fleet.mark_all", "fleet.details"), "No source is shown."),
    **dict.fromkeys((f"quarantine.{name}" for name in ("retry", "dismiss", "export")), "No row is in quarantine."),
    "record.copy": "There is no record here whose address in Odoo is known.",
    "audit.copy": "The cursor is on no event.",
    "discovery.stop": "Nothing is being read.",
    "discovery.count": "Odoo is being asked already.",
    **dict.fromkeys(
        (f"discovery.{name}" for name in ("all", "none", "custom", "table", "save", "copy")),
        "No model is open; Enter opens the one under the cursor.",
    ),
}
"""What to say of commands for which there is nothing to do, by their ids."""


def explain_refusal(command: Command, context: CommandContext, state: DashboardState) -> str:
    """Explain in a sentence why the command is not available in this context, and what would help."""
    if context.failed:
        return f"MongoDB cannot be opened; {get_key_display(state, 'view.refresh')} tries again."
    if not context.ready:
        return "MongoDB is not open yet."
    if not context.writable and command.can_write:
        return "This dashboard is read-only, as the setting read_only says."
    if context.stopping and command.enabled_when(replace(context, stopping=False)):
        return "The run was asked to stop already; it stops at its next page."
    if context.running and command.enabled_when(replace(context, running=False)):
        return _describe_run(state)
    return NOTHING_TO_DO.get(command.id, "There is nothing to do for it now.")


def _describe_run(state: DashboardState) -> str:
    """Describe the run at work, and the key that stops it."""
    cancel = f"{get_key_display(state, 'run.cancel')} asks it to stop"
    if state.own_run is not None:
        return f"A run of yours is at work since {render.format_time(state.now, state.own_run.started_at)}; {cancel}."
    foreign = state.foreign_run
    if foreign is None:
        return f"A run is at work; {cancel}."
    who = f"{render.safe_text(foreign.operator.name, state.glyphs, 40)} on "
    host = render.safe_text(foreign.operator.host, state.glyphs, 40)
    return f"The run of {who}{host} is at work since {render.format_time(state.now, foreign.started_at)}; {cancel}."
