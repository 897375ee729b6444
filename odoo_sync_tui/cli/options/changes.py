"""Options of the commands that read the change log."""

from __future__ import annotations

import argparse

from odoo_sync_tui.cli.argument_types import (
    parse_condition,
    parse_count,
    parse_filled,
    parse_limit,
    parse_positive,
    parse_time_argument,
)
from odoo_sync_tui.cli.command_parser import AFTER_SUBCOMMAND
from odoo_sync_tui.cli.options.sources import declare_sources

FORMATS = ("jsonl", "csv")

_TAIL_EPILOG = """\
exit codes, besides those of every command:
  1  entries that the consumer never acknowledged are not kept any more; the others were printed
A consumer gets each entry at least once, in the order of the ids: after a new start again all that it did not
acknowledge. With --json a gap is a line of its own: {"type": "gap", "after": 12, "through": 399}.
--follow goes on until a signal ends it, or nobody reads its output any more. More: odoo-sync-tui docs change_log."""


def declare_changes(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``changes``."""
    parser.add_argument("--since", metavar="RUN", help="list what this run changed; its first characters are enough")
    parser.add_argument(
        "--limit",
        type=parse_limit,
        metavar="N",
        help="with --since: show N documents of each kind and entity as text, or all (default: 20)",
    )
    parser.add_argument("--json", action="store_true", help="with --since: print one entry per line as JSON")
    ask = parser.add_subparsers(dest="ask", metavar="WHAT", title="what to do")
    for name, (description, declare) in _CHANGES_COMMANDS.items():
        ask.add_parser(name, help=description, description=description, declare=declare, overrides=AFTER_SUBCOMMAND)


def _tail(parser: argparse.ArgumentParser) -> None:
    _query(parser)
    start = parser.add_mutually_exclusive_group()
    start.add_argument(
        "--after", type=parse_count, metavar="ID", help="begin after this entry (default: all that are kept)"
    )
    start.add_argument(
        "--consumer",
        type=parse_filled,
        metavar="NAME",
        help="begin after the last entry that was acknowledged under this name",
    )
    parser.add_argument("--follow", action="store_true", help="wait for further entries at the end of the log")
    parser.add_argument("--limit", type=parse_positive, metavar="N", help="end after N entries")
    parser.add_argument("--json", action="store_true", help="print one entry per line as JSON")
    declare_sources(parser)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _TAIL_EPILOG


def _query(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--entity", action="append", default=[], metavar="NAME", help="only changes of this entity; may be repeated"
    )
    parser.add_argument(
        "--field",
        action="append",
        default=[],
        metavar="NAME",
        help='only changes of this field, as in "stage_id" or "x_*"; may be repeated: one of them is enough',
    )


def _ack(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("consumer", type=parse_filled, metavar="NAME", help="the name of the consumer")
    parser.add_argument("id", type=parse_count, metavar="ID", help="the entry; all before it are acknowledged with it")
    parser.add_argument("--rewind", action="store_true", help="go back there, if the consumer has gone further")
    parser.add_argument("--json", action="store_true", help="print the answer as one JSON object")


def _consumers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one consumer per line as JSON")
    declare_sources(parser)


def declare_history(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``history``."""
    parser.add_argument("entity", metavar="ENTITY", help='the entity, as in "opportunities"')
    parser.add_argument("id", type=parse_positive, metavar="ID", help="the id of the record in Odoo")
    parser.add_argument("--json", action="store_true", help="print one version per line as JSON")


def declare_export(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``export``."""
    parser.add_argument("entity", metavar="ENTITY", help='the entity, as in "opportunities"')
    parser.add_argument(
        "--as-of",
        type=parse_time_argument,
        metavar="TIME",
        help='the documents as they were then: "2026-01-31" (its beginning), "2026-01-31T08:00" or an age ("2d")',
    )
    parser.add_argument(
        "--format", choices=FORMATS, default=FORMATS[0], help="one JSON object per line, or CSV (default: %(default)s)"
    )
    parser.add_argument(
        "--where",
        type=parse_condition,
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="only documents with this value; may be repeated: all of them have to hold",
    )
    parser.epilog = "exit code 1: some documents could not be shown as they were; the others were printed"


_CHANGES_COMMANDS = {
    "tail": ("Print entries of the change log, the oldest first.", _tail),
    "ack": ("Acknowledge entries, so that a consumer is not given them again.", _ack),
    "consumers": ("List the consumers, and how far each has come.", _consumers),
}
