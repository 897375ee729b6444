"""Odd values of a server are refused where they enter: a sentence for a call, a reason for a row, never a crash."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from odoo_sync_tui.core.errors import OdooContractError
from odoo_sync_tui.odoo.errors.context import ServerFault
from odoo_sync_tui.odoo.rows.columns import WireTable
from odoo_sync_tui.odoo.rows.decoder import Lookups, RowDecoder
from odoo_sync_tui.odoo.rows.values import FieldInfo, parse_field_infos
from odoo_sync_tui.runtime.cancel import CancelToken
from tests.unit.odoo.fakes import ManualTime, make_caller, make_transport

HUGE = 2**70
NESTED: list[object] = []
for _ in range(90):
    NESTED = [NESTED]

KINDS = ["integer", "many2one", "many2one_reference", "many2many", "selection", "float", "monetary", "json"]


@pytest.mark.parametrize("kind", [*KINDS, "char", "date", "datetime", "boolean"])
@pytest.mark.parametrize(
    "value",
    [HUGE, -HUGE, [HUGE], {"a": [HUGE]}, float(HUGE), 10**400, NESTED, "9" * 5000, "9999-99-99", "x" * 100_000],
    ids=lambda value: str(value)[:12],
)
def test_a_value_that_cannot_be_stored_sets_its_row_aside(kind: str, value: object) -> None:
    decoder = RowDecoder([FieldInfo("id", "integer"), FieldInfo("odd", kind, relation="res.partner")])
    assert all(
        abs(each) < 2**63
        for ids in decoder.collect_related_ids(WireTable({"id": [1], "odd": [value]})).values()
        for each in ids
    )
    rows, rejected = decoder.decode(WireTable({"id": [1, 2], "odd": [value, False]}), Lookups({"res.partner": {}}))
    assert [row["id"] for row in rows][-1:] == [2]
    for each in rejected:
        assert each.odoo_id == 1
        assert each.reason.startswith("Field odd: ")
        assert len(each.reason) < 200
    stored = [row["odd"] for row in rows if row["id"] == 1]
    assert not any(isinstance(each, int) and abs(each) >= 2**63 for each in stored)


@pytest.mark.parametrize("kind", ["integer", "many2one", "many2many", "selection", "json"])
def test_a_whole_number_above_64_bits_is_told_as_one(kind: str) -> None:
    decoder = RowDecoder([FieldInfo("id", "integer"), FieldInfo("odd", kind, relation="res.partner")])
    _, rejected = decoder.decode(WireTable({"id": [1], "odd": [[HUGE] if kind == "many2many" else HUGE]}), Lookups())
    assert [each.reason for each in rejected] == [
        "Field odd: the whole number has more than 64 bits, which cannot be stored."
    ]


@pytest.mark.parametrize("digits", [[16], [16, HUGE], [16, -1], [16, "2"], "16,2", 7, None, []])
def test_odd_decimal_places_of_a_field_are_none(digits: object) -> None:
    infos = parse_field_infos({"rate": {"type": "float", "digits": digits}})
    assert infos["rate"].digits is None
    RowDecoder(list(infos.values()))


@pytest.mark.parametrize("odd", [2**70, -(2**70), 10**400])
def test_an_id_or_count_above_64_bits_is_refused_with_the_call_that_it_answers(odd: int) -> None:
    transport = make_transport()
    client = make_caller(transport, ManualTime())
    calls: list[Callable[[], object]] = [
        lambda: client.search("crm.lead", (), CancelToken()),
        lambda: client.count("crm.lead", (), CancelToken()),
        lambda: client.search_read("crm.lead", (), ["name"], CancelToken()),
    ]
    for name, answer in {"_search": [1, odd], "_search_count": odd, "_search_read": [{"id": odd, "name": "a"}]}.items():
        setattr(transport, name, lambda *_, answer=answer: answer)
    for call in calls:
        with pytest.raises(OdooContractError, match=r"did not answer crm\.lead\.search"):
            call()


def test_a_fault_of_any_length_is_kept_in_part() -> None:
    fault = ServerFault("odoo.exceptions." + "E" * 100_000, "halibut " * 100_000)
    assert len(fault.name) <= 101
    assert len(fault.text) <= 10_000
