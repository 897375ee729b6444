"""Pages of wire rows become rows: column by column, as if each value were decoded alone."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo_sync_tui.core.entity import RelatedRecord
from odoo_sync_tui.odoo.rows.columns import WireTable
from odoo_sync_tui.odoo.rows.decoder import Lookups, RowDecoder, decode_column
from odoo_sync_tui.odoo.rows.values import MONEY_CONTEXT, FieldInfo, decimal_step, get_decoder, make_rounding_decoder

TYPES = ["char", "selection", "boolean", "integer", "float", "monetary", "date", "datetime", "many2one", "properties"]
WIRE = st.one_of(
    st.booleans(),
    st.none(),
    st.integers(-1, 2),
    st.sampled_from([0.0, -0.0, 1.0, 2.5, float("nan")]),
    st.sampled_from(["", "a", "1", "a\0", "\ud83d", "\ude00", "2026-12-31", "2026-12-31 00:00:00"]),
    st.lists(st.integers(1, 2), max_size=2),
)


@given(st.sampled_from(TYPES), st.lists(WIRE, max_size=6))
def test_a_column_is_decoded_as_its_values_are(kind: str, values: list[object]) -> None:
    """Above all where Python takes different values for equal: an empty number is false, and false is 0."""
    decode = get_decoder(FieldInfo("f", kind))
    try:
        expected = [repr(decode(value)) for value in values]
    except ValueError:
        with pytest.raises(ValueError, match=r"expected|NUL|surrogate|isoformat|month"):
            decode_column(decode, values)
    else:
        assert [repr(value) for value in decode_column(decode, values)] == expected


def table(*rows: dict[str, object]) -> WireTable:
    return WireTable.of(rows, rows[0])


def money_decoder(hidden: frozenset[str] = frozenset()) -> RowDecoder:
    infos = (
        FieldInfo("id", "integer"),
        FieldInfo("total", "monetary", currency_field="currency_id"),
        FieldInfo("currency_id", "many2one", relation="res.currency"),
    )
    return RowDecoder(infos, hidden)


CURRENCIES = Lookups(
    {"res.currency": {1: RelatedRecord(1, "USD"), 2: RelatedRecord(2, "JPY")}}, {1: decimal_step(2), 2: decimal_step(0)}
)


def test_money_is_rounded_by_the_currency_of_its_row() -> None:
    rows = [{"id": 1, "total": 10.0, "currency_id": 1}, {"id": 2, "total": 10.0, "currency_id": 2}]
    decoded, rejected = money_decoder().decode(table(*rows), CURRENCIES)
    assert [str(row["total"]) for row in decoded] == ["10.00", "10"]
    assert decoded[0]["currency_id"] == RelatedRecord(1, "USD")
    assert not rejected


@pytest.mark.parametrize(
    ("sent", "money"),
    [(19.989999999999995, "19.99"), (20.010000000000005, "20.01"), (-19.989999999999995, "-19.99"), (0.006, "0.01")],
)
def test_money_beside_a_step_of_its_currency_is_rounded_to_the_nearest_one(sent: float, money: str) -> None:
    decoded, _ = money_decoder().decode(table({"id": 1, "total": sent, "currency_id": 1}), CURRENCIES)
    assert str(decoded[0]["total"]) == money


@given(st.lists(st.sampled_from([0.0, -0.0, 1.005, 2.5, 3, False, None]), min_size=1), st.lists(st.integers(1, 3)))
def test_amounts_of_a_page_are_decoded_as_each_alone(amounts: list[object], currencies: list[int]) -> None:
    known = dict.fromkeys(range(1, 4), RelatedRecord(1, "x"))
    lookups = Lookups({"res.currency": known}, CURRENCIES.currency_steps)
    currencies = (currencies or [1]) * len(amounts)
    rows = [{"id": 7, "total": each, "currency_id": one} for each, one in zip(amounts, currencies, strict=False)]
    decoded, _ = money_decoder().decode(table(*rows), lookups)
    alone = [money_decoder().decode(table(row), lookups)[0][0]["total"] for row in rows]
    assert [repr(row["total"]) for row in decoded] == [repr(each) for each in alone]


def test_a_currency_that_was_asked_only_for_rounding_is_left_out() -> None:
    decoder = money_decoder(frozenset({"currency_id"}))
    decoded, _ = decoder.decode(table({"id": 1, "total": 10.0, "currency_id": 1}), CURRENCIES)
    assert list(decoded) == [{"id": 1, "total": Decimal("10.00")}]
    assert decoder.collect_related_ids(table({"id": 1, "currency_id": 1})) == {}


def test_money_of_an_unknown_currency_keeps_what_odoo_sent() -> None:
    decoded, _ = money_decoder().decode(table({"id": 1, "total": 0.125, "currency_id": False}), CURRENCIES)
    assert list(decoded) == [{"id": 1, "total": Decimal("0.125"), "currency_id": None}]


def test_one_bad_row_is_rejected_with_its_field_and_the_others_are_read() -> None:
    decoder = RowDecoder((FieldInfo("id", "integer"), FieldInfo("name", "char"), FieldInfo("age", "integer")))
    rows = [
        {"id": 1, "name": "a", "age": 1},
        {"id": 2, "name": "b", "age": "old"},
        {"id": 3, "name": "c"},
    ]
    decoded, rejected = decoder.decode(table(*rows), Lookups())
    assert [row["id"] for row in decoded] == [1]
    assert [(each.odoo_id, each.reason) for each in rejected] == [
        (2, "Field age: expected a whole number, got 'old'."),
        (3, "Field age: missing in Odoo's answer."),
    ]


def test_an_amount_beyond_all_digits_rejects_its_row() -> None:
    decoded, rejected = money_decoder().decode(table({"id": 1, "total": 1e300, "currency_id": 1}), CURRENCIES)
    assert not decoded
    assert "digits" in rejected[0].reason


@given(
    st.floats(allow_nan=False, allow_infinity=False) | st.decimals(-(10**12), 10**12, places=3).map(float),
    st.integers(0, 8),
)
def test_a_decimal_is_rounded_as_the_number_that_its_shortest_text_says(number: float, places: int) -> None:
    step = decimal_step(places)
    try:
        expected = str(Decimal(repr(number or 0.0)).quantize(step, context=MONEY_CONTEXT))
    except InvalidOperation:
        expected = ""
    decode = make_rounding_decoder(step)
    if expected:
        assert str(decode(number)) == expected
    else:
        with pytest.raises(InvalidOperation):
            decode(number)
