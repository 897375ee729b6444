"""Tolerant reading of stored values: another program or another version may have written them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar, cast

EnumT = TypeVar("EnumT", bound=StrEnum)


def as_text(value: object) -> str | None:
    """Read a text; ``None`` for any other value and for an empty text."""
    return value if isinstance(value, str) and value else None


def as_int(value: object) -> int:
    """Read a whole number; a float (MongoDB's shell writes them) is truncated, any other value is 0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return int(value) if isinstance(value, int) or math.isfinite(value) else 0


def as_float(value: object) -> float:
    """Read a finite number; 0 for any other value."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    try:
        return float(value) if math.isfinite(value) else 0.0
    except OverflowError:  # an integer with hundreds of digits
        return 0.0


def as_datetime(value: object) -> datetime | None:
    """Read a date or ISO text, UTC where it has no zone; ``None`` for any other value."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def as_enum(kind: type[EnumT], value: object) -> EnumT | None:
    """Read a member of an enum; ``None`` when this version does not know it."""
    return kind(value) if isinstance(value, str) and value in frozenset(kind) else None


def as_mapping(value: object) -> Mapping[str, Any]:
    """Read a sub-document; empty for any other value."""
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def as_mappings(value: object) -> Sequence[Mapping[str, Any]]:
    """Read an array of sub-documents, without its empty and its other elements."""
    elements = cast("Sequence[object]", value) if isinstance(value, list | tuple) else ()
    return [element for each in elements if (element := as_mapping(each))]
