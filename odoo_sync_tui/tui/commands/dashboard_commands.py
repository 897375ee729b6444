"""Commands of the dashboard: runs, and what there is to look at."""

from __future__ import annotations

from odoo_sync_tui.tui.commands.command import (
    AUDIT,
    DASHBOARD,
    DISCOVERY,
    DOCTOR,
    ENTITY,
    QUARANTINE,
    RUN,
    RUNS,
    VERIFICATION,
    Command,
    can_start,
    is_ready,
)

DASHBOARD_COMMANDS = (
    Command(
        id="sync.departments",
        key="d",
        label="Sync",
        title="Sync departments",
        description="Bring departments in step with Odoo.",
        group="Run",
        enabled_when=can_start,
    ),
    Command(
        id="sync.users",
        key="u",
        label="Sync",
        title="Sync users",
        description="Bring users in step with Odoo's employees. Roles and approvals are never touched.",
        group="Run",
        enabled_when=can_start,
    ),
    Command(
        id="sync.data_lake",
        key="l",
        label="Sync",
        title="Sync data lake",
        description="Bring all entities of the data lake in step with Odoo.",
        group="Run",
        enabled_when=can_start,
    ),
    Command(
        id="sync.choose",
        key="s",
        label="Choose",
        title="Choose what to sync",
        description=(
            "Choose entities, beginning with the one that is open or under the cursor, and how: in full, as a dry run, "
            "over from the start."
        ),
        group="Run",
        enabled_when=can_start,
        in_footer=False,
        screens=(DASHBOARD, ENTITY),
    ),
    Command(
        id="run.mode",
        key="f",
        label="Mode",
        title="Switch the mode: incremental or full",
        description=(
            "Incremental reads what was written since the last run and whatever is missing; full reads every row."
        ),
        group="Run",
        enabled_when=can_start,
        in_footer=False,
    ),
    Command(
        id="run.cancel",
        key="c",
        label="Cancel",
        title="Cancel the run",
        description=(
            "Ask the run at work, here or on another host, to stop at its next page. What is written stays written."
        ),
        group="Run",
        enabled_when=lambda context: context.ready and context.writable and context.running and not context.stopping,
        screens=(DASHBOARD, RUN),
    ),
    Command(
        id="run.confirm_retire",
        key="w",
        label="Retire",
        title="Retire what was withheld",
        description="Confirm that the documents which the last run did not dare to retire may become inactive.",
        group="Run",
        enabled_when=lambda context: context.can_start and context.withheld > 0,
    ),
    Command(
        id="run.adopt_source",
        key="O",
        label="Adopt",
        title="Adopt this Odoo",
        description=(
            "Confirm that the records of the store are those of the Odoo that the settings name, by whatever name."
        ),
        group="Run",
        enabled_when=lambda context: context.can_start and context.other_source,
    ),
    Command(
        id="app.setup",
        key="S",
        label="Set up",
        title="Set up: connect to Odoo",
        description="Ask for address, database, user and key of Odoo, try them, and write a first settings file.",
        group="Run",
        enabled_when=lambda context: context.needs_setup and context.writable,
    ),
    Command(
        id="view.events",
        key="a",
        label="Events",
        title="Go to the events",
        description="Move to the newest events; Enter opens one.",
        group="Look",
        enabled_when=is_ready,
    ),
    Command(
        id="view.history",
        key="A",
        label="Audit",
        title="Open the audit history",
        description="Open all events of the audit history: filter, follow, copy and export them.",
        group="Look",
        enabled_when=is_ready,
        in_footer=False,
        wide_footer_only=True,
    ),
    Command(
        id="view.errors",
        key="e",
        label="Errors",
        title="Read the errors and warnings",
        description="Show every error and warning in full.",
        group="Look",
        enabled_when=lambda context: context.has_problems,
    ),
    Command(
        id="view.run",
        key="v",
        label="Run",
        title="Open the run",
        description=(
            "Open the run that is shown: its scope, its timeline, every entity, every error, and its quarantine."
        ),
        group="Look",
        enabled_when=lambda context: context.ready and context.has_run,
        in_footer=False,
    ),
    Command(
        id="view.differences",
        key="W",
        label="Changes",
        title="See the changes of a dry run",
        description="Show what the last dry run of this dashboard would change, by field and document.",
        group="Look",
        enabled_when=lambda context: context.ready and context.has_differences,
    ),
    Command(
        id="view.runs",
        key="R",
        label="Runs",
        title="List all runs",
        description="List all runs, the newest first; Enter opens one.",
        group="Look",
        enabled_when=is_ready,
        in_footer=False,
        wide_footer_only=True,
    ),
    Command(
        id="view.entity",
        key="E",
        label="Entity",
        title="Open the entity",
        description="Open the entity under the cursor: its figures, its quarantine, and its documents.",
        group="Look",
        enabled_when=is_ready,
        in_footer=False,
    ),
    Command(
        id="view.quarantine",
        key="Q",
        label="Quarantine",
        title="Open the quarantine",
        description=(
            "List the rows that could not be read or stored, of every entity or of the one that is open: their values, "
            "and what is wrong with them."
        ),
        group="Look",
        enabled_when=is_ready,
        in_footer=False,
        screens=(DASHBOARD, ENTITY),
    ),
    Command(
        id="view.verification",
        key="V",
        label="Verify",
        title="Verify against Odoo",
        description=(
            "Compare all ids, and the content of some rows, of every entity or of the one that is open with "
            "Odoo. Writes nothing."
        ),
        group="Look",
        enabled_when=is_ready,
        in_footer=False,
        wide_footer_only=True,
        screens=(DASHBOARD, ENTITY),
    ),
    Command(
        id="view.doctor",
        key="D",
        label="Doctor",
        title="Run the doctor",
        description=(
            "Examine settings, terminal, network, MongoDB (writes a document and removes it) and Odoo; say what to do."
        ),
        group="Look",
        enabled_when=lambda context: (context.ready or context.failed) and context.writable,
        in_footer=False,
    ),
    Command(
        id="view.discovery",
        key="i",
        label="Discover",
        title="Discover what Odoo has",
        description="List the models of Odoo and their fields, tick some, and declare an entity of them.",
        group="Look",
        enabled_when=lambda context: context.ready or context.failed,
        in_footer=False,
    ),
    Command(
        id="view.refresh",
        key="r",
        label="Refresh",
        title="Refresh",
        description="Read the store now, verify or examine again, and paint anew; after a failed start, try again.",
        group="Look",
        enabled_when=lambda context: (context.ready or context.failed) and not context.comparing,
        in_footer=False,
        screens=(DASHBOARD, RUNS, RUN, ENTITY, AUDIT, VERIFICATION, DOCTOR, DISCOVERY, QUARANTINE),
    ),
    Command(
        id="odoo.count",
        key="o",
        label="Count",
        title="Count in Odoo",
        description="Ask Odoo now how many rows each entity has.",
        group="Look",
        enabled_when=can_start,
        in_footer=False,
    ),
)
"""Runs first, then views."""
