"""Many names are read by the column that holds them, where a sample agrees; else, and for what is left, by rows."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo_sync_tui.odoo.errors.context import ServerFault
from odoo_sync_tui.odoo.rows import name_columns, related_names
from odoo_sync_tui.odoo.rows.columns import BrokenColumnsError, make_names, tidy_name
from odoo_sync_tui.odoo.rows.related_names import RelatedNameCache
from odoo_sync_tui.odoo.transport.http import Call
from tests.unit.odoo.columns_world import COLUMNS, FEW, MANY, Table
from tests.unit.odoo.fakes import ManualTime, make_caller, make_transport

PARTNER = ["complete_name", "email", "vat", "state_id", "country_id", "commercial_company_name", "name"]


def make_names_table(depends: Sequence[str] = ("name",), *, store: bool = False, column: str = "name") -> Table:
    base = make_transport(MANY)
    for row in base.stored.values():
        row["display_name"] = row[column] = row["name"]
    described: dict[str, object] = {"type": "char", "store": store, "depends": list(depends)}
    types = {name: {"type": "char", "store": True} for name in ("id", "name", column)} | {"display_name": described}
    return Table(base.stored, types)


class World:
    def __init__(self, table: Table, version: int = 19) -> None:
        self.table = table
        self.time = ManualTime()
        self.warnings: list[object] = []
        self.names = RelatedNameCache(make_caller(table, self.time), self.warnings.append, 1000, version)

    def resolve(self, ids: Sequence[int] = range(1, MANY + 1), *, by_columns: bool = True) -> dict[int, str | None]:
        found = self.names.resolve("crm.lead", ids, self.time, by_columns=by_columns)
        return {each: record.name for each, record in found.related.items()}

    def count(self, *methods: str) -> int:
        return sum(call.method in methods for call in self.table.calls)


def expected(ids: Sequence[int] = range(1, MANY + 1)) -> dict[int, str]:
    return {each: f"Lead {each}" for each in ids}


@pytest.mark.parametrize(
    ("table", "version", "method"),
    [
        (make_names_table(), 19, "formatted_read_group"),
        (make_names_table(PARTNER, column="complete_name"), 17, "read_group"),
        (make_names_table(["no", "matter"], store=True, column="display_name"), 14, "read_group"),
    ],
    ids=["name", "complete_name", "stored"],
)
def test_many_names_come_as_a_column_once_a_sample_agrees(table: Table, version: int, method: str) -> None:
    world = World(table, version)
    assert world.resolve(range(1, MANY // 2 + 1)) == expected(range(1, MANY // 2 + 1))
    assert [call.method for call in table.calls] == ["fields_get", "search_read", method, method]
    table.calls.clear()
    assert world.resolve() == expected()
    assert table.calls == [], "their neighbours came with them"


def test_names_that_lie_close_are_read_by_a_range_and_serve_later_pages() -> None:
    world = World(make_names_table())
    wanted = [each for each in range(1, MANY + 1) if each % 2]
    assert world.resolve(wanted) == expected(wanted)
    assert world.table.calls[-1].domain == [["id", ">=", 0], ["id", "<=", related_names.MAX_NAMES_PER_CALL - 1]]
    world.table.calls.clear()
    others = [each for each in range(2, wanted[-1]) if not each % 2]
    assert world.resolve(others) == expected(others)
    assert world.table.calls == []


def test_names_that_lie_far_apart_are_read_by_their_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(name_columns, "MAX_SPAN_PER_NAME", 1.5)
    world = World(make_names_table())
    wanted = [each for each in range(1, MANY + 1) if each % 2]
    assert world.resolve(wanted) == expected(wanted)
    assert world.table.calls[-1].domain == [["id", "in", wanted]]


def test_names_that_nobody_wanted_displace_no_wanted_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(related_names, "MAX_NAMES_PER_MODEL", MANY // 2)
    world = World(make_names_table())
    wanted = [each for each in range(1, MANY + 1) if each % 2]
    assert world.resolve(wanted) == expected(wanted)
    assert sorted(world.names._state("crm.lead").cached) == wanted


def test_a_range_is_read_by_one_thread() -> None:
    table, reading, may_go_on = make_names_table(), threading.Event(), threading.Event()

    def hold(call: Call, ids: list[int]) -> None:
        if call.domain and call.domain[0][1] == ">=":
            reading.set()
            assert may_go_on.wait(10)

    table.before = hold
    world = World(table)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(world.resolve, [each for each in range(1, MANY + 1) if each % 2])
        assert reading.wait(10)
        second = pool.submit(world.resolve, range(2, MANY // 2))
        may_go_on.set()
        assert len(first.result(10)) > 0
        assert second.result(10) == expected(range(2, MANY // 2))
    assert sum(call.domain[0][1] == ">=" for call in table.calls if call.domain) == 1


def test_few_names_and_those_of_a_verification_are_read_by_rows() -> None:
    world = World(make_names_table())
    assert world.resolve(range(1, FEW + 1)) == expected(range(1, FEW + 1))
    assert world.resolve(by_columns=False) == expected()
    assert world.count(*COLUMNS, "fields_get") == 0


@pytest.mark.parametrize(
    ("depends", "version"),
    [(["name", "date"], 19), ([*PARTNER, "job"], 19), ([], 19), (["name"], 14), (["name"], 16)],
    ids=["more", "more than a partner", "nothing", "made by a method in 14", "made by a method in 16"],
)
def test_names_that_are_made_of_more_are_read_by_rows(depends: list[str], version: int) -> None:
    world = World(make_names_table(depends), version)
    assert world.resolve() == expected()
    assert world.count(*COLUMNS) == 0


def test_names_that_differ_from_their_column_are_read_by_rows() -> None:
    table = make_names_table()
    for row in table.stored.values():
        row["display_name"] = f"{row['name']} (US)"
    world = World(table)
    assert world.resolve() == {each: f"Lead {each} (US)" for each in range(1, MANY + 1)}
    asked = world.count(*COLUMNS)
    world.names._state("crm.lead").cached.clear()
    world.resolve()
    assert world.count(*COLUMNS) == asked, "it is not tried again"


def test_a_record_that_is_renamed_during_the_proof_is_no_difference() -> None:
    table = make_names_table()
    renames = iter([True])

    def rename(call: Call, ids: list[int]) -> None:
        for row in table.stored.values() if call.method in COLUMNS and next(renames, False) else ():
            row["display_name"] = row["name"] = "renamed"

    table.before = rename
    world = World(table)
    assert world.resolve() == dict.fromkeys(range(1, MANY + 1), "renamed")
    assert world.count("search_read") == 2, "the sample, and the sample again"


def test_records_without_text_in_the_column_are_read_by_rows() -> None:
    table = make_names_table()
    table.stored[1] |= {"name": None, "display_name": "Draft"}
    table.stored[2] |= {"name": "", "display_name": False}
    world = World(table)
    assert world.resolve() == expected() | {1: "Draft", 2: None}


def test_a_record_that_odoo_does_not_show_is_left_unread() -> None:
    world = World(make_names_table())
    found = world.names.resolve("crm.lead", [*range(1, MANY + 1), 10**6], world.time, by_columns=True)
    assert found.unread_ids == {10**6}


def test_text_that_cannot_be_stored_is_read_by_rows() -> None:
    table = make_names_table()
    table.stored[1] |= {"name": "a\0b", "display_name": "ab"}
    table.spoil = lambda columns: None  # type: ignore[method-assign]
    world = World(table)
    world.names._state("crm.lead").columns._name, world.names._state("crm.lead").columns._is_proven = "name", True
    assert world.resolve()[1] == "ab"
    assert world.warnings == []


@pytest.mark.parametrize("kind", ["odoo.exceptions.AccessError", "builtins.ValueError", "builtins.MemoryError"])
def test_a_column_that_fails_leaves_the_names_to_rows_and_is_given_up_after_some_failures(kind: str) -> None:
    table = make_names_table()

    def fail(call: Call, ids: list[int]) -> None:
        if call.method in COLUMNS:
            raise ServerFault(kind, "no", 500)

    table.before = fail
    world = World(table)
    for _ in range(5):
        world.names._state("crm.lead").cached.clear()
        assert world.resolve() == expected()
    assert world.count(*COLUMNS) == 3


@pytest.mark.parametrize(
    ("ids", "texts"),
    [([1, 1], ["a", "b"]), ([1, 9], ["a", "b"]), ([1, 2], ["a"]), ([True], ["a"]), ([None], ["a"]), ([[1]], ["a"])],
    ids=["doubled", "not asked for", "short", "true", "NULL", "a list"],
)
def test_columns_that_are_not_the_names_are_broken(ids: list[object], texts: list[object]) -> None:
    with pytest.raises(BrokenColumnsError):
        make_names({"id": ids, "name": texts}, "name", [1, 2])


@pytest.mark.parametrize(
    ("column", "shown"), [("name", " a \n b "), ("display_name", " a \n b "), ("complete_name", "a\n b")]
)
def test_only_the_name_of_a_partner_is_tidied(column: str, shown: str) -> None:
    assert make_names({"id": [1, 2], column: [" a \n b ", " "]}, column, [1, 2])[1] == shown


@given(st.text(st.sampled_from(" \t\n\r\x1c\x85\u2003ab")))
def test_a_name_is_tidied_as_odoo_does(text: str) -> None:
    assert tidy_name(text) == re.sub(r"\s+\n", "\n", text).strip()
