"""Columns become the rows that Odoo would have answered, or are found to be broken."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo_sync_tui.core.entity import Entity, RelatedRecord
from odoo_sync_tui.entities import accounts, invoices, opportunities
from odoo_sync_tui.entities.mapping import map_rows
from odoo_sync_tui.odoo.rows.columns import (
    BrokenColumnsError,
    WireTable,
    find_equal_fields,
    list_column_fields,
    make_table,
)
from odoo_sync_tui.odoo.rows.decoder import Lookups
from odoo_sync_tui.odoo.rows.field_plan import FieldPlan, make_field_plan
from odoo_sync_tui.odoo.rows.values import FieldInfo, decimal_step
from odoo_sync_tui.store.driver.values import content_hash

TYPE_BY_NAME = {
    "customer_rank": "integer",
    "probability": "float",
    "active": "boolean",
    "date_deadline": "date",
    "invoice_date": "date",
    "date_open": "datetime",
    "create_date": "datetime",
    "type": "selection",
    "expected_revenue": "monetary",
    "amount_total": "monetary",
    "partner_id": "many2one",
    "company_currency": "many2one",
    "currency_id": "many2one",
    "street": "text",
}
NULL = {"integer": 0, "many2one_reference": 0, "float": 0.0, "monetary": 0.0}
MOMENTS = st.datetimes().map(lambda at: at.isoformat(" ", "seconds"))
NUMBERS = st.one_of(
    st.decimals(-(10**9), 10**9, places=2).map(lambda value: float(value) or 0.0), st.sampled_from([0.1 + 0.2, 1e300])
)
STORED: dict[str, st.SearchStrategy[Any]] = {
    "boolean": st.booleans(),
    "char": st.text(max_size=9),
    "text": st.text(max_size=9),
    "html": st.text(max_size=9),
    "selection": st.sampled_from(["lead", "opportunity", "0"]),
    "integer": st.integers(-(2**31), 2**31),
    "many2one_reference": st.integers(1, 9),
    "float": NUMBERS,
    "monetary": NUMBERS,
    "date": st.dates().map(str),
    "datetime": MOMENTS,
    "many2one": st.integers(1, 3),
    "reference": st.sampled_from(["res.partner,7"]),
    "json": st.one_of(st.dictionaries(st.sampled_from("ab"), st.integers(0, 1)), st.lists(st.booleans(), max_size=2)),
}
"""What the column of each type may hold besides NULL."""
LOOKUPS = Lookups(
    {model: {each: RelatedRecord(each, f"Name {each}") for each in range(1, 4)} for model in ("any", "res.currency")},
    {1: decimal_step(2), 2: decimal_step(0)},
)


def make_plan(entity: Entity) -> FieldPlan:
    infos = {"id": FieldInfo("id", "integer", is_stored=True)}
    for name in entity.fields:
        kind = TYPE_BY_NAME.get(name, "char")
        relation = "any" if kind == "many2one" else None
        currency = "currency_id" if "currency_id" in entity.fields else "company_currency"
        infos[name] = FieldInfo(name, kind, relation, None, currency if kind == "monetary" else None, is_stored=True)
    return make_field_plan(entity, infos)


ENTITIES = [accounts.ENTITY, opportunities.ENTITY, invoices.ENTITY]


@st.composite
def tables(draw: st.DrawFn, infos: list[FieldInfo]) -> dict[str, list[object]]:
    """A table of some rows, in any order: NULL is ``None``."""
    ids = draw(st.lists(st.integers(1, 2**40), unique=True, max_size=4))
    values = {
        info.name: draw(st.lists(st.none() | STORED[info.type], min_size=len(ids), max_size=len(ids))) for info in infos
    }
    return {"id": [*ids]} | values


def as_row(table: dict[str, list[object]], infos: list[FieldInfo], place: int) -> dict[str, object]:
    """What ``read`` answers for a row of the table: Odoo's own rules, written down a second time."""
    row: dict[str, object] = {"id": table["id"][place]}
    for info in infos:
        value = table[info.name][place]
        row[info.name] = NULL.get(info.type, False) if value is None else value
    return row


def as_columns(table: dict[str, list[object]], infos: list[FieldInfo], *, is_old: bool) -> dict[str, list[object]]:
    decimals = {info.name for info in infos if info.type in {"float", "monetary"}} if is_old else set()
    return {name: list(map(as_text, values)) if name in decimals else values for name, values in table.items()}


