"""Options of the commands about rows in quarantine."""

from __future__ import annotations

import argparse

from odoo_sync_tui.cli.argument_types import parse_filled, parse_limit, parse_positive
from odoo_sync_tui.cli.command_parser import AFTER_SUBCOMMAND


def declare_quarantine(parser: argparse.ArgumentParser) -> None:
    """Declare the commands of ``quarantine``."""
    ask = parser.add_subparsers(dest="ask", metavar="WHAT", title="what to do", required=True)
    for name, (description, declare) in _COMMANDS.items():
        ask.add_parser(name, help=description, description=description, declare=declare, overrides=AFTER_SUBCOMMAND)


def _list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("entity", nargs="?", metavar="ENTITY", help='only rows of this entity, as in "invoices"')
    _rule(parser)
    parser.add_argument("--dismissed", action="store_true", help="the rows that were dismissed, instead of the others")
    parser.add_argument(
        "--limit",
        type=parse_limit,
        default=20,
        metavar="N",
        help="show N rows of each entity and rule, or all (default: 20, with --json all)",
    )
    parser.add_argument("--json", action="store_true", help="print one row per line as JSON")


def _show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("entity", metavar="ENTITY", help='the entity, as in "invoices"')
    parser.add_argument("id", type=parse_positive, metavar="ID", help="the id of the record in Odoo")
    parser.add_argument("--json", action="store_true", help="print the row as one JSON object")


def _retry(parser: argparse.ArgumentParser) -> None:
    _chosen(parser, "all that every run tries again")
    parser.add_argument("--json", action="store_true", help="print the result of the run as one JSON object")


def _dismiss(parser: argparse.ArgumentParser) -> None:
    _chosen(parser, "with --rule all that break it")
    parser.add_argument("--reason", type=parse_filled, metavar="TEXT", help="why; it is kept with the rows")
    parser.add_argument("--undo", action="store_true", help="take rows back that were dismissed")
    parser.add_argument("--json", action="store_true", help="print the answer as one JSON object")
    parser.epilog = "A dismissed row is no trouble any more, until it changes in Odoo: then it is back by itself."


def _export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("entity", nargs="?", metavar="ENTITY", help='only rows of this entity, as in "invoices"')
    _rule(parser)
    parser.epilog = "One JSON object per line, dismissed rows too: in sight is what list and show say."


def _chosen(parser: argparse.ArgumentParser, default: str) -> None:
    parser.add_argument("entity", metavar="ENTITY", help='the entity, as in "invoices"')
    ids = parser.add_argument("ids", nargs="*", type=parse_positive, metavar="ID")
    ids.help = f"the ids of the records in Odoo (default: {default})"
    _rule(parser)
    parser.add_argument("--user", metavar="NAME", help="the operator's name (default: the login name)")


def _rule(parser: argparse.ArgumentParser) -> None:
    from odoo_sync_tui.core.entity import BrokenRule

    rules = [str(each) for each in BrokenRule]
    parser.add_argument("--rule", choices=rules, metavar="RULE", help=f"only rows that break this: {', '.join(rules)}")


_COMMANDS = {
    "list": ("List the rows in quarantine, by what is wrong with them.", _list),
    "show": ("Show one row: its values, and what is wrong with it.", _show),
    "retry": ("Sync rows in quarantine again, and no others.", _retry),
    "dismiss": ("Dismiss rows that nobody will correct, until they change in Odoo.", _dismiss),
    "export": ("Print rows with all their values as JSON.", _export),
}
