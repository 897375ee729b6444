"""Conversion of whole columns, as Odoo's aggregate of all values of a field answers them, to wire rows.

A column holds what the table holds: NULL where a row has ``false`` or zero, and before version 19 text for decimal
numbers. The rows made here equal those that ``read`` answers, value by value and type by type.
"""

from __future__ import annotations

import marshal
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import cast

from odoo_sync_tui.odoo.rows.values import FieldInfo
from odoo_sync_tui.odoo.transport.http import WireRow

_EMPTY_VALUES: Mapping[str, object] = {
    "boolean": False,
    "char": False,
    "text": False,
    "html": False,
    "selection": False,
    "date": False,
    "datetime": False,
    "many2one": False,
    "reference": False,
    "json": False,
    "integer": 0,
    "many2one_reference": 0,
    "float": 0.0,
    "monetary": 0.0,
}
"""What a row has for NULL, by the type of the field. Fields of other types have no column, or one that differs."""
_DECIMAL_TYPES = frozenset({"float", "monetary"})
_PLAIN = 2
"""A format of :mod:`marshal` in which values have equal bytes only if their types are equal too."""


class BrokenColumnsError(ValueError):
    """Columns that do not hold each wanted row exactly once."""


def list_column_fields(infos: Iterable[FieldInfo]) -> list[FieldInfo]:
    """List the fields that can be read by columns, besides ``id``."""
    return [info for info in infos if info.is_stored and info.type in _EMPTY_VALUES and info.name != "id"]


def make_rows(
    columns: Mapping[str, Sequence[object]], infos: Sequence[FieldInfo], ids: Collection[int]
) -> dict[int, WireRow]:
    """Make wire rows of the columns ``id`` and ``infos``.

    Raises:
        BrokenColumnsError: the columns differ in length, a value is no number, or the rows are not those of ``ids``.
    """
    found = columns["id"]
    if any(type(each) is not int for each in found):
        raise BrokenColumnsError("an id is no whole number")
    if len(found) != len(ids) or set(found) != set(ids):
        raise BrokenColumnsError("the ids are not those that were asked for")
    if any(len(columns[info.name]) != len(found) for info in infos):
        raise BrokenColumnsError("the columns differ in length")
    names = ["id", *(info.name for info in infos)]
    converted = [found, *(_convert_column(info.type, columns[info.name]) for info in infos)]
    rows = (dict(zip(names, values, strict=True)) for values in zip(*converted, strict=True))
    return dict(zip(cast("Sequence[int]", found), rows, strict=True))


def _convert_column(kind: str, values: Sequence[object]) -> Sequence[object]:
    """Convert the values of one column to those of rows."""
    empty = _EMPTY_VALUES[kind]
    if kind in _DECIMAL_TYPES:
        return [empty if value is None else _convert_number(value) for value in values]
    return [empty if value is None else value for value in values] if None in values else values


def _convert_number(value: object) -> object:
    """Convert a decimal to the number of a row, which has no minus zero; what is neither number nor text stays."""
    if not isinstance(value, (float, str)):
        return value
    try:
        return float(value) or 0.0
    except ValueError:
        raise BrokenColumnsError("a decimal is no number") from None


def find_equal_fields(
    rows: Mapping[int, WireRow], others: Mapping[int, WireRow], names: Iterable[str]
) -> frozenset[str]:
    """Find the fields with the same values, of the same types, in both."""
    return frozenset(name for name in names if _plain_values(rows, name) == _plain_values(others, name))


def _plain_values(rows: Mapping[int, WireRow], name: str) -> bytes:
    return marshal.dumps([(each, rows[each].get(name, ...)) for each in sorted(rows)], _PLAIN)
