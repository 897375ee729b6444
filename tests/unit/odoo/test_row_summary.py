"""Number, newest change and ids of many rows in one call, and what is made of odd answers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from odoo_sync_tui.core.errors import OdooSetupError
from odoo_sync_tui.odoo.calls.client import COUNT
from odoo_sync_tui.odoo.rows.ids import IdReader, RowSummary
from odoo_sync_tui.odoo.transport.http import Call
from tests.unit.odoo.fakes import FakeTransport, ManualTime, make_caller, make_transport

NEWEST = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
GROUP = {COUNT: 2, "id:sum": 5, "id:max": 3, "write_date:max": "2026-01-02 03:04:05"}


def read(answer: object, version: int | None = 19) -> tuple[RowSummary, FakeTransport]:
    transport = make_transport()
    transport._formatted_read_group = lambda *_: answer  # type: ignore[method-assign]
    transport._read_group = lambda *_: answer  # type: ignore[attr-defined]
    transport._search_read = lambda *_: []  # type: ignore[method-assign]
    transport._search_count = lambda *_: 7  # type: ignore[method-assign]
    reader = IdReader(make_caller(transport, ManualTime()), ManualTime(), lambda _: None, version)
    return reader.read_summary("crm.lead", ()), transport


def test_one_call_tells_all() -> None:
    assert read([GROUP])[0] == RowSummary(2, NEWEST, 5, 3)


def test_no_rows_are_nothing() -> None:
    empty = dict.fromkeys(GROUP, False) | {COUNT: 0}
    assert read([empty])[0] == RowSummary(0, None, 0, 0)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        [None],
        [GROUP, GROUP],
        [{**GROUP, COUNT: -1}],
        [{**GROUP, COUNT: "2"}],
        [{**GROUP, COUNT: True}],
        [{**GROUP, "id:sum": 1}],
        [{**GROUP, "id:sum": 2**70}],
        [{**GROUP, "id:sum": 1.5}],
        [{**GROUP, "id:sum": float("nan")}],
        [{**GROUP, "id:max": [3]}],
        [{**GROUP, "write_date:max": "yesterday"}],
        [{**GROUP, "write_date:max": 5}],
    ],
)
def test_of_an_odd_answer_nothing_is_believed(answer: object) -> None:
    summary, _ = read(answer)
    assert (summary.count, summary.id_sum) == (7, None)


def test_without_aggregates_none_are_asked_for() -> None:
    summary, transport = read([GROUP], None)
    assert (summary.count, summary.id_sum) == (7, None)
    assert {call.method for call in transport.calls} == {"search_read", "search_count"}


def test_a_wrong_key_is_not_covered_up() -> None:
    transport = make_transport()

    def refuse(*_: Call) -> object:
        raise OdooSetupError("The key is wrong.")

    transport._formatted_read_group = refuse  # type: ignore[method-assign,assignment]
    with pytest.raises(OdooSetupError):
        IdReader(make_caller(transport, ManualTime()), ManualTime(), lambda _: None, 19).read_summary("crm.lead", ())
