"""Wire values become Python values by declared type, and what cannot be read is named."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo_sync_tui.odoo.rows.values import get_decoder, parse_field_infos


def decode(kind: str, value: object, **attributes: object) -> object:
    [info] = parse_field_infos({"f": {"type": kind, **attributes}}).values()
    return get_decoder(info)(value)


@pytest.mark.parametrize(
    ("kind", "wire", "expected"),
    [
        ("char", False, None),
        ("char", "", ""),
        ("char", "Łódź\x1b[31m", "Łódź\x1b[31m"),
        ("text", "a\nb", "a\nb"),
        ("html", "<p>x</p>", "<p>x</p>"),
        ("selection", "won", "won"),
        ("selection", 3, 3),
        ("boolean", False, False),
        ("boolean", True, True),
        ("integer", 0, 0),
        ("integer", 2**40, 2**40),
        ("integer", float(2**40), 2**40),
        ("float", 12.5, 12.5),
        ("float", 3, 3.0),
        ("monetary", 1245.92, Decimal("1245.92")),
        ("date", "2026-12-31", "2026-12-31"),
        ("date", "9999-12-31", "9999-12-31"),
        ("date", "21-05-01", "0021-05-01"),
        ("date", "202-05-01", "0202-05-01"),
        ("date", False, None),
        ("datetime", "2026-11-23 03:50:50", datetime(2026, 11, 23, 3, 50, 50, tzinfo=UTC)),
        ("datetime", "21-05-01 08:00:00", datetime(21, 5, 1, 8, tzinfo=UTC)),
        ("datetime", "0021-05-01 08:00:00", datetime(21, 5, 1, 8, tzinfo=UTC)),
        ("datetime", False, None),
        ("many2one", 7, 7),
        ("many2one", [7, "Acme"], 7),
        ("many2one", False, None),
        ("many2many", [9, 5, 7], (5, 7, 9)),
        ("one2many", [], ()),
        ("properties", [{"name": "x"}], [{"name": "x"}]),
        ("reference", "res.partner,7", "res.partner,7"),
    ],
)
def test_each_type_is_decoded(kind: str, wire: object, expected: object) -> None:
    value = decode(kind, wire)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("kind", "wire"),
    [
        ("char", 5),
        ("char", True),
        ("char", "a\0b"),
        ("char", "\ud800"),
        ("boolean", "yes"),
        ("integer", "5"),
        ("integer", 5.5),
        ("integer", float("inf")),
        ("integer", True),
        ("float", "x"),
        ("float", float("nan")),
        ("monetary", float("inf")),
        ("date", "31/12/2026"),
        ("date", "2026-13-01"),
        ("date", "21-5-1"),
        ("date", "-05-01"),
        ("datetime", "2026-11-23"),
        ("datetime", "2026-11-23 03:50:50+01:00"),
        ("datetime", "2026-11-23 03:50:50."),
        ("datetime", "2026-11-23 03:50:050"),
        ("datetime", "2026-11-23 03:50:50x"),
        ("datetime", 5),
        ("many2one", "Acme"),
        ("many2many", [1, "x"]),
        ("properties", [{"name": "a\0"}]),
    ],
)
def test_a_value_of_another_type_is_refused(kind: str, wire: object) -> None:
    with pytest.raises(ValueError, match=r"expected|NUL|surrogate|isoformat|month|year"):
        decode(kind, wire)


def test_floats_with_digits_become_decimals_of_that_many_places() -> None:
    assert decode("float", 0.1 + 0.2, digits=[16, 2]) == Decimal("0.30")
    assert str(decode("float", 5.0, digits=(16, 3))) == "5.000"
    assert decode("float", 0.1, digits=False) == 0.1


@pytest.mark.parametrize(("sent", "number"), [(2.9999999999999996, "3.00"), (-0.006, "-0.01"), (1.004, "1.00")])
def test_floats_with_digits_are_rounded_to_the_nearest_step(sent: float, number: str) -> None:
    assert str(decode("float", sent, digits=[16, 2])) == number


def test_minus_zero_is_zero() -> None:
    assert str(decode("float", -0.0)) == "0.0"
    assert str(decode("monetary", -0.0)) == "0.0"


@given(st.integers(-(10**12), 10**12))
def test_money_survives_the_wire_exactly(cents: int) -> None:
    amount = Decimal(cents).scaleb(-2)
    assert decode("float", float(amount), digits=[16, 2]) == amount


def test_the_shape_of_a_field_says_what_values_it_may_have() -> None:
    described = {
        "state": {"type": "selection", "selection": [["sent", "Sent"], ["draft", "Quotation"]]},
        "partner_id": {"type": "many2one", "relation": "res.partner"},
        "name": {"type": "char"},
        "tz": {"type": "selection", "selection": [[f"Zone/{number}", ""] for number in range(100)]},
        "odd": {"type": "selection", "selection": "none"},
    }
    shapes = {name: info.shape for name, info in parse_field_infos(described).items()}
    assert shapes.pop("tz").startswith("selection(100 values, ")
    assert shapes == {
        "state": "selection(draft,sent)",
        "partner_id": "many2one(res.partner)",
        "name": "char",
        "odd": "selection",
    }
