"""From wire rows to rows, a page at once and column by column: what a page says many times is decoded once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import NoneType
from typing import cast

from odoo_sync_tui.core.entity import Rejected, Related, Row
from odoo_sync_tui.odoo.values import MONEY, Decode, FieldInfo, WireRow, decode_text, decoder_of

_PLAIN = frozenset({str, bool, int, float, NoneType})
_NUMBERS = frozenset({bool, int, float})

UNREADABLE = (ValueError, TypeError, LookupError, ArithmeticError)
"""What reading a row raises for whatever is wrong with it."""


@dataclass(frozen=True, slots=True)
class Lookups:
    """What rows refer to: related records by model and id, and the smallest step of each currency by its id."""

    related: Mapping[str, Mapping[int, Related]] = field(default_factory=dict[str, Mapping[int, Related]])
    steps: Mapping[int, Decimal] = field(default_factory=dict[int, Decimal])


def decode_column(decode: Decode, values: Sequence[object]) -> Sequence[object]:
    """The values of one field, decoded; equal ones once.

    Raises:
        ValueError, TypeError, ArithmeticError: one of them cannot be read.
    """
    kinds = set(map(type, values))
    if decode is decode_text and kinds == {str}:
        decode_text("".join(cast("Sequence[str]", values)))  # what no text may hold, none of them holds
        return values
    if not kinds <= _PLAIN or len(kinds & _NUMBERS) > 1:  # no key of a dict, or keys that are equal: False is 0
        return [decode(value) for value in values]
    decoded = {value: decode(value) for value in set(values)}
    return [decoded[value] for value in values]


class RowDecoder:
    """Turns wire rows of one entity into rows.

    Args:
        infos: all fields that are asked for.
        hidden: those among them that are asked only for the currency of others, and left out of the rows.

    Attributes:
        many2one: the fields that become a related record with its name, each with the model of that.
    """

    def __init__(self, infos: Sequence[FieldInfo], hidden: frozenset[str] = frozenset()) -> None:
        names = {info.name for info in infos}
        self._fields = tuple((info.name, decoder_of(info)) for info in infos)
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

    def related_ids(self, rows: Iterable[WireRow]) -> dict[str, set[int]]:
        """Which records the rows refer to, by model."""
        found: dict[str, set[int]] = {model: set() for _, model in self.many2one}
        fields = [(name, found[model]) for name, model in self.many2one]
        for row in rows:
            for name, ids in fields:
                value = row.get(name)
                if isinstance(value, (list, tuple)):
                    value = cast("Sequence[object]", value)[0] if value else None
                if isinstance(value, int) and not isinstance(value, bool):
                    ids.add(value)
        return found

    def decode(self, rows: Sequence[WireRow], lookups: Lookups) -> tuple[list[Row], list[Rejected]]:
        """The rows that could be read, and those that could not, with field and reason.

        ``rows`` have an integer ``id``; ``lookups`` hold everything that :meth:`related_ids` named.
        """
        try:
            return self._decode(rows, lookups), []
        except UNREADABLE:
            return self._decode_halves(rows, lookups)

    def referring(self, rows: Iterable[Row], unread: Mapping[str, Collection[int]]) -> frozenset[int]:
        """Ids of the decoded rows that refer to a record of which the name is in ``unread``, by model."""
        fields = [(name, ids) for name, model in self.many2one if (ids := unread.get(model))]
        return frozenset(
            cast("int", row["id"])
            for row in rows
            if any(isinstance(related := row[name], Related) and related.id in ids for name, ids in fields)
        )

    def _decode(self, rows: Sequence[WireRow], lookups: Lookups) -> list[Row]:
        """All rows; raises one of ``UNREADABLE`` where one of them cannot be read."""
        columns = {name: decode_column(decode, [row[name] for row in rows]) for name, decode in self._fields}
        for name, currency in self._money:
            steps = map(lookups.steps.get, cast("Sequence[int]", columns[currency]))
            columns[name] = list(map(_rounded, columns[name], steps))
        for name, model in self.many2one:
            known = lookups.related.get(model, {})
            ids = cast("Sequence[int | None]", columns[name])
            columns[name] = [None if each is None else known[each] for each in ids]
        for name in self._hidden:
            del columns[name]
        return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]

    def _decode_halves(self, rows: Sequence[WireRow], lookups: Lookups) -> tuple[list[Row], list[Rejected]]:
        """Halve rows of which one cannot be read, until that one stands alone."""
        if len(rows) == 1:
            return [], [Rejected(cast("int", rows[0]["id"]), self._reason(rows[0]))]
        middle = len(rows) // 2
        first, first_rejected = self.decode(rows[:middle], lookups)
        second, second_rejected = self.decode(rows[middle:], lookups)
        return first + second, first_rejected + second_rejected

    def _reason(self, row: WireRow) -> str:
        """Decode the row once more, field by field, to find the one at fault."""
        for name, decode in self._fields:
            if name not in row:
                return f"Field {name}: missing in Odoo's answer."
            try:
                decode(row[name])
            except (ValueError, TypeError, ArithmeticError) as error:
                return f"Field {name}: {error}."
        return "A money amount has more digits than can be stored."


def _rounded(amount: object, step: Decimal | None) -> object:
    """Money to the places of its currency."""
    return amount if step is None or not isinstance(amount, Decimal) else amount.quantize(step, context=MONEY)
