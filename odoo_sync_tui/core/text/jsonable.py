"""Conversion to JSON-compatible data: one rule for stdout, files and the clipboard. No secret of ours passes."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from typing import cast

from odoo_sync_tui.core.text.redaction import redact, shorten


def to_jsonable(value: object, limit: int | None = None) -> object:
    """Convert a value to JSON data: dataclasses to objects, times to ISO 8601 in UTC, unknown types to text.

    Texts are redacted, and cut to ``limit`` characters where there is one.
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str) and not isinstance(value, Enum):
        return redact(value) if limit is None else shorten(value, limit)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)  # JSON has no NaN and no infinity
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_jsonable(getattr(value, field.name), limit) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value)
        return {str(to_jsonable(str(key), limit)): to_jsonable(content, limit) for key, content in pairs.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_jsonable(item, limit) for item in cast("Sequence[object]", value)]
    return _format_time(value) if isinstance(value, date) else redact(str(value))


def _format_time(value: date) -> str:
    if not isinstance(value, datetime):
        return value.isoformat()
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)  # MongoDB's times without a zone are UTC
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
