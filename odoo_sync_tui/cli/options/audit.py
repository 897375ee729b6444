"""Options of ``audit`` and ``proof``."""

from __future__ import annotations

import argparse

from odoo_sync_tui.cli.argument_types import parse_outcome_argument, parse_positive, parse_time_argument
from odoo_sync_tui.core.actions import Outcome

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


def declare_proof(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``proof``."""
    parser.add_argument("--json", action="store_true", help="print the page as one JSON object")
    parser.epilog = "exit code 0: all is proved, and the history is intact; 1: it is not; 3: nothing was verified yet"


def declare_audit(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``audit``."""
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
