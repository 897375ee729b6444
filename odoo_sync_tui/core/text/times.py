"""Times given by operators and shown to them, the same on the command line and on the screen.

A time in full names its zone, which is the operator's own. A stored text says UTC instead: its readers are anywhere.
JSON is in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo

_YEAR = timedelta(days=365)
_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "mo": _YEAR / 12,
    "y": _YEAR,
}
_AGE = re.compile(r"(\d+)(mo|[smhdwy])", re.ASCII)
MAX_AGE_DIGITS = 6
"""Digits of an age: a million weeks would be before all calendars."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def format_local_time(moment: datetime, zone: tzinfo | None = None) -> str:
    """Format date, time and zone in full: "2026-11-23 13:31:08 CET".

    ``zone``: the operator's own; ``None``: that of this process.
    """
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"


def parse_time(text: str, now: datetime) -> datetime:
    """Parse a time to UTC: ISO 8601 (without a zone: the operator's own), or an age before ``now`` ("90m", "2d").

    Raises:
        ValueError: the text is no time; the message lists the accepted forms.
    """
    return _with_message(text, lambda: _parse(text, now))


def parse_end_time(text: str, now: datetime) -> datetime:
    """Parse the end of a period. A day means the end of that day, by the operator's own clock.

    Raises:
        ValueError: as :func:`parse_time`.
    """
    return _with_message(text, lambda: _parse(_next_day(text) if _DAY.fullmatch(text) else text, now))


def parse_age(text: str) -> timedelta:
    """Parse an age: "30m", "2h", "1d"; months are "mo", because "m" are minutes.

    Raises:
        ValueError: the text is no age; the message lists the accepted forms.
    """
    found = _AGE.fullmatch(text)
    if found and len(found[1]) <= MAX_AGE_DIGITS:
        return int(found[1]) * _UNITS[found[2]]
    raise ValueError(f'{text!r} is no age: "90s", "30m", "2h", "1d", "1w", "13mo" or "3y" is accepted')


def _next_day(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def _parse(text: str, now: datetime) -> datetime:
    if _AGE.fullmatch(text):
        return now.astimezone(UTC) - parse_age(text)
    return datetime.fromisoformat(text).astimezone(UTC)


def _with_message(text: str, parse: Callable[[], datetime]) -> datetime:
    try:
        return parse()
    except (ValueError, OverflowError) as error:
        raise ValueError(
            f'{text!r} is no time: "2026-01-31", "2026-01-31T08:00", "2026-01-31T08:00Z" or an age such as "2d", "3h",'
            ' "30m" is accepted'
        ) from error
