"""The commands and their options. Imports the standard library and ``core`` only: ``--help`` answers at once."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.argument_types import (
    parse_age,
    parse_count,
    parse_outcome_argument,
    parse_page,
    parse_positive,
    parse_records,
    parse_time_argument,
    with_explicit_wait,
)
from odoo_sync_tui.cli.command_parser import (
    AFTER_COMMAND,
    AFTER_SUBCOMMAND,
    BEFORE_COMMAND,
    PROGRAM,
    CommandParser,
    Parser,
    add_global,
)
from odoo_sync_tui.cli.sync_options import ACTIONS, declare_sync
from odoo_sync_tui.core.actions import Outcome

TYPE_CHECKING = False  # as in main: --help loads neither typing nor what is only named here
if TYPE_CHECKING:
    from pathlib import Path

ALL_ACTIONS = "all"

INDEX = "index"
"""The page of the manual that lists the others."""

DIALECTS = (14, 17, 19)


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
    """Parse the arguments.

    Raises:
        UsageError: the arguments are wrong.
        SystemExit: help or version was asked for, and printed.
    """
    return build_parser().parse_args(list(with_explicit_wait(arguments)))


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


# ------------------------------------------------------------------------------------------------- commands


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print everything as one JSON object")


def _check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--max-age",
        type=parse_age,
        metavar="AGE",
        help='attention where a sync was not in step within this time, as in "30m", "2h" or "1d"',
    )
    parser.add_argument("--json", action="store_true", help="print the answer as one JSON object")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "exit codes, as of monitoring plug-ins:\n  0 in step\n  1 attention\n  2 wrong\n  3 unknown"


def _runs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--limit", type=parse_positive, default=20, metavar="N", help="at most N runs (default: 20)")
    parser.add_argument("--json", action="store_true", help="print one JSON object per line")


def _cancel(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "run_id", nargs="?", metavar="RUN_ID", help="only if it is this run; its first characters are enough"
    )
    parser.add_argument("--reason", default="", metavar="TEXT", help="why, for the run's end and the audit history")
    parser.add_argument("--user", metavar="NAME", help="the operator's name (default: the login name)")
    parser.epilog = "exit code 0: the run was asked; 1: there is nothing to cancel"


def _lease(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ask", nargs="?", choices=["free"], metavar="free", help="free it, after a confirmation")
    _confirmed(parser, "free")


def _entities(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("ask", nargs="?", choices=["drop"], metavar="drop", help="delete what is left of one of them")
    parser.add_argument("name", nargs="?", metavar="NAME", help="with drop: the one; it is confirmed by its name")
    _confirmed(parser, "drop")


def _confirmed(parser: argparse.ArgumentParser, word: str) -> None:
    parser.add_argument("--yes", action="store_true", help=f"with {word}: the confirmation, where nobody can be asked")
    parser.add_argument("--reason", default="", metavar="TEXT", help=f"with {word}: why, for the audit history")
    parser.add_argument("--user", metavar="NAME", help="the operator's name (default: the login name)")
    parser.add_argument("--json", action="store_true", help="print the answer as one JSON object")


def _audit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--limit", type=parse_positive, metavar="N", help="at most N events (default: 50)")
    parser.add_argument(
        "--since",
        type=parse_time_argument,
        metavar="T",
        help='a date or time ("2026-01-31", "2026-01-31T08:00"), or an age ("2d")',
    )
    parser.add_argument(
        "--action", metavar="A", help="an action: departments, users, data-lake, a full name, or how one begins"
    )
    parser.add_argument("--user", metavar="U", help="what this operator did")
    parser.add_argument(
        "--outcome",
        type=parse_outcome_argument,
        metavar="O",
        help="how it ended, or how the word begins: " + ", ".join(Outcome) + "; started: events that are no end",
    )
    parser.add_argument(
        "--verify",
        action="store_true",
        help="look in the whole history whether an event was changed, removed or added by anybody but this program",
    )
    parser.add_argument(
        "--head-file",
        metavar="PATH",
        help="with --verify: check that the history still holds what it held when this file was written; "
        "where it does, write its present head there",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object per line; with --verify: one object")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _AUDIT_VERIFY_EPILOG


_AUDIT_VERIFY_EPILOG = """\
audit --verify: exit code 0 intact, 1 broken or unproven.
All events stand in one chain of hashes, whose head is kept apart, in integrations. So an event that was changed,
removed, added or moved is found, the first and the last one and whole runs too, also when audit_log and sync_runs were
dropped. A run without an end that is not at work is a finding too; the next run, or the next dashboard, records it.
The line "head ..." is to be noted down elsewhere; with --head-file the program does so. Only such a note finds
  - that the history was removed together with integrations, or that its end was, and the head set back;
  - that somebody who may write to audit_log and integrations made all hashes anew: there is no key in them;
  - that one of the last 20 events was removed and made to look as if its process had been killed before it wrote it.
