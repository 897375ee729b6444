"""Argument types of the command line: they parse one argument, and refuse it in words."""

from __future__ import annotations

import argparse
from itertools import pairwise

TYPE_CHECKING = False  # as in main: --help loads neither typing nor what is only named here
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime, time, timedelta, tzinfo
    from typing import TypeVar

    from odoo_sync_tui.core.entity import Domain
    from odoo_sync_tui.core.schedule import QuietHours

    T = TypeVar("T")

WAIT_FOREVER = "forever"
"""Value of a ``--wait`` without seconds."""
NO_LIMIT = "all"
"""Value of a limit that limits nothing."""
DEMO_RECORDS = range(20, 1_000_001)
DEMO_SOURCES = range(1, 1000)


def parse_outcome_argument(text: str) -> str:
    """Parse an outcome, or how it begins, to its full word."""
    from odoo_sync_tui.core.audit.filter import NO_OUTCOME, FilterError, find_outcome

    try:
        return find_outcome(text) or NO_OUTCOME
    except FilterError as error:
        raise argparse.ArgumentTypeError(error.message) from error


def parse_time_argument(text: str, now: datetime | None = None) -> datetime:
    """Parse a time or an age given by an operator, to UTC."""
    from odoo_sync_tui.core.text.times import parse_time

    return _parse_time(parse_time, text, now)


def parse_end_time_argument(text: str, now: datetime | None = None) -> datetime:
    """Parse the end of a period given by an operator, to UTC; a day means the end of that day."""
    from odoo_sync_tui.core.text.times import parse_end_time

    return _parse_time(parse_end_time, text, now)


def parse_future_argument(text: str, now: datetime | None = None) -> datetime:
    """Parse a time that is still to come, or in how long it comes, to UTC."""
    from datetime import UTC, datetime

    from odoo_sync_tui.core.text.times import parse_time

    moment = now or datetime.now(UTC)
    found = _parse_time(parse_time, text, moment)
    if text[-1:].isalpha() and text[:-1].isdigit():
        found = moment + (moment - found)
    if found <= moment:
        raise argparse.ArgumentTypeError(f"{text!r} is over: a time to come is accepted")
    return found


def _parse_time(parse: Callable[[str, datetime], datetime], text: str, now: datetime | None) -> datetime:
    from datetime import UTC, datetime

    try:
        return parse(text, now or datetime.now(UTC))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def parse_filled(text: str) -> str:
    """Parse a text that is not empty: an empty variable of a script must not select everything."""
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty, and would select every row")
    return text.strip()


def parse_domain_text(text: str) -> Domain:
    """Parse an Odoo domain, given as JSON or as a Python literal, that has a condition."""
    from odoo_sync_tui.odoo.domains import parse_domain_argument

    try:
        domain = parse_domain_argument(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    if not domain:  # an empty variable of a script must not select everything
        raise argparse.ArgumentTypeError("it has no condition, and would select every row")
    return domain


def parse_age(text: str) -> timedelta:
    """Parse an age given by an operator."""
    from odoo_sync_tui.core.text import times

    return _parse_word(times.parse_age, text)


def parse_interval_argument(text: str) -> timedelta:
    """Parse the time between two runs."""
    from odoo_sync_tui.core.schedule import parse_interval

    return _parse_word(parse_interval, text)


def parse_time_of_day_argument(text: str) -> time:
    """Parse a time of the day."""
    from odoo_sync_tui.core.schedule import parse_time_of_day

    return _parse_word(parse_time_of_day, text)


def parse_quiet_argument(text: str) -> QuietHours:
    """Parse a part of each day."""
    from odoo_sync_tui.core.schedule import parse_quiet_hours

    return _parse_word(parse_quiet_hours, text)


def parse_zone_argument(text: str) -> tzinfo:
    """Parse the name of a time zone."""
    from odoo_sync_tui.core.schedule import parse_zone

    return _parse_word(parse_zone, text)


def _parse_word(parse: Callable[[str], T], text: str) -> T:
    try:
        return parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def parse_override(text: str) -> tuple[str, str]:
    """Parse ``SECTION.NAME=VALUE``."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        # The text itself may be a secret that was meant for another place.
        raise argparse.ArgumentTypeError("SECTION.NAME=VALUE is accepted, for example sync.block_size=5000")
    return name.strip().lower(), value


def parse_condition(text: str) -> tuple[str, str]:
    """Parse ``FIELD=VALUE``."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise argparse.ArgumentTypeError(f"{text!r} is not FIELD=VALUE, for example stage_id=3")
    return name.strip(), value


def parse_count(text: str) -> int:
    """Parse a whole number from 0."""
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0")
    return int(text)


def parse_limit(text: str) -> float:
    """Parse a whole number from 0; :data:`NO_LIMIT` is infinite."""
    return float("inf") if text == NO_LIMIT else parse_count(text)


def parse_wait(text: str) -> float:
    """Parse how many seconds to wait; :data:`WAIT_FOREVER` has no end."""
    return float("inf") if text == WAIT_FOREVER else parse_count(text)


def with_explicit_wait(arguments: Sequence[str]) -> Iterator[str]:
    """Give a bare ``--wait`` an explicit value: argparse would take the next argument for its value."""
    for argument, following in pairwise((*arguments, "")):
        yield f"{argument}={WAIT_FOREVER}" if argument == "--wait" and not following.isdigit() else argument


def parse_positive(text: str) -> int:
    """Parse a whole number from 1."""
    number = parse_count(text)
    if number == 0:
        raise argparse.ArgumentTypeError("a whole number from 1 is accepted")
    return number


def parse_percent(text: str) -> int:
    """Parse a whole number of percent, from 1 to 100."""
    number = parse_positive(text.removesuffix("%"))
    if number > 100:
        raise argparse.ArgumentTypeError("1% to 100% are accepted")
    return number


def parse_page(text: str) -> str:
    """Parse a page's name, also as links between pages call it ("data.md", "data.md#collections")."""
    return text.partition("#")[0].removesuffix(".md")


def parse_records(text: str) -> int:
    """Parse how many records the demo holds."""
    return _parse_within(text, DEMO_RECORDS)


def parse_sources(text: str) -> int:
    """Parse how many sources the demo has."""
    return _parse_within(text, DEMO_SOURCES)


def _parse_within(text: str, accepted: range) -> int:
    number = parse_count(text)
    if number not in accepted:
        raise argparse.ArgumentTypeError(f"{number} is not from {accepted[0]} to {accepted[-1]}")
    return number
