"""Whatever is wrong with columns, the rows come by rows."""

from __future__ import annotations

import pytest
from urllib3.exceptions import ProtocolError

from odoo_sync_tui.core.cursor import ColumnVerdict
from odoo_sync_tui.core.errors import OdooSetupError, RunCancelled
from odoo_sync_tui.odoo.calls.page_size import AdaptivePageSize
from odoo_sync_tui.odoo.errors.context import ServerFault
from odoo_sync_tui.odoo.transport.http import Call
from odoo_sync_tui.runtime.cancel import CancelToken
from tests.unit.odoo.columns_world import (
    COLUMNS,
    MANY,
    Spoil,
    World,
    as_odoo_reads,
    expected,
    make_table,
    make_world,
)
from tests.unit.odoo.fakes import make_entity


def drop_last(columns: dict[str, list[object]]) -> None:
    for values in columns.values():
        values.pop()


def double_first(columns: dict[str, list[object]]) -> None:
    for values in columns.values():
        values[-1] = values[0]


def add_a_stranger(columns: dict[str, list[object]]) -> None:
    for name, values in columns.items():
        values.append(10**6 if name.startswith("id") else values[0])


def exchange_for_a_stranger(columns: dict[str, list[object]]) -> None:
    columns["id:array_agg"][0] = 10**6


def shorten_one(columns: dict[str, list[object]]) -> None:
    columns["name:array_agg"].pop()


def lose_one(columns: dict[str, list[object]]) -> None:
    del columns["name:array_agg"]


def make_no_list(columns: dict[str, list[object]]) -> None:
    columns["name:array_agg"] = "names"  # type: ignore[assignment]


def empty(columns: dict[str, list[object]]) -> None:
    columns.clear()


SPOILERS: list[Spoil] = [
    drop_last,
    double_first,
    add_a_stranger,
    exchange_for_a_stranger,
    shorten_one,
    lose_one,
    make_no_list,
    empty,
]


@pytest.mark.parametrize("spoil", SPOILERS, ids=lambda spoil: spoil.__name__)
def test_columns_that_are_not_the_rows_leave_the_block_to_rows(spoil: Spoil) -> None:
    table = as_odoo_reads(make_table())
    world = World(table, make_entity("name", "rank"))
    world.prove()
    table.spoil = spoil  # type: ignore[method-assign]
    reader = world.read(range(1, MANY + 1))
    assert reader.rows == expected(range(1, MANY + 1))
    assert reader.ids_by_columns == frozenset()
    assert reader.rejected == []


FAULTS: dict[str, Exception] = {
    "refused": ServerFault("odoo.exceptions.AccessError", "no rights", 403),
    "an override that raises": ServerFault("builtins.ValueError", "Expected singleton", 500),
    "unknown method": ServerFault("werkzeug.exceptions.NotFound", "the method does not exist", 404),
    "memory": ServerFault("builtins.MemoryError", "", 500),
    "time": ProtocolError("Connection aborted."),
    "busy": ServerFault("werkzeug.exceptions.ServiceUnavailable", "", 503),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_columns_that_fail_leave_the_block_to_rows(fault: Exception) -> None:
    world = make_world()
    world.prove()

    def fail(call: Call, ids: list[int]) -> None:
        if call.method in COLUMNS:
            raise fault

    world.transport.before = fail
    assert world.read(range(1, MANY + 1)).rows == expected(range(1, MANY + 1))
    assert sum(world.time.slept) < 10, "who can read rows instead does not wait for long"


def test_columns_are_tried_again_after_a_failure_ever_more_rarely() -> None:
    world = make_world()
    world.prove()

    def fail(call: Call, ids: list[int]) -> None:
        if call.method in COLUMNS:
            raise ServerFault("builtins.ValueError", "Expected singleton", 500)

    world.transport.before = fail
    tried: list[bool] = []
    for _ in range(16):
        before = world.count(*COLUMNS)
        world.read(range(1, MANY + 1))
        tried.append(world.count(*COLUMNS) > before)
    assert [place for place, did in enumerate(tried) if did] == [0, 2, 6, 14]
    world.transport.before = lambda call, ids: None
    for _ in range(16):
        reader = world.read(range(1, MANY + 1))
    assert reader.ids_by_columns
    assert world.read(range(1, MANY + 1)).ids_by_columns, "a success is forgiveness"


def test_columns_that_are_too_big_are_asked_for_fewer_rows() -> None:
    world = make_world()
    world.prove()
    world.columns.page_size = AdaptivePageSize(MANY)

    def too_big(call: Call, ids: list[int]) -> None:
        if call.method in COLUMNS and len(ids) > MANY // 2:
            raise ServerFault("builtins.MemoryError", "", 500)

    world.transport.before = too_big
    for _ in range(3):
        reader = world.read(range(1, MANY + 1))
    assert reader.rows == expected(range(1, MANY + 1))
    assert len(reader.ids_by_columns) == MANY


def test_a_refused_login_ends_the_reading() -> None:
    world = make_world()
    world.prove()

    def revoke(call: Call, ids: list[int]) -> None:
        raise ServerFault("odoo.exceptions.AccessDenied", "Access Denied", 401)

    world.transport.before = revoke
    with pytest.raises(OdooSetupError):
        world.read(range(1, MANY + 1))
    assert len(world.transport.calls) == 1


def test_a_cancel_ends_the_reading_by_columns() -> None:
    world = make_world()
    world.prove()
    token = CancelToken()
    token.request("cancelled by anna")
    with pytest.raises(RunCancelled):
        world.read(range(1, MANY + 1), token)
    assert world.transport.calls == []


def test_a_poison_row_is_set_aside_by_rows_and_the_proof_does_without_it() -> None:
    world = make_world()

    def poison(call: Call, ids: list[int]) -> None:
        if call.method == "search_read" and MANY in ids and len(call.options["fields"]) > 1:  # type: ignore[arg-type]
            raise ServerFault("builtins.ValueError", "Expected singleton", 500)

    world.transport.before = poison
    reader = world.read(range(1, MANY + 1))
    assert world.columns.verdict == ColumnVerdict("basis", ("name", "rank"))
    assert reader.rows == expected(range(1, MANY + 1)), "its columns can be read"


def test_no_row_is_set_aside_on_the_word_of_columns_alone() -> None:
    table = as_odoo_reads(make_table())
    world = World(table, make_entity("name", "rank"))
    world.prove()

    def garble(columns: dict[str, list[object]]) -> None:
        columns["rank:array_agg"][0] = "many"

    table.spoil = garble  # type: ignore[method-assign]
    page = world.reader.read_page(range(1, MANY + 1), {}, world.time)
    assert page.rejected == ()
    assert [row["id"] for row in page.rows] == list(range(1, MANY + 1))
