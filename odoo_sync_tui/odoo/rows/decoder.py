"""Decoder from wire rows to rows, a page at once and column by column: equal values of a page are decoded once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import NoneType
from typing import cast

from odoo_sync_tui.core.entity import RejectedRow, RelatedRecord, RowTable
from odoo_sync_tui.odoo.rows.values import MONEY_CONTEXT, Decoder, FieldInfo, decode_text, get_decoder
from odoo_sync_tui.odoo.transport.bounds import MAX_INTEGER
from odoo_sync_tui.odoo.transport.http import WireRow

_HASHABLE = frozenset({str, bool, int, float, NoneType})
_NUMERIC = frozenset({bool, int, float})

DECODE_ERRORS = (ValueError, TypeError, LookupError, ArithmeticError)
"""Errors that decoding a row may raise."""


@dataclass(frozen=True, slots=True)
class Lookups:
    """Referenced data of rows: related records by model and id, and the smallest step of each currency by its id."""

    related: Mapping[str, Mapping[int, RelatedRecord]] = field(default_factory=dict[str, Mapping[int, RelatedRecord]])
    currency_steps: Mapping[int, Decimal] = field(default_factory=dict[int, Decimal])


def decode_column(decode: Decoder, values: Sequence[object]) -> Sequence[object]:
    """Decode the values of one field; equal values once.

    Raises:
        ValueError, TypeError, ArithmeticError: one of the values cannot be read.
    """
    kinds = set(map(type, values))
    if decode is decode_text and kinds == {str}:
        decode_text("".join(cast("Sequence[str]", values)))  # one check of the joined text covers all values
        return values
    if not kinds <= _HASHABLE or len(kinds & _NUMERIC) > 1:  # unhashable values, or equal keys of two types: False is 0
        return [decode(value) for value in values]
    decoded = {value: decode(value) for value in set(values)}
    return [decoded[value] for value in values]


class RowDecoder:
    """Decoder from wire rows of one entity to rows.

    Args:
        infos: all fields read.
        hidden: the fields among them that are read only for the currency of others, and left out of the rows.

    Attributes:
        many2one: the fields that become a related record with its name, each with the related model.
    """

    def __init__(self, infos: Sequence[FieldInfo], hidden: frozenset[str] = frozenset()) -> None:
        names = {info.name for info in infos}
        self._fields = tuple((info.name, get_decoder(info)) for info in infos)
        self._money = tuple(
            (info.name, info.currency_field)
            for info in infos
            if info.type == "monetary" and info.currency_field is not None and info.currency_field in names
        )
        self.many2one = tuple(
            (info.name, info.relation)
            for info in infos
            if info.type == "many2one" and info.relation and info.name not in hidden
        )
        self._hidden = tuple(hidden)

    def collect_related_ids(self, rows: Iterable[WireRow]) -> dict[str, set[int]]:
        """Collect the ids of the records that the rows refer to, by model."""
        found: dict[str, set[int]] = {model: set() for _, model in self.many2one}
        fields = [(name, found[model]) for name, model in self.many2one]
        for row in rows:
            for name, ids in fields:
                value = row.get(name)
                if isinstance(value, (list, tuple)):
                    value = cast("Sequence[object]", value)[0] if value else None
                if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_INTEGER:
                    ids.add(value)
        return found

    def decode(self, rows: Sequence[WireRow], lookups: Lookups) -> tuple[RowTable, list[RejectedRow]]:
        """Decode rows; return the readable ones, and the unreadable ones with field and reason.

        ``rows`` have an integer ``id``; ``lookups`` hold everything that :meth:`collect_related_ids` found.
        """
        try:
            return self._decode(rows, lookups), []
        except DECODE_ERRORS:
            return self._decode_halves(rows, lookups)

    def find_ids_referring_to(self, rows: RowTable, unread: Mapping[str, Collection[int]]) -> frozenset[int]:
        """Find the ids of the decoded rows that refer to a record in ``unread``, by model."""
        found: set[object] = set()
        for name, ids in ((name, ids) for name, model in self.many2one if (ids := unread.get(model))):
            pairs = zip(rows.column("id"), rows.column(name), strict=True)
            found.update(each for each, related in pairs if isinstance(related, RelatedRecord) and related.id in ids)
        return frozenset(cast("set[int]", found))

    def _decode(self, rows: Sequence[WireRow], lookups: Lookups) -> RowTable:
        """Decode all rows; raise one of ``DECODE_ERRORS`` where one of them cannot be read."""
        columns = {name: decode_column(decode, [row[name] for row in rows]) for name, decode in self._fields}
        for name, currency in self._money:
            steps = map(lookups.currency_steps.get, cast("Sequence[int]", columns[currency]))
            columns[name] = list(map(_round_money, columns[name], steps))
        for name, model in self.many2one:
            known = lookups.related.get(model, {})
            ids = cast("Sequence[int | None]", columns[name])
            columns[name] = [None if each is None else known[each] for each in ids]
        for name in self._hidden:
            del columns[name]
        return RowTable(columns)

    def _decode_halves(self, rows: Sequence[WireRow], lookups: Lookups) -> tuple[RowTable, list[RejectedRow]]:
        """Decode rows with an unreadable one by halving, until that row stands alone."""
        if len(rows) == 1:
            return self._decode([], lookups), [RejectedRow(cast("int", rows[0]["id"]), self._find_reason(rows[0]))]
        middle = len(rows) // 2
        first, first_rejected = self.decode(rows[:middle], lookups)
        second, second_rejected = self.decode(rows[middle:], lookups)
        return first + second, first_rejected + second_rejected

    def _find_reason(self, row: WireRow) -> str:
        """Decode the row once more, field by field, to find the field at fault."""
        for name, decode in self._fields:
            if name not in row:
                return f"Field {name}: missing in Odoo's answer."
            try:
                decode(row[name])
            except (ValueError, TypeError, ArithmeticError) as error:
                return f"Field {name}: {error}."
        return "A money amount has more digits than can be stored."


def _round_money(amount: object, step: Decimal | None) -> object:
    """Round money to the decimal places of its currency."""
    return amount if step is None or not isinstance(amount, Decimal) else amount.quantize(step, context=MONEY_CONTEXT)
