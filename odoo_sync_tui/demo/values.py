"""Types and conversions of the look-alike's values.

A stored datetime is a count of microseconds since 1970 (UTC), because Odoo keeps microseconds but answers only seconds;
this difference makes its `write_date` filters treacherous.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias, cast

Value: TypeAlias = bool | int | float | str | list[int]
"""A stored value: `False` is empty, a datetime is an int of microseconds, a many2one a bare id."""

Json: TypeAlias = Any
"""A value parsed or to be encoded by a protocol; its shape is checked at each use."""

Values: TypeAlias = Mapping[str, Any]
"""Field name to value, for an edit of a record."""


def as_list(value: Json) -> list[Json] | None:
    """Return `value` if it is a list, else None: narrows Json in one place."""
    return cast("list[Json]", value) if isinstance(value, list) else None


class RowsInColumns(list[Json]):
    """Rows that are answered as one group of columns; faults act on the rows."""

    def __init__(self, rows: Iterable[Mapping[str, Json]], make_group: Callable[[list[Json]], Json]) -> None:
        super().__init__(rows)
        self._make_group = make_group

    def make_groups(self) -> list[Json]:
        """Make the answer of the present rows."""
        return [self._make_group(list(self))]


SECOND = 1_000_000
"""Microseconds in a second."""

_DAY = 86_400
_day_texts: dict[int, str] = {}


def to_microseconds(moment: datetime) -> int:
    """Convert `moment` to microseconds since 1970; without a zone it counts as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    delta = aware - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * _DAY + delta.seconds) * SECOND + delta.microseconds


def format_datetime(stamp: Value) -> Value:
    """Convert a stored datetime to the wire form: `2026-11-23 03:50:50`, cut to the second, or `False`.

    The text of a day is cached: pages of a thousand rows hold few different days.
    """
    if stamp is False or not isinstance(stamp, int):
        return stamp
    day, second = divmod(stamp // SECOND, _DAY)
    text = _day_texts.get(day)
    if text is None:
        text = _day_texts[day] = datetime.fromtimestamp(day * _DAY, UTC).strftime("%Y-%m-%d ")
    minute = second // 60
    return f"{text}{minute // 60:02}:{minute % 60:02}:{second % 60:02}"
