"""Decoder from wire rows to rows, a page at once and column by column: equal values of a page are decoded once."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import NoneType
from typing import cast

from odoo_sync_tui.core.entity import BrokenRule, RejectedRow, RelatedRecord, RowTable
from odoo_sync_tui.odoo.rows.columns import ABSENT, Absent, WireTable
from odoo_sync_tui.odoo.rows.values import (
    Decoder,
    FieldInfo,
    decode_decimal,
    decode_integer,
    decode_many2one,
    decode_text,
    get_decoder,
    make_rounding_decoder,
)
from odoo_sync_tui.odoo.transport.bounds import MAX_INTEGER
from odoo_sync_tui.runtime.threads import make_way

_HASHABLE = frozenset({str, bool, int, float, NoneType})
_NUMERIC = frozenset({bool, int, float})
_PAIRS = frozenset({list, tuple})
_TEXT_OR_EMPTY = frozenset({str, bool, NoneType})
_INTEGER_OR_EMPTY = frozenset({int, bool, NoneType})
_WHOLE_NUMBERS: frozenset[Decoder] = frozenset({decode_integer, decode_many2one})

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
        ValueError, TypeError, LookupError, ArithmeticError: one of the values cannot be read, or is absent.
    """
    make_way()
    kinds = set(map(type, values))
    if Absent in kinds:
        raise LookupError("a row lacks the field")
    if decode is decode_text and kinds <= _TEXT_OR_EMPTY and True not in values:
        return _decode_texts(values)
    if decode in _WHOLE_NUMBERS and kinds <= _INTEGER_OR_EMPTY and not (bool in kinds and _has_true(values)):
        return _decode_integers(values)
    if not kinds <= _HASHABLE or len(kinds & _NUMERIC) > 1:  # unhashable values, or equal keys of two types: False is 0
        return [decode(value) for value in values]
    decoded = {value: decode(value) for value in set(values)}
    return [decoded[value] for value in values]


def _decode_texts(values: Sequence[object]) -> Sequence[object]:
    """Decode texts and empty values; one check of the joined text covers all of them."""
    decode_text("".join(cast("list[str]", [value for value in values if value.__class__ is str])))
    return [value if value.__class__ is str else None for value in values]


def _decode_integers(values: Sequence[object]) -> Sequence[object]:
    """Decode whole numbers and empty values; a check of the smallest and the largest covers all of them."""
    numbers = cast("list[int]", [value for value in values if value.__class__ is int])
    for extreme in (min(numbers), max(numbers)) if numbers else ():
        decode_integer(extreme)
    return [value if value.__class__ is int else None for value in values]


def _decode_amounts(
    values: Sequence[object], currencies: Sequence[int], rounding: Mapping[int, Decoder]
) -> Sequence[object]:
    """Decode amounts of money, each rounded as its currency is; where all are of one, equal amounts once."""
    first, *others = set(currencies) or {0}
    if not others:
        return decode_column(rounding.get(first, decode_decimal), values)
    return [rounding.get(each, decode_decimal)(amount) for amount, each in zip(values, currencies, strict=True)]


def _has_true(values: Sequence[object]) -> bool:
    return any(value is True for value in values)


class RowDecoder:
    """Decoder from wire rows of one entity to rows.

    Args:
        infos: all fields read.
        hidden: the fields among them that are read only for the currency of others, and left out of the rows.
        masked: the fields whose values no error may show.

    Attributes:
        many2one: the fields that become a related record with its name, each with the related model.
    """

    def __init__(
        self,
        infos: Sequence[FieldInfo],
        hidden: frozenset[str] = frozenset(),
        masked: Container[str] = frozenset(),
    ) -> None:
        names = {info.name for info in infos}
        self._fields = tuple((info.name, get_decoder(info)) for info in infos)
        self._money = tuple(
            (info.name, info.currency_field)
            for info in infos
            if info.type == "monetary" and info.currency_field is not None and info.currency_field in names
        )
        money = dict(self._money)
        self._plain_fields = tuple((name, decode) for name, decode in self._fields if name not in money)
        self.many2one = tuple(
            (info.name, info.relation)
            for info in infos
            if info.type == "many2one" and info.relation and info.name not in hidden
        )
        self._hidden = tuple(hidden)
        self._masked = masked

    def collect_related_ids(self, rows: WireTable) -> dict[str, set[int]]:
        """Collect the ids of the records that the rows refer to, by model."""
        found: dict[str, set[int]] = {model: set() for _, model in self.many2one}
        for name, model in self.many2one:
            values = rows.column(name)
            pairs = cast("list[Sequence[object]]", [value for value in values if value.__class__ in _PAIRS])
            values = [*values, *(pair[0] for pair in pairs if pair)] if pairs else values
            ids = cast("list[int]", [value for value in values if value.__class__ is int])
            found[model].update(each for each in ids if abs(each) <= MAX_INTEGER)
        return found

    def decode(self, rows: WireTable, lookups: Lookups) -> tuple[RowTable, list[RejectedRow]]:
        """Decode rows; return the readable ones, and the unreadable ones with field and reason.

        The rows have an integer ``id``; ``lookups`` hold everything that :meth:`collect_related_ids` found.
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

    def _decode(self, rows: WireTable, lookups: Lookups) -> RowTable:
        """Decode all rows; raise one of ``DECODE_ERRORS`` where one of them cannot be read."""
        columns = {name: decode_column(decode, rows.column(name)) for name, decode in self._plain_fields}
        rounding = {each: make_rounding_decoder(step) for each, step in lookups.currency_steps.items()}
        for name, currency in self._money:
            columns[name] = _decode_amounts(rows.column(name), cast("Sequence[int]", columns[currency]), rounding)
        for name, model in self.many2one:
            known = lookups.related.get(model, {})
            ids = cast("Sequence[int | None]", columns[name])
            columns[name] = [None if each is None else known[each] for each in ids]
        for name in self._hidden:
            del columns[name]
        return RowTable(columns)

    def _decode_halves(self, rows: WireTable, lookups: Lookups) -> tuple[RowTable, list[RejectedRow]]:
        """Decode rows with an unreadable one by halving, until that row stands alone."""
        if len(rows) == 1:
            row = {name: None if value is ABSENT else value for name, (value,) in rows.columns.items()}
            rejected = RejectedRow(rows.ids[0], self._find_reason(rows), BrokenRule.VALUES, row)
            return self._decode(rows.select(()), lookups), [rejected]
        middle = len(rows) // 2
        first, first_rejected = self.decode(rows.select(range(middle)), lookups)
        second, second_rejected = self.decode(rows.select(range(middle, len(rows))), lookups)
        return first + second, first_rejected + second_rejected

    def _find_reason(self, row: WireTable) -> str:
        """Decode the one row once more, field by field, to find the field at fault."""
        for name, decode in self._fields:
            (value,) = row.column(name)
            if value is ABSENT:
                return f"Field {name}: missing in Odoo's answer."
            try:
                decode(value)
            except (ValueError, TypeError, ArithmeticError) as error:
                reason = "it cannot be read, and is not shown because it is masked" if name in self._masked else error
                return f"Field {name}: {reason}."
        return "A money amount has more digits than can be stored."
