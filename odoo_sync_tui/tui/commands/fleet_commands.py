"""Commands of the screen of all sources, and the way back to it."""

from __future__ import annotations

from odoo_sync_tui.tui.commands.command import DASHBOARD, FLEET, Command, always
from odoo_sync_tui.tui.commands.command_line import cancel, just

FLEET_COMMANDS = (
    Command(
        id="fleet.filter",
        key="slash",
        label="Filter",
        title="Filter the sources",
        description="Show only sources with these words in their name, tags, zone or machine.",
        group="All sources",
        enabled_when=always,
        command_line=just("fleet"),
        screens=(FLEET,),
    ),
    Command(
        id="fleet.state",
        key="f",
        label="State",
        title="Show one state only",
        description="Show only the wrong sources; again: only the late ones, and so on; after the last, all of them.",
        group="All sources",
        enabled_when=always,
        command_line=None,
        screens=(FLEET,),
    ),
    Command(
        id="fleet.all",
        key="escape",
        label="All",
        title="Show all sources",
        description="Show all sources again, after a filter or the choice of one state.",
        group="All sources",
        enabled_when=lambda context: context.has_filter,
        command_line=None,
        screens=(FLEET,),
    ),
    Command(
        id="fleet.mark_all",
        key="a",
        label="Mark all",
        title="Mark all that are shown",
        description="Mark all sources that are shown, or take their marks away; Space marks the one under the cursor.",
        group="All sources",
        enabled_when=lambda context: context.has_row,
        command_line=None,
        screens=(FLEET,),
    ),
    Command(
        id="fleet.cancel",
        key="c",
        label="Cancel",
        title="Cancel what is at work",
        description=(
            "Ask the runs of the marked sources, or of the one under the cursor, to stop at their next page; of a sync"
            " that was started here those that wait do not begin."
        ),
        group="All sources",
        enabled_when=lambda context: context.writable and context.has_run,
        command_line=cancel,
        screens=(FLEET,),
    ),
    Command(
        id="fleet.details",
        key="e",
        label="Details",
        title="Details of the source",
        description="Show all that is known of the source under the cursor: what is wrong, what is due, where it runs.",
        group="All sources",
        enabled_when=lambda context: context.has_row,
        command_line=None,
        screens=(FLEET,),
    ),
    Command(
        id="app.fleet",
        key="escape",
        label="Fleet",
        title="Back to the fleet",
        description="Go back to the list of all sources, from which this dashboard was opened.",
        group="All sources",
        enabled_when=always,
        command_line=just("fleet"),
        screens=(DASHBOARD,),
    ),
)
"""What is shown and marked there; syncs are those of the dashboard."""
