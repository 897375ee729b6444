"""Documents as an export shows them: the names of their fields, a selection of them, lines of JSON and of CSV."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, DecimalException
from itertools import chain, islice
from typing import cast

from odoo_sync_tui.core.changes.fields import get_short_name, pair_fields
from odoo_sync_tui.core.text.csv_cells import csv_line, format_cell, format_value_cell
from odoo_sync_tui.core.text.jsonable import to_jsonable

COLUMN_SAMPLE = 1000
"""Documents whose fields become columns of their own."""

OTHER_FIELDS = "other_fields"
"""Column with the fields that none of those documents had, as JSON."""

Fields = Mapping[str, object]


@dataclass(slots=True)
class DocumentFilter:
    """Documents with wanted values of fields.

    Attributes:
        wanted: text of the value by name of the field, with or without its place in the document ("data.stage_id").
        unseen: the names of which no document had a field so far.
    """

    wanted: Sequence[tuple[str, str]] = ()
    unseen: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self.unseen = {name for name, _ in self.wanted}

    def includes(self, fields: Fields) -> bool:
        """Whether a document has all the wanted values."""
        if not self.wanted:
            return True
        named = list(_name_fields(fields).items())
        self.unseen -= {short for name, _ in named for short in (name, get_short_name(name))}
        return all(
            any(wanted in (name, get_short_name(name)) and _is_meant(value, text) for name, value in named)
            for wanted, text in self.wanted
        )


def to_json_lines(documents: Iterable[Fields]) -> Iterator[str]:
    """Format each document as one line of JSON, in ASCII and without a line end."""
    return (json.dumps(to_jsonable(fields)) for fields in documents)


def to_csv_lines(documents: Iterable[Fields]) -> Iterator[str]:
    """Format each document as one line of CSV without a line end, after a line of the names.

    The fields of the first documents are columns; what later ones have besides stands in the last column.
    """
    remaining = iter(documents)
    sample = list(islice(remaining, COLUMN_SAMPLE))
    columns = list(dict.fromkeys(name for fields in sample for name in _name_fields(fields)))
    yield _line([*map(format_cell, columns), OTHER_FIELDS])
    for fields in chain(sample, remaining):
        named = _name_fields(fields)
        cells = [format_value_cell(named.pop(name, None)) for name in columns]
        yield _line([*cells, format_value_cell(named or None)])


def _line(cells: Sequence[object]) -> str:
    return csv_line(cells).rstrip("\r\n")


def _name_fields(fields: Fields) -> dict[str, object]:
    """Return the fields by the names that the change log has for them."""
    return {name: value for name, _, value in pair_fields({}, fields)}


def _is_meant(value: object, text: str) -> bool:
    """Whether an operator's text means a value; of a list, one of its elements."""
    match value:
        case None:
            return text in {"", "null"}
        case bool():
            return text.lower() == str(value).lower()
        case int() | float() | Decimal():
            return _is_number(text, value)
        case list() | tuple():
            return any(_is_meant(each, text) for each in cast("Sequence[object]", value))
        case _:
            plain = to_jsonable(value)
            return text == (plain if isinstance(plain, str) else json.dumps(plain))


def _is_number(text: str, value: Decimal | float) -> bool:
    try:
        return Decimal(text) == value
    except DecimalException:
        return False
