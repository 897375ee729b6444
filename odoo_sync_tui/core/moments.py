"""Times as operators give them, in one spelling for the command line and the screen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_moment(text: str, now: datetime) -> datetime:
    """A time in UTC: ISO 8601 (without a zone: the operator's own), or an age before ``now`` ("90m", "2d").

    Raises:
        ValueError: the text is no time; the message says what is accepted.
    """
    amount, unit = text[:-1], text[-1:]
    try:
        if unit in _UNITS and amount.isascii() and amount.isdigit():
            return now.astimezone(UTC) - timedelta(**{_UNITS[unit]: int(amount)})
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(
            f'{text!r} is no time: "2026-01-31", "2026-01-31T08:00", "2026-01-31T08:00Z" or an age such as "2d", "3h",'
            ' "30m" is accepted'
        ) from error
