"""Options of the commands about many Odoos at once."""

from __future__ import annotations

import argparse

from odoo_sync_tui.cli.argument_types import parse_filled
from odoo_sync_tui.cli.command_parser import AFTER_SUBCOMMAND
from odoo_sync_tui.cli.options.sources import TAG_OPTION

TYPE_CHECKING = False  # as in main: --help loads neither typing nor what is only named here
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


_RUN_EPILOG = """\
Each run is a process of its own, and of each source one is at work. Who waits longest for its interval is first.
Any number of fleet run share the work, on any machines. SIGTERM and Ctrl+C end each run at its next page.

More: odoo-sync-tui docs fleet."""


def declare_fleet(parser: argparse.ArgumentParser) -> None:
    """Declare the options and the commands of ``fleet``."""
    ask = parser.add_subparsers(dest="ask", metavar="WHAT", title="what to do", required=True)
    for name, (description, declare) in _COMMANDS.items():
        command = ask.add_parser(
            name, help=description, description=description, declare=declare, overrides=AFTER_SUBCOMMAND
        )
        command.set_defaults(command=f"fleet {name}")  # the module that runs it: see main


def declare_fleet_run(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``fleet run``."""
    parser.add_argument("--once", action="store_true", help="only what is due now, then end; for cron or a timer")
    parser.add_argument("--engine", choices=["local", "dask"], help="where runs are executed (default: fleet.engine)")
    parser.add_argument(
        TAG_OPTION,
        action="append",
        type=parse_filled,
        default=[],
        metavar="TAG",
        help="only sources with this tag; may be repeated: one of them is enough",
    )
    parser.add_argument("--user", metavar="NAME", help="the operator's name (default: the login name)")
    parser.add_argument("--json", action="store_true", help="print one JSON object for each run, a line each")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _RUN_EPILOG


_COMMANDS: Mapping[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "run": ("Keep all sources in step: run whatever is due.", declare_fleet_run),
}
