"""Messages in the store: what runs, audit events, the quarantine and the status of the integration say.

Records of Odoo are data and stored as they are. All other text from outside becomes a value here, redacted and bounded:
whatever a server says, or another program left as a name, the end of a run can be recorded, and its record read.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from odoo_sync_tui.core.text.redaction import ELLIPSIS, shorten
from odoo_sync_tui.store.driver.values import INT64_LIMIT

MAX_TEXT_LENGTH = 2_000
"""Characters of one text."""

MAX_NAME_LENGTH = 200
"""Characters of a name: of a field, an operator, a host."""

MAX_LENGTH = 500_000
"""Characters of all texts of one value: at most 2 MB, where a document of MongoDB may have 16 MB."""

MAX_DEPTH = 20
"""Levels of one value, where MongoDB admits 100."""

_VALUE_COST = 20
"""Characters that a value counts besides its text: its type, its number in an array, an object's own size."""


def to_message(text: str, limit: int = MAX_TEXT_LENGTH) -> str:
    """Convert a text to one that the store keeps: redacted, at most ``limit`` characters."""
    return shorten(text, limit).encode("utf-8", "replace").decode("utf-8")


def to_storable(value: object, max_length: int = MAX_LENGTH) -> Any:  # noqa: ANN401  (plain data of any shape)
    """Convert the value to plain data that BSON and JSON both hold: other types become text.

    Texts are redacted and bounded, and so is the whole: what has no more room is left out, and "…" says so.
    """
    return _Converter(max_length).convert(value, 0)


class _Converter:
    """Converts one value. Made for one use."""

    def __init__(self, max_length: int) -> None:
        self._left = max_length

    def convert(self, value: object, depth: int) -> Any:  # noqa: ANN401  (plain data of any shape)
        self._left -= _VALUE_COST
        match value:
            case None | bool() | float():
                return value
            case int():
                return int(value) if -INT64_LIMIT <= value < INT64_LIMIT else _describe(value)
            case Mapping() | list() | tuple() | set() | frozenset() if depth >= MAX_DEPTH:
                return ELLIPSIS
            case Mapping():
                return self._convert_fields(cast("Mapping[object, object]", value), depth)
            case list() | tuple() | set() | frozenset():
                return self._convert_items(cast("list[object]", value), depth)
            case datetime():
                return value.isoformat()
            case _:
                return self._convert_text(value if isinstance(value, str) else str(value), MAX_TEXT_LENGTH)

    def _convert_fields(self, fields: Mapping[object, object], depth: int) -> dict[str, Any]:
        converted: dict[str, Any] = {}
        for name, inner in fields.items():
            if self._left <= 0:
                converted[ELLIPSIS] = ELLIPSIS
                break
            key = self._convert_text(str(name), MAX_NAME_LENGTH).replace("\0", "\ufffd")
            converted[key] = self.convert(inner, depth + 1)
        return converted

    def _convert_items(self, items: list[object], depth: int) -> list[Any]:
        converted: list[Any] = []
        for inner in items:
            if self._left <= 0:
                converted.append(ELLIPSIS)
                break
            converted.append(self.convert(inner, depth + 1))
        return converted

    def _convert_text(self, text: str, limit: int) -> str:
        message = to_message(text, limit)
        self._left -= len(message)
        return message


def _describe(number: int) -> str:
    """Convert a number of more than 8 bytes; Python makes no text of one with thousands of digits."""
    return str(number) if number.bit_length() < 1000 else f"a whole number of {number.bit_length()} bits"
