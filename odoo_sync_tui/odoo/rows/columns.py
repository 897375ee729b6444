"""Conversion of whole columns, as Odoo's aggregate of all values of a field answers them, to wire rows.

A column holds what the table holds: NULL where a row has ``false`` or zero, and before version 19 text for decimal
numbers. The rows made here equal those that ``read`` answers, value by value and type by type.
"""

from __future__ import annotations

import marshal
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from typing import cast

from odoo_sync_tui.odoo.rows.values import FieldInfo
from odoo_sync_tui.odoo.transport.http import WireRow
from odoo_sync_tui.runtime.threads import make_way

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


_PARTNER_COLUMN = "complete_name"
_PARTNER_NAME_PARTS = frozenset(
    {_PARTNER_COLUMN, "email", "vat", "state_id", "country_id", "commercial_company_name", "name"}
)
"""What the name of a partner depends on where no module adds to it; not asked for more, it shows the first, tidied."""
MIN_VERSION_WITH_NAME_PARTS = 17
"""First Odoo version whose names are made by a field alone; before, a method makes them, which says not of what."""


MIN_VERSION_WITH_TRANSLATED_COLUMNS = 16
"""First Odoo version whose columns hold all languages of a field; before, other languages are in another table."""


class Absent:
    """Class of :data:`ABSENT`."""


ABSENT = Absent()
"""What a table holds where an answer lacks a field: nothing can decode it or take a fingerprint of it."""


class WireTable:
    """Wire rows of a page, held column by column: thousands of them are read, told apart and decoded at once.

    Args:
        columns: the values by field, ``id`` among them, each as long as there are rows.
    """

    def __init__(self, columns: Mapping[str, Sequence[object]]) -> None:
        self.columns = columns

    @classmethod
    def of(cls, rows: Collection[WireRow], names: Iterable[str]) -> WireTable:
        """Make a table of these fields of rows."""
        return cls({name: [row.get(name, ABSENT) for row in rows] for name in names})

    @classmethod
    def join(cls, tables: Sequence[WireTable], names: Iterable[str]) -> WireTable:
        """Join these fields of tables into one, in the order of the ids."""
        columns = {name: [value for table in tables for value in table.column(name)] for name in names}
        joined = cls(columns)
        order = sorted(range(len(joined)), key=joined.ids.__getitem__)
        return joined if order == list(range(len(joined))) else joined.select(order)

    @property
    def ids(self) -> Sequence[int]:
        """The ids of the rows."""
        return cast("Sequence[int]", self.columns["id"])

    def column(self, name: str) -> Sequence[object]:
        """Return the values of a field."""
        return self.columns[name] if name in self.columns else (ABSENT,) * len(self)

    def select(self, places: Sequence[int]) -> WireTable:
        """Select the rows at these places."""
        return WireTable({name: [values[place] for place in places] for name, values in self.columns.items()})

    def select_ids(self, wanted: Container[int]) -> WireTable:
        """Select the rows with these ids."""
        places = [place for place, each in enumerate(self.ids) if each in wanted]
        return self if len(places) == len(self) else self.select(places)

    def __len__(self) -> int:
        return len(self.columns["id"])

    def __iter__(self) -> Iterator[WireRow]:
        names = tuple(self.columns)
        return (dict(zip(names, values, strict=True)) for values in zip(*self.columns.values(), strict=True))


class BrokenColumnsError(ValueError):
    """Columns that do not hold each wanted row exactly once."""


def list_column_fields(infos: Iterable[FieldInfo]) -> list[FieldInfo]:
    """List the fields that may have columns, by their type, besides ``id``."""
    return [info for info in infos if info.type in _EMPTY_VALUES and info.name != "id"]


def make_table(columns: Mapping[str, Sequence[object]], infos: Sequence[FieldInfo], ids: Collection[int]) -> WireTable:
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
    return WireTable({"id": found, **{info.name: _convert_column(info.type, columns[info.name]) for info in infos}})


def _convert_column(kind: str, values: Sequence[object]) -> Sequence[object]:
    """Convert the values of one column to those of rows."""
    make_way()
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


def choose_name_column(display_name: Mapping[str, object], major_version: int) -> str | None:
    """Choose the column that holds the names of a model, by the description of its field ``display_name``.

    Whether it does has to be proved by a sample: a module may make other names of the same fields.
    """
    if display_name.get("store") is True:
        return "display_name"
    depends = display_name.get("depends")
    if major_version < MIN_VERSION_WITH_NAME_PARTS or not isinstance(depends, list):
        return None
    parts = frozenset(map(str, cast("list[object]", depends)))
    if parts == frozenset({"name"}):
        return "name"
    return _PARTNER_COLUMN if parts == _PARTNER_NAME_PARTS else None


def tidy_name(text: str) -> str:
    """Tidy a name as Odoo does with partners: no white space before the end of a line, nor around."""
    first, *others = text.split("\n")
    inner = (line for line in others[:-1] if line and not line.isspace())
    return "\n".join([first.rstrip(), *(line.rstrip() for line in inner), *others[-1:]]).strip()


def make_names(columns: Mapping[str, Sequence[object]], name: str, ids: Collection[int]) -> dict[int, str]:
    """Make names by id of the columns ``id`` and ``name``; records without text there, or not shown, are absent.

    Raises:
        BrokenColumnsError: the columns differ in length, or a record is doubled or was not asked for.
    """
    found, texts = columns["id"], columns[name]
    if any(type(each) is not int for each in found) or not set(ids).issuperset(cast("Sequence[int]", found)):
        raise BrokenColumnsError("the ids are not those that were asked for")
    if len(set(found)) != len(found) or len(texts) != len(found):
        raise BrokenColumnsError("the columns differ in length, or a record is doubled")
    pairs = zip(cast("Sequence[int]", found), texts, strict=True)
    texts_by_id = {each: text for each, text in pairs if isinstance(text, str) and text}
    if name != _PARTNER_COLUMN:
        return texts_by_id
    return {each: tidied for each, text in texts_by_id.items() if (tidied := tidy_name(text))}


def find_equal_fields(rows: Mapping[int, WireRow], table: WireTable, names: Iterable[str]) -> frozenset[str]:
    """Find the fields with the same values, of the same types, in both."""
    others = {cast("int", row["id"]): row for row in table}
    return frozenset(name for name in names if _plain_values(rows, name) == _plain_values(others, name))


def _plain_values(rows: Mapping[int, WireRow], name: str) -> bytes:
    return marshal.dumps([(each, rows[each].get(name, ...)) for each in sorted(rows)], _PLAIN)
