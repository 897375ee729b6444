"""Options of the commands about many Odoos at once."""

from __future__ import annotations

import argparse

from odoo_sync_tui.cli.argument_types import parse_filled, parse_positive
from odoo_sync_tui.cli.command_parser import AFTER_SUBCOMMAND
from odoo_sync_tui.cli.options.sources import TAG_OPTION

TYPE_CHECKING = False  # as in main: --help loads neither typing nor what is only named here
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_EPILOG = """\
A source is an Odoo with settings of its own: sources.d/NAME.toml beside the settings file.

states, the worst first:
  wrong         the last run failed, or the settings cannot be used
  late          it was not in step in time
  attention     somebody has to look after something
  never synced  no run has ended yet
  in step       nothing is to be done

On the screen Space marks a source and a marks all that are shown; d, u and l sync them, in a process that goes on when
you leave. Enter opens the dashboard of a source, and Escape leads back. ? has all keys.

examples:
  odoo-sync-tui --source acme-be                          the dashboard of one
  odoo-sync-tui sync departments --sources acme-be,acme-fr
  odoo-sync-tui check --all                               one line for each, with codes for monitoring
More: odoo-sync-tui docs fleet.

Without a terminal, and with --json, the state of all sources is printed. The exit code is 0 whatever it is."""

_RUN_EPILOG = """\
Each run is a process of its own, and of each source one is at work. Who waits longest for its interval is first.
Any number of fleet run share the work, on any machines. SIGTERM and Ctrl+C end each run at its next page.

More: odoo-sync-tui docs fleet."""


def declare_fleet(parser: argparse.ArgumentParser) -> None:
    """Declare the options and the commands of ``fleet``."""
    parser.add_argument("--json", action="store_true", help="print one JSON object for each source, a line each")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    ask = parser.add_subparsers(dest="ask", metavar="WHAT", title="what to do")
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


def declare_fleet_worker(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``fleet worker``."""
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="Dask's scheduler: tls://HOST:8786 (default: fleet.scheduler)"
    )
    parser.add_argument("--zone", metavar="ZONE", help="take sources of this zone too, not only those without one")
    parser.add_argument(
        "--runs", type=parse_positive, metavar="N", help="runs at once (default: fleet.processes, else the processors)"
    )
    parser.add_argument("--name", metavar="NAME", help="what it is called (default: host and process)")
    parser.epilog = "SIGTERM and Ctrl+C end each run at its next page. Needs: pip install 'odoo-sync-tui[cluster]'"


_COMMANDS: Mapping[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "run": ("Keep all sources in step: run whatever is due.", declare_fleet_run),
    "worker": ("Execute runs on this machine for every fleet run of a Dask scheduler.", declare_fleet_worker),
}
