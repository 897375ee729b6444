from datetime import UTC, datetime
from decimal import Decimal, DecimalException

import pytest
from bson.decimal128 import Decimal128
from hypothesis import given
from hypothesis import strategies as st

from odoo_sync_tui.store.driver.messages import to_storable
from odoo_sync_tui.store.driver.values import (
    UnstorableValue,
    content_hash,
    encode,
    to_decimal128,
)

OWNED = {
    "data": {"id": 1, "name": "Acme", "amount": Decimal("1.50"), "tags": (1, 2), "at": datetime(2024, 1, 1, tzinfo=UTC)}
}


def test_the_hash_is_the_same_tomorrow():
    assert content_hash(OWNED) == "h1:12813ba6d2dabd01d219c5eaae5277bf"


def test_the_order_of_fields_does_not_matter_at_any_depth():
    assert content_hash({"b": {"d": 1, "c": 2}, "a": 3}) == content_hash({"a": 3, "b": {"c": 2, "d": 1}})


def test_null_and_missing_are_the_same():
    assert content_hash({"a": 1, "b": None, "c": {"d": None}}) == content_hash({"a": 1, "c": {}})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 2),
        (1, True),
        (0, False),
        ("", None),
        (Decimal("1.5"), Decimal("1.50")),
        ([1, 2], [2, 1]),
        ({"a": 1}, {"b": 1}),
        (datetime(2024, 1, 1, tzinfo=UTC), "2024-01-01"),
    ],
)
def test_different_content_has_a_different_hash(one, other):
    assert content_hash({"a": one}) != content_hash({"a": other})


def test_only_the_milliseconds_that_are_stored_count():
    at = datetime(2024, 1, 1, microsecond=123_456, tzinfo=UTC)
    assert content_hash({"a": at}) == content_hash({"a": at.replace(microsecond=123_000)})


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (2**63, "field data.x: a number is larger than 8 bytes"),
        ("\ud800", "field data.x: a text holds half of a surrogate pair, which is no character"),
        (Decimal("1." + "1" * 40), r"field data.x: a decimal number has more digits than MongoDB keeps \(34\)"),
        ({"a\0b": 1}, "field data.x.a b: a field name holds a NUL character"),
        (object(), "field data.x: a value has a type that MongoDB does not know"),
        ("x" * 17_000_000, "it is 16.2 MB, MongoDB stores at most 16 MB"),
    ],
    ids=["number", "character", "digits", "name", "type", "size"],
)
def test_what_cannot_be_stored_is_told_by_field_and_reason(value, reason):
    for attempt in (encode, content_hash):
        with pytest.raises(UnstorableValue, match=f"^{reason}$"):
            attempt({"data": {"ok": 1, "x": value}})


@given(
    st.recursive(
        st.none()
        | st.integers()
        | st.text(alphabet=st.characters(exclude_categories=()))
        | st.datetimes()
        | st.decimals(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(alphabet=st.characters(exclude_categories=())), inner),
        max_leaves=8,
    )
)
def test_plain_data_can_always_be_stored(value):
    encode({"value": to_storable(value)})


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_money_is_encoded_as_the_driver_would(value):
    try:
        expected = Decimal128(value)
    except DecimalException:
        with pytest.raises(DecimalException):
            to_decimal128(value)
    else:
        assert to_decimal128(value).bid == expected.bid


@pytest.mark.parametrize("text", ["0", "-0.00", "0.10", "-1234.56", "1E+3", "99999999999999.99", "-1E-7"])
def test_money_keeps_sign_and_scale(text):
    assert to_decimal128(Decimal(text)).bid == Decimal128(text).bid
