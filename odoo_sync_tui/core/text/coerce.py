"""Tolerant reading of stored values: another program or another version may have written them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar, cast

EnumT = TypeVar("EnumT", bound=StrEnum)

EARLIEST = datetime.min.replace(tzinfo=UTC) + timedelta(days=1)
LATEST = datetime.max.replace(tzinfo=UTC) - timedelta(days=1)
"""The first and the last time that can be shown in every zone: beyond them Python's calendar ends."""

_INT64_LIMIT = 2**63


def as_text(value: object) -> str | None:
    """Read a text; ``None`` for any other value and for an empty text."""
    return str(value) if isinstance(value, str) and value else None  # a subclass need not have a hash


def as_texts(value: object) -> tuple[str, ...]:
    """Read an array of texts, without its empty and its other elements."""
    elements = cast("Sequence[object]", value) if isinstance(value, list | tuple) else ()
    return tuple(text for each in elements if (text := as_text(each)))


def as_int_or_none(value: object) -> int | None:
    """Read a whole number of 8 bytes; a float (MongoDB's shell writes them) is truncated, any other value ``None``."""
    number = as_float_or_none(value)
    if number is None or not isinstance(value, int | float) or not -_INT64_LIMIT <= value < _INT64_LIMIT:
        return None
    return int(value)


def as_int(value: object) -> int:
    """Read a whole number as :func:`as_int_or_none`; 0 for any other value."""
    return as_int_or_none(value) or 0


def as_float_or_none(value: object) -> float | None:
    """Read a finite number; ``None`` for any other value."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:  # an integer with hundreds of digits
        return None


def as_float(value: object) -> float:
    """Read a finite number; 0 for any other value."""
    return as_float_or_none(value) or 0.0


def as_datetime(value: object) -> datetime | None:
    """Read a date or ISO text, UTC where it has no zone; ``None`` for any other value.

    A time on the first or last day of the calendar is moved by a day: in another zone it would be beyond the calendar.
    """
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    moment = value if value.tzinfo else value.replace(tzinfo=UTC)
    return min(max(moment, EARLIEST), LATEST)


def as_enum(kind: type[EnumT], value: object) -> EnumT | None:
    """Read a member of an enum; ``None`` when this version does not know it."""
    text = as_text(value)
    return kind(text) if text in frozenset(kind) else None


def as_mapping(value: object) -> Mapping[str, Any]:
    """Read a sub-document; empty for any other value."""
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def as_mappings(value: object) -> Sequence[Mapping[str, Any]]:
    """Read an array of sub-documents, without its empty and its other elements."""
    elements = cast("Sequence[object]", value) if isinstance(value, list | tuple) else ()
    return [element for each in elements if (element := as_mapping(each))]
