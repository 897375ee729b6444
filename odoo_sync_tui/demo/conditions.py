"""One condition of a domain as a test on a value, by the field's type and the server's dialect.

Emptiness is `False`; `!=` and `not in` match empty values unless these are named; an inequality never matches them.
For datetimes the dialect decides: Odoo 19 compares whole seconds, 18 and below the stored microseconds.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias, cast

from odoo_sync_tui.demo.domain import Leaf
from odoo_sync_tui.demo.errors import OdooError
from odoo_sync_tui.demo.schema.fields import Field
from odoo_sync_tui.demo.values import SECOND, Json, Value, micros

Check: TypeAlias = Callable[[Value], bool]

_COMPARE: Final[dict[str, Callable[[Json, Json], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_MOMENT: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?)?(Z|[+-]\d\d:?\d\d)?$"
)


def check(leaf: Leaf, field: Field, dialect: int) -> Check:
    """The test that `leaf` puts to a stored value of `field`.

    Raises OdooError (ValueError) for a datetime that the dialect does not read.
    """
    op, value = leaf.operator, leaf.value
    if op == "=?":
        return check(Leaf(leaf.field, "=", value), field, dialect) if value else lambda _: True
    if "like" in op:
        return _pattern(op, str(value))
    if field.type == "datetime":
        return _moment(op, value, dialect)
    if op in _COMPARE:
        return _inequality(_COMPARE[op], value)
    return _membership(op, value, field, dialect)


def _inequality(compare: Callable[[Json, Json], bool], value: Json) -> Check:
    kinds = (int, float) if isinstance(value, (int, float)) else str

    def test(stored: Value) -> bool:
        return isinstance(stored, kinds) and compare(stored, value)

    if value is False or value is None:
        return lambda _: False
    return test


def _membership(op: str, value: Json, field: Field, dialect: int) -> Check:
    """`=`, `!=`, `in`, `not in`: a single value is a list of one; x2many fields match by any of their ids."""
    listed = cast("Sequence[Json]", value) if isinstance(value, (list, tuple)) else [value]
    wanted = {False if one is None else one for one in listed}
    positive = op in {"=", "in"}
    if field.type in {"one2many", "many2many"}:
        return _any_of(wanted, positive=positive)
    if field.type in {"char", "selection", "many2one", "date"}:
        # In Python False equals 0; an empty text is not the number 0 and id 0 is no record.
        wanted = {one for one in wanted if one is False or one != 0}
    if field.type == "char" and dialect >= 19 and not wanted.isdisjoint({False, ""}):
        wanted |= {False, ""}  # 19 searches for no text and for empty text alike
    if positive:
        return lambda stored: stored in wanted
    return lambda stored: stored not in wanted


def _any_of(wanted: set[Json], *, positive: bool) -> Check:
    empty = False in wanted

    def test(stored: Value) -> bool:
        ids = stored if isinstance(stored, list) else []
        return (not wanted.isdisjoint(ids) or (empty and not ids)) == positive

    return test


def _pattern(op: str, value: str) -> Check:
    """`like` finds a part, `=like` matches the whole; `%` and `_` stand for any text and any character."""
    parts = re.split(r"([%_])", value)
    regex = "".join({"%": ".*", "_": "."}.get(part) or re.escape(part) for part in parts)
    if not op.startswith("="):
        regex = f".*{regex}.*"
    flags = re.DOTALL | (re.IGNORECASE if "ilike" in op else 0)
    compiled = re.compile(regex, flags)
    if op.startswith("not"):
        return lambda stored: not (isinstance(stored, str) and compiled.fullmatch(stored))
    return lambda stored: isinstance(stored, str) and compiled.fullmatch(stored) is not None


def moment_bounds(op: str, value: Json, dialect: int) -> tuple[int, int] | None:
    """The stored datetimes that `op value` matches, as microseconds `[from, to)`; None when `op` gives no range.

    19 rewrites every comparison to whole seconds; before, the literal is compared with the microseconds as it is.
    """
    if op not in {">", ">=", "<", "<=", "="} or not isinstance(value, str):
        return None
    stamp = _parse(value, dialect)
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


def _moment(op: str, value: Json, dialect: int) -> Check:
    bounds = moment_bounds(op, value, dialect)
    if bounds:
        start, end = bounds
        return lambda stored: stored is not False and start <= cast("int", stored) < end
    if op in _COMPARE:
        return lambda _: False
    listed = cast("Sequence[Json]", value) if isinstance(value, (list, tuple)) else [value]
    spans = [span for one in listed if one and (span := moment_bounds("=", one, dialect))]
    empty = any(one is False or one is None for one in listed)
    positive = op in {"=", "in"}

    def test(stored: Value) -> bool:
        if stored is False:
            return empty == positive
        return any(start <= cast("int", stored) < end for start, end in spans) == positive

    return test


def _parse(text: str, dialect: int) -> int:
    """Microseconds of a datetime literal; before 19 a zone is read over, as PostgreSQL does."""
    found = _MOMENT.match(text)
    if not found:
        return _relative(text, dialect)
    if found[8] and dialect >= 19:
        raise OdooError("ValueError", f"expecting only datetimes with no timezone: {text!r}")
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    fraction = int((found[7] or "").ljust(6, "0"))
    try:
        return micros(datetime(year, month, day, hour, minute, second, fraction, tzinfo=UTC))
    except ValueError as error:
        raise OdooError("ValueError", f"{error}: {text!r}") from None


def _relative(text: str, dialect: int) -> int:
    """`-30d` and the like, which 19 understands: so many days, hours, weeks from now."""
    found = re.fullmatch(r"([+-]\d+)([dHw])", text)
    if not found or dialect < 19:
        raise OdooError("ValueError", f"Invalid term {text!r} in expression date: {text!r}")
    unit = {"d": "days", "H": "hours", "w": "weeks"}[found[2]]
    return micros(datetime.now(UTC) + timedelta(**{unit: int(found[1])}))
