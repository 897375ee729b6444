"""Aggregates over all matching records at once: whole columns, counts, sums and maxima, without groups of any kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, Final, cast

from odoo_sync_tui.demo.errors import OdooError, invalid_field_error
from odoo_sync_tui.demo.orm.fields import Field
from odoo_sync_tui.demo.orm.records import Records, Row
from odoo_sync_tui.demo.orm.table import NO_WRITE_DATE
from odoo_sync_tui.demo.values import Json, RowsInColumns, Value, format_datetime

_COUNT: Final = "__count"
_NUMERIC: Final = frozenset(("integer", "float", "monetary"))
_OLD_SPEC: Final = re.compile(r"(\w+):(\w+)(?:\((\w+)\))?")
_SCALE: Final = 16
"""Decimal places of a numeric column in the text of old versions."""

Fold = Callable[[Sequence[Json]], Json]

_FOLDS: Final[dict[str, Fold]] = {"sum": sum, "max": max}
_FUNCTIONS: Final = frozenset(("array_agg", *_FOLDS))


@dataclass(frozen=True, slots=True)
class _Aggregate:
    """One value of the answer: its key, how it is made, and of which field."""

    key: str
    function: str
    name: str
    field: Field


def read_formatted_groups(records: Records, ids: Sequence[int], aggregates: Json) -> RowsInColumns:
    """Answer `formatted_read_group` of one group: the key of a value is its specification, `__count` is asked for."""
    specs = [str(one) for one in cast("Iterable[Any]", aggregates)]
    if not specs:
        raise OdooError("AssertionError", "")
    parsed = [_parse(records, spec) for spec in specs if spec != _COUNT]
    constant: Row = {"__extra_domain": [[1, "=", 1]]}
    return _answer(records, ids, parsed, partial(_make_formatted, constant, count=_COUNT in specs))


def _make_formatted(constant: Row, values: Row, rows: list[Json], *, count: bool) -> Row:
    return constant | values | ({_COUNT: len(rows)} if count else {})


def read_groups(records: Records, ids: Sequence[int], fields: Json) -> RowsInColumns:
    """Answer `read_group` of one group: a value has the name that its specification gives it."""
    parsed = [_parse_old(records, str(one)) for one in cast("Iterable[Any]", fields or [])]
    constant: Row = {"id": min(ids, default=None)}
    return _answer(records, ids, parsed, lambda values, rows: constant | {_COUNT: len(rows)} | values)


def _answer(
    records: Records, ids: Sequence[int], aggregates: list[_Aggregate], finish: Callable[[Row, list[Json]], Row]
) -> RowsInColumns:
    """Read the rows, not in the order of their ids, which no server promises."""
    names, is_old = list(dict.fromkeys(one.name for one in aggregates)) or ["id"], records.database.dialect < 19
    if all(one.function in _FOLDS for one in aggregates):
        records.read_rows((), names, None)  # whether they may be read
        totals = {one.key: _add_up(records, one, ids, is_old=is_old) for one in aggregates}
        return RowsInColumns((), lambda _: finish(totals, list(ids)))  # there is no row on which a fault could act
    read = records.read_rows(ids[::-1], names, None)

    def make_group(rows: list[Json]) -> Row:
        values = {one.key: _fold(one, rows, is_old=is_old) for one in aggregates}
        return finish(values, rows)

    return RowsInColumns(read, make_group)


def _add_up(records: Records, one: _Aggregate, ids: Sequence[int], *, is_old: bool) -> Json:
    """Fold the values of all records without making rows of them, of which there may be a million."""
    known: Sequence[Json] = ids
    if one.name == "write_date":
        stamps = map(records.table.write_dates().__getitem__, ids)
        known = [stamp for stamp in stamps if stamp != NO_WRITE_DATE]
    elif one.name != "id":
        values = map(records.table.getter(one.name), ids)
        known = [column for value in values if (column := _to_column_value(value, one.field, 1)) is not None]
    total = _FOLDS[one.function](known) if known else (None if is_old else False)
    return format_datetime(cast("Value", total)) if one.field.type == "datetime" else total


def _fold(one: _Aggregate, rows: list[Json], *, is_old: bool) -> Json:
    values = [_to_column_value(row[one.name], one.field, row["id"]) for row in rows]
    if one.function in _FOLDS:
        known = [value for value in values if value is not None]
        return _FOLDS[one.function](known) if known else (None if is_old else False)
    if is_old and not values:
        return None
    is_decimal = one.field.type == "monetary" or one.field.digits is not None
    return [_as_text(value) for value in values] if is_old and is_decimal else values


def _to_column_value(value: Json, field: Field, record_id: int) -> Json:
    """Return the value as the database has it: NULL for what is empty, and for numbers that nobody ever set."""
    if value is False:
        return False if field.type == "boolean" else None
    was_never_set = field.type in _NUMERIC and value == 0 and record_id % 2 == 0
    return None if was_never_set else value


def _as_text(value: Json) -> Json:
    return f"{Decimal(repr(value)):.{_SCALE}f}" if isinstance(value, (int, float)) else value


def _parse(records: Records, spec: str) -> _Aggregate:
    name, _, function = spec.partition(":")
    model = records.table.model.name
    if not function:
        raise OdooError("ValueError", f"Aggregate method is mandatory for '{name}'")
    if name not in records.fields:
        raise OdooError("ValueError", f"Invalid field '{name}' on model '{model}' for '{spec}'.")
    if function not in _FUNCTIONS:
        raise OdooError("ValueError", f"Invalid aggregate method '{function}' for '{spec}'.")
    field = records.fields[name]
    if not (_is_column(field) or _is_computed_in_sql(field)):
        raise OdooError("ValueError", f"Cannot convert {model}.{name} to SQL because it is not stored")
    return _Aggregate(spec, function, name, field)


def _parse_old(records: Records, spec: str) -> _Aggregate:
    """Parse "key:function(field)" and "field:function"."""
    found = _OLD_SPEC.match(spec)
    key, function, name = (found[1], found[2], found[3] or found[1]) if found else (spec, "", spec)
    if name not in records.fields:
        raise invalid_field_error(name, records.table.model.name, records.database.dialect)
    if function not in _FUNCTIONS:
        raise OdooError("UserError", f"Invalid aggregation function '{function}'.")
    field = records.fields[name]
    if not _is_column(field):
        raise OdooError("UserError", f"Cannot aggregate field '{name}'.")
    return _Aggregate(key, function, name, field)


def _is_column(field: Field) -> bool:
    """Whether the table of the model has a column of the field."""
    return field.store is True and field.type not in {"one2many", "many2many", "binary"}


def _is_computed_in_sql(field: Field) -> bool:
    """Whether a field without a column has values all the same: Odoo can sort by it, or takes it from another table."""
    return field.store is False and field.sortable and field.type not in {"one2many", "many2many", "binary"}
