"""Options of the commands about runs: by a schedule, at work, and what they left."""

from __future__ import annotations

import argparse

from odoo_sync_tui.cli.argument_types import parse_age, parse_future_argument, parse_positive
from odoo_sync_tui.cli.options.sources import declare_sources
from odoo_sync_tui.cli.options.sync import ACTIONS, ALL_ACTIONS


def declare_status(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``status``."""
    parser.add_argument("--json", action="store_true", help="print everything as one JSON object")
    declare_sources(parser)


def declare_check(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``check``."""
    _declare_what(parser)
    parser.add_argument(
        "--tell", action="store_true", help="also send alerts of syncs that are late and of what ends soon, each once"
    )
    parser.add_argument(
        "--max-age",
        type=parse_age,
        metavar="AGE",
        help='attention where a sync was not in step within this time, as in "30m", "2h" or "1d"',
    )
    parser.add_argument("--json", action="store_true", help="print the answer as one JSON object")
    declare_sources(parser)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "exit codes, as of monitoring plug-ins:\n  0 in step\n  1 attention\n  2 wrong\n  3 unknown"


def declare_metrics(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``metrics``."""
    declare_sources(parser)
    parser.epilog = "The format is that of Prometheus and OpenMetrics. A file: metrics.textfile of the settings."


def declare_runs(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``runs``."""
    parser.add_argument("--limit", type=parse_positive, default=20, metavar="N", help="at most N runs (default: 20)")
    parser.add_argument("--json", action="store_true", help="print one JSON object per line")


def declare_cancel(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``cancel``."""
    parser.add_argument(
        "run_id", nargs="?", metavar="RUN_ID", help="only if it is this run; its first characters are enough"
    )
    parser.add_argument("--reason", default="", metavar="TEXT", help="why, for the run's end and the audit history")
    parser.add_argument("--user", metavar="NAME", help="the operator's name (default: the login name)")
    parser.epilog = "exit code 0: the run was asked; 1: there is nothing to cancel"


def declare_lease(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``lease``."""
    parser.add_argument("ask", nargs="?", choices=["free"], metavar="free", help="free it, after a confirmation")
    _confirmed(parser, "free")


def declare_alerts(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``alerts``."""
    parser.add_argument("ask", nargs="?", choices=["test"], metavar="test", help="send a message to each of them")
    parser.add_argument("--json", action="store_true", help="print the answer as one JSON object")
    parser.epilog = "with test: exit code 1 where one did not take it"


def declare_entities(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``entities``."""
    parser.add_argument(
        "ask",
        nargs="?",
        choices=["drop", "seen"],
        metavar="drop|seen",
        help="drop: delete what is left of one; seen: acknowledge changes of its fields in Odoo, and print them",
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="the one; with drop it is confirmed by its name")
    _confirmed(parser, "drop")


def declare_erase(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``erase``."""
    parser.add_argument("--entity", metavar="NAME", help='an entity of the record\'s Odoo model, as in "users"')
    parser.add_argument("--id", type=parse_positive, metavar="ID", help="the id of the record in Odoo")
    parser.add_argument("--preview", action="store_true", help="say what would be erased and what not, and end")
    parser.add_argument("--lift", action="store_true", help="let a record that was erased come back with the next sync")
    parser.add_argument("--list", action="store_true", help="list the records that were erased")
    parser.add_argument("--yes", action="store_true", help="the confirmation, where nobody can be asked")
    parser.add_argument("--reason", default="", metavar="TEXT", help="why, for the audit history; name nobody in it")
    parser.add_argument("--user", metavar="NAME", help="the operator's name (default: the login name)")
    parser.add_argument("--json", action="store_true", help="print the answer as one JSON object")


def _confirmed(parser: argparse.ArgumentParser, word: str) -> None:
    parser.add_argument("--yes", action="store_true", help=f"with {word}: the confirmation, where nobody can be asked")
    parser.add_argument("--reason", default="", metavar="TEXT", help=f"with {word}: why, for the audit history")
    parser.add_argument("--user", metavar="NAME", help="the operator's name (default: the login name)")
    parser.add_argument("--json", action="store_true", help="print the answer as one JSON object")


def declare_schedule(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``schedule``."""
    parser.add_argument("ask", nargs="?", choices=["run"], metavar="run", help="run what the settings schedule")
    parser.add_argument(
        "--once", action="store_true", help="with run: only what is due now, then end; for cron or a systemd timer"
    )
    parser.add_argument("--user", metavar="NAME", help="the operator's name (default: the login name)")
    parser.add_argument(
        "--json",
        action="store_true",
        help="print one JSON object; with run one for each run, a line each",
    )


def declare_pause(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``pause``."""
    _declare_what(parser)
    parser.add_argument(
        "--until",
        type=parse_future_argument,
        metavar="TIME",
        help='when they go on by themselves: "2026-01-31T08:00", or in how long ("90m", "2d")',
    )
    parser.add_argument("--reason", default="", metavar="TEXT", help="why, for whoever looks, and the audit history")
    parser.add_argument("--user", metavar="NAME", help="the operator's name (default: the login name)")
    parser.epilog = "A run at work goes on, and a sync can still be started by hand."


def declare_resume(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``resume``."""
    _declare_what(parser)
    parser.add_argument("--user", metavar="NAME", help="the operator's name (default: the login name)")


def _declare_what(parser: argparse.ArgumentParser) -> None:
    what = parser.add_argument("what", nargs="?", choices=[*ACTIONS, ALL_ACTIONS], default=ALL_ACTIONS, metavar="WHAT")
    what.help = "which sync: %(choices)s (default: %(default)s)"
