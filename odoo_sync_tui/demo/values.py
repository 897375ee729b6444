"""The values that travel through the look-alike, and the one clock format they share.

A stored datetime is a count of microseconds since 1970 (UTC), because Odoo keeps microseconds although it answers
seconds only, and that difference is what makes its `write_date` filters treacherous.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias, cast

Value: TypeAlias = bool | int | float | str | list[int]
"""A stored value: `False` is empty, a datetime is an int of microseconds, a many2one a bare id."""

Json: TypeAlias = Any
"""What a protocol parsed or is about to encode: shapes are checked where they are used."""

Values: TypeAlias = Mapping[str, Any]
"""Field name to value, as somebody who edits a record writes it."""


def as_list(value: Json) -> list[Json] | None:
    """`value` when it is a list, else None: one place where what came as anything gets its type."""
    return cast("list[Json]", value) if isinstance(value, list) else None


SECOND = 1_000_000
"""Microseconds in a second."""

_DAY = 86_400
_days: dict[int, str] = {}


def micros(moment: datetime) -> int:
    """Microseconds since 1970 of `moment`; a moment without a zone is taken as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    delta = aware - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * _DAY + delta.seconds) * SECOND + delta.microseconds


def datetime_text(stamp: Value) -> Value:
    """The wire form of a stored datetime: `2026-11-23 03:50:50`, cut to the second, or `False`.

    The text of a day is made once and kept: pages of a thousand rows hold few different days.
    """
    if stamp is False or not isinstance(stamp, int):
        return stamp
    day, second = divmod(stamp // SECOND, _DAY)
    text = _days.get(day)
    if text is None:
        text = _days[day] = datetime.fromtimestamp(day * _DAY, UTC).strftime("%Y-%m-%d ")
    minute = second // 60
    return f"{text}{minute // 60:02}:{minute % 60:02}:{second % 60:02}"