def as_text(value: object) -> object:
    """A decimal as old versions send it: "1209.2200000000000000"."""
    if not isinstance(value, float):
        return value
    text = f"{Decimal(repr(value)):f}"
    return f"{text}000" if "." in text else f"{text}.000"


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.name)
@pytest.mark.parametrize("is_old", [False, True], ids=["numbers", "text"])
@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_rows_and_columns_become_the_same_documents(entity: Entity, is_old: bool, data: st.DataObject) -> None:
    plan = make_plan(entity)
    infos = list_column_fields(plan.infos)
    table = data.draw(tables(infos))
    rows = {row["id"]: row for place in range(len(table["id"])) if (row := as_row(table, infos, place))}
    columns = make_table(as_columns(table, infos, is_old=is_old), infos, list(rows))
    assert {row["id"]: repr(row) for row in columns} == {each: repr(row) for each, row in rows.items()}
    assert find_equal_fields(rows, columns, plan.names) == set(plan.names)
    by_rows = WireTable.of(rows.values(), plan.names)
    prints = plan.fingerprinter.fingerprint_rows(by_rows, LOOKUPS.related)
    assert plan.fingerprinter.fingerprint_rows(columns, LOOKUPS.related) == prints
    pairs = [plan.decoder.decode(each, LOOKUPS) for each in (by_rows, columns)]
    assert repr([(list(rows), rejected) for rows, rejected in pairs[:1]]) == repr(
        [(list(rows), rejected) for rows, rejected in pairs[1:]]
    )
    hashes = [[content_hash(each.owned) for each in map_rows(entity, decoded)] for decoded, _ in pairs]
    assert hashes[0] == hashes[1]


@pytest.mark.parametrize("kind", STORED)
@settings(max_examples=20)
@given(data=st.data())
def test_a_column_of_any_type_becomes_the_values_of_rows(kind: str, data: st.DataObject) -> None:
    infos = [FieldInfo("value", kind, is_stored=True)]
    table = data.draw(tables(infos))
    rows = make_table(table, infos, table["id"])  # type: ignore[arg-type]
    assert [repr(row) for row in rows] == [repr(as_row(table, infos, at)) for at in range(len(rows))]


def test_a_row_has_no_minus_zero() -> None:
    infos = [FieldInfo("value", "float", is_stored=True)]
    rows = make_table({"id": [1, 2], "value": [-0.0, "-0.00"]}, infos, [1, 2])
    assert [repr(row["value"]) for row in rows] == ["0.0", "0.0"]


NAME = [FieldInfo("name", "char", is_stored=True)]
BROKEN: dict[str, tuple[list[object], list[object]]] = {
    "a missing row": ([1, 2], ["a", "b"]),
    "a row too much": ([1, 2, 3, 4], ["a", "b", "c", "d"]),
    "a doubled row": ([1, 2, 3, 3], ["a", "b", "c", "c"]),
    "a doubled row in place of another": ([1, 2, 2], ["a", "b", "b"]),
    "a row that was not asked for": ([1, 2, 4], ["a", "b", "c"]),
    "a short column": ([1, 2, 3], ["a", "b"]),
    "a long column": ([1, 2, 3], ["a", "b", "c", "d"]),
    "nothing": ([], []),
    "a true id": ([True, 2, 3], ["a", "b", "c"]),
    "an id that is text": (["1", 2, 3], ["a", "b", "c"]),
    "an id that is a list": ([[1], 2, 3], ["a", "b", "c"]),
    "an id that is NULL": ([None, 2, 3], ["a", "b", "c"]),
}


@pytest.mark.parametrize(("ids", "names"), BROKEN.values(), ids=BROKEN)
def test_columns_that_are_not_the_rows_are_broken(ids: list[object], names: list[object]) -> None:
    with pytest.raises(BrokenColumnsError):
        make_table({"id": ids, "name": names}, NAME, [1, 2, 3])


def test_text_that_is_no_decimal_is_broken() -> None:
    with pytest.raises(BrokenColumnsError):
        make_table({"id": [1], "total": ["many"]}, [FieldInfo("total", "monetary", is_stored=True)], [1])


def test_fields_of_types_without_a_column_are_never_read_by_columns() -> None:
    infos = [
        FieldInfo("id", "integer", is_stored=True),
        FieldInfo("name", "char", is_stored=True),
        FieldInfo("display_name", "char"),
        FieldInfo("tag_ids", "many2many", is_stored=True),
        FieldInfo("line_ids", "one2many", is_stored=True),
        FieldInfo("image", "binary", is_stored=True),
        FieldInfo("properties", "properties", is_stored=True),
    ]
    assert [info.name for info in list_column_fields(infos)] == ["name", "display_name"]


@pytest.mark.parametrize(
    ("value", "other"), [(0, False), (1, 1.0), ("", False), (None, False), ([1], [True]), ({"a": 1}, {"a": 1.0})]
)
def test_values_that_python_takes_for_equal_may_differ(value: object, other: object) -> None:
    rows, others = {1: {"id": 1, "name": "a", "f": value}}, {"id": [1], "name": ["a"], "f": [other]}
    assert find_equal_fields(rows, WireTable(others), ["name", "f"]) == {"name"}
