"""Tests of stored values for one condition of a domain, by the field's type and the server's dialect.

An empty value is `False`; `!=` and `not in` match empty values unless these are listed; an inequality never does.
For datetimes the dialect decides: Odoo 19 compares whole seconds, 18 and below the stored microseconds.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias, cast

from odoo_sync_tui.demo.errors import OdooError
from odoo_sync_tui.demo.orm.domain import Leaf
from odoo_sync_tui.demo.orm.fields import Field
from odoo_sync_tui.demo.values import SECOND, Json, Value, to_microseconds

ValueTest: TypeAlias = Callable[[Value], bool]

_COMPARE: Final[dict[str, Callable[[Json, Json], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_DATETIME: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?)?(Z|[+-]\d\d:?\d\d)?$"
)


def compile_condition(leaf: Leaf, field: Field, dialect: int) -> ValueTest:
    """Compile `leaf` to a test of a stored value of `field`.

    Raises OdooError (ValueError) for a datetime literal unknown to the dialect.
    """
    op, value = leaf.operator, leaf.value
    if op == "=?":
        return compile_condition(Leaf(leaf.field, "=", value), field, dialect) if value else lambda _: True
    if "like" in op:
        return _compile_pattern(op, str(value))
    if field.type == "datetime":
        return _compile_datetime(op, value, dialect)
    if op in _COMPARE:
        return _compile_inequality(_COMPARE[op], value)
    return _compile_membership(op, value, field, dialect)


def _compile_inequality(compare: Callable[[Json, Json], bool], value: Json) -> ValueTest:
    types = (int, float) if isinstance(value, (int, float)) else str

    def test(stored: Value) -> bool:
        return isinstance(stored, types) and compare(stored, value)

    if value is False or value is None:
        return lambda _: False
    return test


def _compile_membership(op: str, value: Json, field: Field, dialect: int) -> ValueTest:
    """Compile `=`, `!=`, `in`, `not in`: a single value is a list of one; x2many fields match by any of their ids."""
    items = cast("Sequence[Json]", value) if isinstance(value, (list, tuple)) else [value]
    wanted = {False if item is None else item for item in items}
    positive = op in {"=", "in"}
    if field.type in {"one2many", "many2many"}:
        return _compile_any_of(wanted, positive=positive)
    if field.type in {"char", "selection", "many2one", "date"}:
        # In Python False equals 0; an empty text is not the number 0 and id 0 is no record.
        wanted = {item for item in wanted if item is False or item != 0}
    if field.type == "char" and dialect >= 19 and not wanted.isdisjoint({False, ""}):
        wanted |= {False, ""}  # 19 searches for no text and for empty text alike
    if positive:
        return lambda stored: stored in wanted
    return lambda stored: stored not in wanted


def _compile_any_of(wanted: set[Json], *, positive: bool) -> ValueTest:
    empty = False in wanted

    def test(stored: Value) -> bool:
        ids = stored if isinstance(stored, list) else []
        return (not wanted.isdisjoint(ids) or (empty and not ids)) == positive

    return test


def _compile_pattern(op: str, value: str) -> ValueTest:
    """Compile `like` (finds a part) or `=like` (matches all); `%` and `_` stand for any text and any character."""
    parts = re.split(r"([%_])", value)
    regex = "".join({"%": ".*", "_": "."}.get(part) or re.escape(part) for part in parts)
    if not op.startswith("="):
        regex = f".*{regex}.*"
    flags = re.DOTALL | (re.IGNORECASE if "ilike" in op else 0)
    compiled = re.compile(regex, flags)
    if op.startswith("not"):
        return lambda stored: not (isinstance(stored, str) and compiled.fullmatch(stored))
    return lambda stored: isinstance(stored, str) and compiled.fullmatch(stored) is not None


def get_datetime_range(op: str, value: Json, dialect: int) -> tuple[int, int] | None:
    """Return the range of stored datetimes matching `op value`, as microseconds `[from, to)`; None if not a range.

    19 rewrites every comparison to whole seconds; before, the literal is compared with the microseconds as it is.
    """
    if op not in {">", ">=", "<", "<=", "="} or not isinstance(value, str):
        return None
    stamp = _parse_datetime(value, dialect)
    width = SECOND if dialect >= 19 else 1
    stamp -= stamp % width
    last = 1 << 62
    return {
        ">": (stamp + width, last),
        ">=": (stamp, last),
        "<": (-last, stamp),
        "<=": (-last, stamp + width),
        "=": (stamp, stamp + width),
    }[op]


def _compile_datetime(op: str, value: Json, dialect: int) -> ValueTest:
    bounds = get_datetime_range(op, value, dialect)
    if bounds:
        start, end = bounds
        return lambda stored: stored is not False and start <= cast("int", stored) < end
    if op in _COMPARE:
        return lambda _: False
    items = cast("Sequence[Json]", value) if isinstance(value, (list, tuple)) else [value]
    spans = [span for item in items if item and (span := get_datetime_range("=", item, dialect))]
    empty = any(item is False or item is None for item in items)
    positive = op in {"=", "in"}

    def test(stored: Value) -> bool:
        if stored is False:
            return empty == positive
        return any(start <= cast("int", stored) < end for start, end in spans) == positive

    return test


def _parse_datetime(text: str, dialect: int) -> int:
    """Parse a datetime literal to microseconds; before 19 a zone is ignored, as by PostgreSQL."""
    match = _DATETIME.match(text)
    if not match:
        return _parse_relative(text, dialect)
    if match[8] and dialect >= 19:
        raise OdooError("ValueError", f"expecting only datetimes with no timezone: {text!r}")
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    fraction = int((match[7] or "").ljust(6, "0"))
    try:
        return to_microseconds(datetime(year, month, day, hour, minute, second, fraction, tzinfo=UTC))
    except ValueError as error:
        raise OdooError("ValueError", f"{error}: {text!r}") from None


def _parse_relative(text: str, dialect: int) -> int:
    """Parse a literal such as `-30d` (19 only): days, hours or weeks from now."""
    match = re.fullmatch(r"([+-]\d+)([dHw])", text)
    if not match or dialect < 19:
        raise OdooError("ValueError", f"Invalid term {text!r} in expression date: {text!r}")
    unit = {"d": "days", "H": "hours", "w": "weeks"}[match[2]]
    return to_microseconds(datetime.now(UTC) + timedelta(**{unit: int(match[1])}))
