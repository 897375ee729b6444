"""The commands and their options. Imports the standard library and ``core`` only: ``--help`` answers at once."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.argument_types import with_explicit_wait
from odoo_sync_tui.cli.command_parser import (
    AFTER_COMMAND,
    AFTER_SUBCOMMAND,
    BEFORE_COMMAND,
    PROGRAM,
    CommandParser,
    Parser,
    add_global,
)
from odoo_sync_tui.cli.options.audit import declare_audit, declare_proof
from odoo_sync_tui.cli.options.changes import declare_changes, declare_export, declare_history
from odoo_sync_tui.cli.options.fleet import declare_fleet
from odoo_sync_tui.cli.options.quarantine import declare_quarantine
from odoo_sync_tui.cli.options.runs import (
    declare_alerts,
    declare_cancel,
    declare_check,
    declare_entities,
    declare_erase,
    declare_lease,
    declare_metrics,
    declare_pause,
    declare_resume,
    declare_runs,
    declare_schedule,
    declare_status,
)
from odoo_sync_tui.cli.options.setup import (
    declare_completion,
    declare_config,
    declare_demo,
    declare_discover,
    declare_docs,
    declare_doctor,
    declare_store,
)
from odoo_sync_tui.cli.options.sync import declare_sync, declare_verify

TYPE_CHECKING = False  # as in main: --help loads neither typing nor what is only named here
if TYPE_CHECKING:
    from pathlib import Path


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of the whole command line."""
    parser = Parser(
        prog=PROGRAM,
        description="Keep a MongoDB data lake in step with an Odoo ERP. Without a command: the dashboard.",
        epilog=exit_codes.TABLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_global(parser, BEFORE_COMMAND)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands", parser_class=CommandParser)
    for name, (description, declare) in _COMMANDS.items():
        commands.add_parser(name, help=description, description=description, declare=declare)
    return parser


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Parse the arguments; they are kept as ``arguments``, for a command that starts itself once more.

    Raises:
        UsageError: the arguments are wrong.
        SystemExit: help or version was asked for, and printed.
    """
    options = build_parser().parse_args(list(with_explicit_wait(arguments)))
    options.arguments = tuple(arguments)
    return options


def get_overrides(options: argparse.Namespace) -> dict[str, object]:
    """Get the settings given with ``--set``, before and after the command; the last one wins."""
    before: list[tuple[str, str]] = getattr(options, BEFORE_COMMAND)
    after: list[tuple[str, str]] = getattr(options, AFTER_COMMAND, [])
    inner: list[tuple[str, str]] = getattr(options, AFTER_SUBCOMMAND, [])
    return dict(before + after + inner)


def get_config_path(options: argparse.Namespace) -> Path | None:
    """Get the settings file named with ``--config``."""
    from pathlib import Path

    named: str | None = getattr(options, "config", None)
    return None if named is None else Path(named)


def get_source(options: argparse.Namespace) -> str | None:
    """Get the name of the one Odoo of many that is named with ``--source``."""
    return getattr(options, "source", None)


def list_given_options(options: argparse.Namespace) -> list[str]:
    """List ``--config``, ``--source`` and ``--set`` as given; no secret is among them: ``--set`` refuses one."""
    named = ((name, getattr(options, name, None)) for name in ("config", "source"))
    overrides = (f"--set={name}={value}" for name, value in get_overrides(options).items())
    return [*(f"--{name}={value}" for name, value in named if value is not None), *overrides]


_COMMANDS = {
    "sync": ("Sync once and tell how it went.", declare_sync),
    "schedule": ("Show what is due when, or run it.", declare_schedule),
    "pause": ("Stop the scheduled runs for a while.", declare_pause),
    "resume": ("Let the scheduled runs go on.", declare_resume),
    "runs": ("List the runs, newest first.", declare_runs),
    "cancel": ("Ask the run that is at work to stop at its next page.", declare_cancel),
    "lease": ("Show who holds the lease, or free it from a run that will not come back.", declare_lease),
    "status": ("Show the integration and how many records each side holds.", declare_status),
    "check": ("Say in one line whether all is in step, for monitoring.", declare_check),
    "metrics": ("Print figures for Prometheus: times, states and numbers of rows.", declare_metrics),
    "audit": ("Show the audit history, newest first.", declare_audit),
    "changes": ("Show what changed: entries of the change log for programs, or what one run changed.", declare_changes),
    "history": ("Show every logged version of one document.", declare_history),
    "export": ("Print the documents of an entity, as they are or as they were.", declare_export),
    "verify": ("Verify that the store holds what Odoo holds, and repair it if asked to.", declare_verify),
    "proof": ("Show what is proved of the store, for an auditor.", declare_proof),
    "doctor": ("Examine settings, terminal, MongoDB and Odoo, and say what to do.", declare_doctor),
    "discover": ("List what in Odoo could be synced, or the fields of one model.", declare_discover),
    "entities": (
        "List what is synced and what is not any more; delete what is left of it, or acknowledge changed fields.",
        declare_entities,
    ),
    "quarantine": (
        "Look at rows that could not be read or stored; try them again, dismiss or export them.",
        declare_quarantine,
    ),
    "fleet": ("Show all sources on one screen: many Odoos, each with settings of its own.", declare_fleet),
    "store": ("Copy everything that the store holds to a file, or from one.", declare_store),
    "erase": ("Erase a record for good, so that no sync brings it back, or let it come back.", declare_erase),
    "alerts": ("List who is told about syncs, or send each of them a test.", declare_alerts),
    "config": ("Show the settings and where they come from, or write a first file of them.", declare_config),
    "demo": ("Open the dashboard on a made-up Odoo and a private MongoDB.", declare_demo),
    "completion": ("Print a script with which a shell completes commands, options and entities.", declare_completion),
    "docs": ("Print a page of the manual.", declare_docs),
}