Unproven are events beside the chain, made as an earlier version makes them: whether they are from one it cannot tell.
What a retention rule of your own removes is missing like any other. More: odoo-sync-tui docs data."""


def _config(parser: argparse.ArgumentParser) -> None:
    ask = parser.add_subparsers(dest="ask", metavar="WHAT", required=True, title="what to do")
    for name, (description, declare) in _CONFIG_COMMANDS.items():
        ask.add_parser(name, help=description, description=description, declare=declare, overrides=AFTER_SUBCOMMAND)


def _config_path(parser: argparse.ArgumentParser) -> None:
    """It takes no arguments."""


def _config_init(parser: argparse.ArgumentParser) -> None:
    for name, meaning in (
        ("--url", "the address of Odoo"),
        ("--database", "the database of Odoo"),
        ("--username", "the login of the Odoo user whose rights the sync has"),
    ):
        parser.add_argument(name, help=meaning, metavar="TEXT")
    parser.add_argument("--api-key-file", metavar="PATH", help="a file that holds the API key of that user")
    mongo = parser.add_mutually_exclusive_group()
    mongo.add_argument("--mongo-uri", metavar="URI", help='the address of MongoDB, or "embedded" for a private one')
    mongo.add_argument("--mongo-uri-file", metavar="PATH", help="a file that holds the address with its password")
    parser.add_argument("--no-test", action="store_true", help="write the file without trying to reach either server")
    parser.epilog = "What is not given is asked for, where a terminal is there. The key is never shown."


def _verify(parser: argparse.ArgumentParser) -> None:
    what = parser.add_argument("what", nargs="?", choices=[*ACTIONS, ALL_ACTIONS], default=ALL_ACTIONS, metavar="WHAT")
    what.help = "what to compare: %(choices)s (default: %(default)s)"
    parser.add_argument(
        "--entity", action="append", default=[], metavar="NAME", help="only this entity; may be repeated"
    )
    extent = parser.add_mutually_exclusive_group()
    extent.add_argument("--full", action="store_true", help="compare the content of every row, not only of some")
    extent.add_argument(
        "--sample",
        type=parse_count,
        default=200,
        metavar="N",
        help="compare the content of N rows of each entity, evenly spread (default: 200); ids are always all compared",
    )
    parser.add_argument("--repair", action="store_true", help="repair what is out of step by a full sync of it")
    parser.add_argument("--user", metavar="NAME", help="the operator's name for a repair (default: the login name)")
    parser.add_argument("--json", action="store_true", help="print what was found as one JSON object")


def _doctor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print all checks as one JSON object")


def _discover(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", nargs="?", metavar="MODEL", help='only this model, with its fields: "sale.order"')
    parser.add_argument("--rows", action="store_true", help="count the rows of each model too: a call for each")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--toml", action="store_true", help="print a declaration of the model for the settings")
    form.add_argument("--save", metavar="NAME", help="write a declaration of the model to a file entities.d/NAME.toml")
    form.add_argument("--json", action="store_true", help="print one JSON object per line")
    parser.epilog = "Nothing is written to Odoo or MongoDB. On a terminal long lines are cut; piped, they are whole."


def _demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--records", type=parse_records, default=1000, metavar="N", help="how many accounts there are (default: 1000)"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="other data for another number (default: 1)")
    parser.add_argument("--live", action="store_true", help="let somebody keep editing records in that Odoo")
    parser.add_argument(
        "--dialect", type=int, choices=DIALECTS, default=19, help="which Odoo version to look like (default: 19)"
    )
    parser.add_argument(
        "--serve-only",
        action="store_true",
        help="open no dashboard: print the environment variables that point here as JSON, and serve until told to stop",
    )


def _docs(parser: argparse.ArgumentParser) -> None:
    from odoo_sync_tui.runtime.paths import doc_pages

    pages = sorted(doc_pages(), key=lambda page: (page != INDEX, page))
    page = parser.add_argument("page", nargs="?", type=parse_page, choices=pages, default=INDEX, metavar="PAGE")
    page.help = "the page: %(choices)s (default: %(default)s)"
    parser.epilog = f"The pages are Markdown. To read one: {PROGRAM} docs operations | less"


_COMMANDS = {
    "sync": ("Sync once and tell how it went.", declare_sync),
    "runs": ("List the runs, newest first.", _runs),
    "cancel": ("Ask the run that is at work to stop at its next page.", _cancel),
    "lease": ("Show who holds the lease, or free it from a run that will not come back.", _lease),
    "status": ("Show the integration and how many records each side holds.", _json),
    "check": ("Say in one line whether all is in step, for monitoring.", _check),
    "audit": ("Show the audit history, newest first.", _audit),
    "verify": ("Verify that the store holds what Odoo holds, and repair it if asked to.", _verify),
    "doctor": ("Examine settings, terminal, MongoDB and Odoo, and say what to do.", _doctor),
    "discover": ("List what in Odoo could be synced, or the fields of one model.", _discover),
    "entities": ("List what is synced and what is not any more, or delete what is left of the latter.", _entities),
    "config": ("Show the settings and where they come from, or write a first file of them.", _config),
    "demo": ("Open the dashboard on a made-up Odoo and a private MongoDB.", _demo),
    "docs": ("Print a page of the manual.", _docs),
}
_CONFIG_COMMANDS = {
    "init": ("Ask for what has to be set, try it, and write it to a new settings file.", _config_init),
    "show": ("Show every setting with its value and origin; no secret.", _json),
    "path": ("Print the path of the settings file.", _config_path),
}
