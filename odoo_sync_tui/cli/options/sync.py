"""Options of ``sync`` and ``verify``."""

from __future__ import annotations

import argparse

from odoo_sync_tui.cli.argument_types import (
    parse_count,
    parse_domain_text,
    parse_end_time_argument,
    parse_filled,
    parse_interval_argument,
    parse_limit,
    parse_percent,
    parse_positive,
    parse_quiet_argument,
    parse_time_argument,
    parse_time_of_day_argument,
    parse_wait,
    parse_zone_argument,
)
from odoo_sync_tui.cli.options.sources import declare_sources
from odoo_sync_tui.core.actions import Action

ACTIONS = {"departments": Action.DEPARTMENTS, "users": Action.USERS, "data-lake": Action.DATA_LAKE}

ALL_ACTIONS = "all"
"""What ``verify`` compares without the name of a sync."""

_SCHEDULE_HELP = (
    "Stay in the foreground and run at these times, one run at a time. A run begins up to a tenth of the interval"
    " later, a minute at most, so that many schedules do not begin together. Without --zone times are in UTC."
)
_SELECTION_HELP = (
    "Sync some rows only: those that meet all of these options. Such a run retires nothing but rows asked for by id,"
    " and moves no cursor. Times without a zone are of the time zone of this machine."
)


def declare_sync(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``sync``."""
    parser.add_argument("what", choices=tuple(ACTIONS), help="what to sync: %(choices)s", metavar="WHAT")
    parser.add_argument("--full", action="store_true", help="read every row, not only what changed")
    parser.add_argument(
        "--entity", action="append", default=[], metavar="NAME", help="only this entity; may be repeated"
    )
    _declare_selection(parser)
    parser.add_argument(
        "--dry-run", action="store_true", help="read and compare, write no document, and show what would change"
    )
    parser.add_argument(
        "--differences",
        type=parse_limit,
        metavar="COUNT",
        help="with --dry-run: show COUNT documents of each entity with their old and new values, or all"
        " (default: 20, with --json all)",
    )
    parser.add_argument(
        "--restart",
        action="store_true",
        help="start over, even where an earlier run was cut off and could be continued",
    )
    parser.add_argument(
        "--wait",
        nargs="?",
        type=parse_wait,
        default=0.0,
        metavar="SECONDS",
        help="where another run is at work, wait for its end, at most SECONDS if given, instead of refusing",
    )
    parser.add_argument(
        "--detach",
        action="store_true",
        help="return as soon as the run has begun; it goes on without this terminal, and tells in a log file",
    )
    parser.epilog = (
        "A detached run is followed with: runs, status, or the dashboard; and stopped with: cancel. Where the system"
        " ends the processes of a user who logs out (KillUserProcesses=yes in logind.conf), allow them first:"
        " loginctl enable-linger"
    )
    parser.add_argument("--report-to", type=int, help=argparse.SUPPRESS)  # the pipe of a detached process
    parser.add_argument(
        "--confirm-retire",
        type=parse_count,
        metavar="COUNT",
        help="let up to COUNT documents of the one entity be retired although that is unusually many",
    )
    parser.add_argument(
        "--adopt-source",
        action="store_true",
        help="confirm that the records of the store are those of the Odoo that the settings name, by whatever name",
    )
    parser.add_argument(
        "--accept-mask-key",
        action="store_true",
        help="mask what is stored anew with the key of the settings, although it was masked with another one",
    )
    _declare_schedule(parser)
    parser.add_argument("--user", metavar="NAME", help="the operator's name (default: the login name)")
    parser.add_argument(
        "--json",
        action="store_true",
        help="print the result as one JSON object, after one for each document of a dry run",
    )
    declare_sources(parser)


def _declare_schedule(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("schedule", _SCHEDULE_HELP)
    group.add_argument(
        "--every",
        type=parse_interval_argument,
        metavar="AGE",
        help='run again and again, so long after the last run began: "15m", "2h"; until a signal ends it',
    )
    group.add_argument(
        "--full-at",
        type=parse_time_of_day_argument,
        metavar="CLOCK",
        help='read every row once a day at this time, as "02:00"',
    )
    group.add_argument(
        "--not",
        action="append",
        type=parse_quiet_argument,
        default=[],
        dest="quiet",
        metavar="HOURS",
        help='begin no run in this part of the day, as "08:00-09:00"; may be repeated',
    )
    group.add_argument(
        "--zone", type=parse_zone_argument, metavar="NAME", help='the time zone of these times, as "Europe/Brussels"'
    )


def _declare_selection(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("selection", _SELECTION_HELP)
    group.add_argument(
        "--id",
        action="append",
        type=parse_positive,
        default=[],
        dest="ids",
        metavar="ID",
        help="only the row with this Odoo id, of one entity; may be repeated",
    )
    group.add_argument(
        "--since",
        type=parse_time_argument,
        metavar="TIME",
        help='only rows written at this time or later: "2026-01-31", "2026-01-31T08:00", or an age ("2d", "36h")',
    )
    group.add_argument(
        "--until",
        type=parse_end_time_argument,
        metavar="TIME",
        help="only rows written before this time; a date means the end of that day",
    )
    group.add_argument(
        "--department",
        type=parse_filled,
        metavar="DEPARTMENT",
        help="only employees of this department and those below it: its Odoo id or its name",
    )
    group.add_argument(
        "--domain",
        type=parse_domain_text,
        default=(),
        metavar="TEXT",
        help='only rows that meet this Odoo domain, in JSON or as a Python literal: [["country_id.code", "=", "BE"]]',
    )
    group.add_argument(
        "--select",
        metavar="NAME",
        help="only the rows of this selection of the settings, [selections.NAME]; no other option selects beside it",
    )


def declare_verify(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``verify``."""
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
    extent.add_argument(
        "--rolling",
        type=parse_percent,
        metavar="PERCENT",
        help="compare the content of the next PERCENT of the rows of each entity, so that all come to it in turn: 5%%",
    )
    parser.add_argument("--repair", action="store_true", help="repair what is out of step by a full sync of it")
    parser.add_argument("--user", metavar="NAME", help="the operator's name for a repair (default: the login name)")
    parser.add_argument("--json", action="store_true", help="print what was found as one JSON object")
    declare_sources(parser)
