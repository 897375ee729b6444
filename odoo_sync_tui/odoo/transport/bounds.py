"""Bounds of one response: its bytes by method, what they become in memory, and how deep its values are nested.

A server that lies must not fill the memory: 245 kB of gzip held lists that took 6.7 GB.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

from odoo_sync_tui.runtime.http.answers import MAX_BYTES, AnswerBound, OversizedResponse

MAX_BYTES_BY_METHOD: Mapping[str, int] = {
    "search": 4 * 1024 * 1024,
    "fields_get": 4 * 1024 * 1024,
    "get_available_models": 4 * 1024 * 1024,
    "read": 16 * 1024 * 1024,
    "search_read": 16 * 1024 * 1024,
    "formatted_read_group": 16 * 1024 * 1024,
    "read_group": 16 * 1024 * 1024,
}
"""Larger responses: 10,000 ids are up to 0.4 MB, 1,000 rows about 0.4 MB, over XML-RPC 1.4 MB; MongoDB stores no
document above 16 MB."""
MAX_INTEGER = 2**63 - 1
"""Largest whole number: MongoDB and PostgreSQL hold none above it."""
MAX_NESTING = 100
"""Deepest nesting of lists and objects; MongoDB stores none deeper than 180."""

_MAX_MEMORY = 144 * 1024 * 1024
_BYTES_PER_CHARACTER = 8
"""Of the text of a response and of the texts in it, where one emoji widens all characters."""
_BYTES_PER_VALUE = 240
"""An object with one key: the largest that few characters of JSON can make."""
_BYTES_PER_TAG = 120
"""An element that is open, or a piece of text; two or more make a value."""
_BYTES_PER_QUOTE = 60
"""Half of a text; looking for the texts costs as much."""
_CONTAINERS = frozenset[type]({list, dict})
_TEXT = re.compile(rb'"[^"]*"')


def bound_of_method(method: str) -> AnswerBound:
    """Make the bound of the answers of a model's method."""
    return AnswerBound(MAX_BYTES_BY_METHOD.get(method, MAX_BYTES))


def require_small_json(status: int, body: bytes) -> None:
    """Check that the values of a JSON body fit into memory, before they are parsed.

    Raises:
        OversizedResponse: they are too many.
    """
    if not _fits(body, _count_openings(body), _BYTES_PER_VALUE):  # texts may hold commas too
        without_escapes = body.replace(b"\\\\", b"").replace(b'\\"', b"")
        _require_fit(status, body, without_escapes.count(b'"'), _BYTES_PER_QUOTE)
        _require_fit(status, body, _count_openings(_TEXT.sub(b"", without_escapes)), _BYTES_PER_VALUE)


def require_small_xml(status: int, body: bytes) -> None:
    """Check that the values of an XML body fit into memory, before they are parsed.

    Raises:
        OversizedResponse: they are too many.
    """
    _require_fit(status, body, body.count(b"<") + body.count(b"&"), _BYTES_PER_TAG)


def require_flat(status: int, value: object) -> None:
    """Check that the parsed value is not nested deeper than ``MAX_NESTING``.

    Raises:
        OversizedResponse: it is.
    """
    level = [value]
    for _ in range(MAX_NESTING + 1):
        level = [child for each in level for child in _nested(each)]
        if not level:
            return
    raise nested_too_deep_error(status)


def nested_too_deep_error(status: int) -> OversizedResponse:
    """Make the error for a response with values within values within values."""
    return OversizedResponse(status, f"values nested deeper than {MAX_NESTING} levels")


def _nested(value: object) -> list[object]:
    """List the lists and objects directly within a value. Most rows have none, which takes no loop in Python."""
    if isinstance(value, dict):
        children = cast("dict[str, object]", value).values()
    else:
        children = cast("list[object]", value) if isinstance(value, list) else ()
    return (
        [] if _CONTAINERS.isdisjoint(map(type, children)) else [each for each in children if type(each) in _CONTAINERS]
    )


def _count_openings(body: bytes) -> int:
    return body.count(b",") + body.count(b"[") + body.count(b"{")


def _fits(body: bytes, pieces: int, bytes_per_piece: int) -> bool:
    return len(body) * _BYTES_PER_CHARACTER + pieces * bytes_per_piece <= _MAX_MEMORY


def _require_fit(status: int, body: bytes, pieces: int, bytes_per_piece: int) -> None:
    if not _fits(body, pieces, bytes_per_piece):
        raise OversizedResponse(status, "more values than fit into memory")
