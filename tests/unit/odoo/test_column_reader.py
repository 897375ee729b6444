"""Columns are proved before they are used, once for everything that the proof depends on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from odoo_sync_tui.core.cursor import ColumnVerdict
from odoo_sync_tui.odoo.errors.context import ServerFault
from odoo_sync_tui.odoo.rows.field_plan import FieldPlan
from odoo_sync_tui.odoo.transport.http import Call
from tests.unit.odoo.columns_world import (
    COLUMNS,
    FEW,
    MANY,
    RowTable,
    World,
    as_odoo_reads,
    expected,
    make_table,
    make_world,
)
from tests.unit.odoo.fakes import make_entity


@pytest.mark.parametrize(("version", "method"), [(19, "formatted_read_group"), (14, "read_group")])
def test_a_block_is_read_by_columns_in_one_call_once_they_are_proved(version: int, method: str) -> None:
    world = make_world(version=version)
    world.prove()
    reader = world.read(range(1, MANY + 1))
    assert reader.rows == expected(range(1, MANY + 1))
    assert reader.ids_by_columns == reader.rows.keys()
    assert [call.method for call in world.transport.calls] == [method]


def test_few_rows_are_read_by_rows_and_need_no_proof() -> None:
    world = make_world()
    assert world.read(range(1, FEW + 1)).rows == expected(range(1, FEW + 1))
    assert world.count(*COLUMNS) == 0
    assert world.columns.verdict is None


def test_the_proof_reads_the_newest_the_oldest_the_archived_and_others_both_ways() -> None:
    world = make_world(make_table(active="boolean"), make_entity("name", "rank", "active"))
    world.read(range(1, MANY + 1))
    orders = [call.options.get("order") for call in world.transport.calls if call.options.get("fields") == ["id"]]
    assert orders == ["write_date desc, id desc", "id desc", "id"]
    archived = [call for call in world.transport.calls if ["active", "=", False] in (call.domain or [])]
    assert len(archived) == 1
    sampled = [ids for ids in world.transport.pages("formatted_read_group") if len(ids) < MANY]
    assert all(len(ids) >= 20 for ids in sampled)


def test_the_proof_may_be_made_before_the_first_of_many_rows_is_read() -> None:
    world = make_world()
    world.reader.prove_columns(FEW, world.time)
    assert world.methods() == {"fields_get"}
    world.reader.prove_columns(MANY, world.time)
    assert world.columns.is_proven
    assert world.count("formatted_read_group") == 1, "the columns that tell which are refused are compared too"
    world.transport.calls.clear()
    world.read(range(1, MANY + 1))
    assert [call.method for call in world.transport.calls] == ["formatted_read_group"]


def test_a_proof_ahead_that_fails_is_left_to_the_first_rows() -> None:
    def fail(call: Call, ids: list[int]) -> None:
        if call.method == "search_read":
            raise ServerFault("builtins.MemoryError", "no")

    world = make_world()
    world.transport.before = fail
    world.reader.prove_columns(MANY, world.time)
    assert world.columns.verdict is None
    world.transport.before = lambda call, ids: None
    assert world.read(range(1, MANY + 1)).ids_by_columns == set(range(1, MANY + 1))


def test_a_verdict_of_an_earlier_run_holds_while_its_basis_does() -> None:
    first = make_world()
    first.prove()
    again = make_world()
    again.columns.verdict = first.columns.verdict
    again.read(range(1, MANY + 1))
    assert again.count(*COLUMNS) == 1
    assert again.count("search_read") == 0
    other = make_world(basis="another")
    other.columns.verdict = first.columns.verdict
    other.read(range(1, MANY + 1))
    assert other.count(*COLUMNS) > 1
    assert other.columns.verdict == ColumnVerdict("another", ("name", "rank"))


def test_where_the_basis_is_unknown_columns_are_proved_in_each_connection() -> None:
    first = make_world(basis=None)
    first.prove()
    again = make_world(basis=None)
    again.columns.verdict = first.columns.verdict
    again.read(range(1, MANY + 1))
    assert again.count(*COLUMNS) > 1


def test_what_is_known_to_differ_still_does_where_the_basis_is_unknown() -> None:
    world = make_world(basis=None)
    world.columns.verdict = ColumnVerdict("unknown", ("rank",), ("name",))
    assert world.read(range(1, MANY + 1)).rows == expected(range(1, MANY + 1))
    assert world.columns.verdict == ColumnVerdict("unknown", ("rank",), ("name",))


def test_the_proof_is_made_once_for_all_pages() -> None:
    world = make_world()
    world.prove()
    world.read(range(1, MANY + 1))
    assert world.methods() == {"formatted_read_group"}


def test_a_field_that_differs_is_read_by_rows_and_named() -> None:
    table = as_odoo_reads(make_table())

    def censor(columns: dict[str, list[object]]) -> None:
        columns["name:array_agg"] = ["Busy" for _ in columns.get("name:array_agg", [])]

    world = World(table, make_entity("name", "rank"))
    table.spoil = censor  # type: ignore[method-assign]
    assert world.read(range(1, MANY + 1)).rows == expected(range(1, MANY + 1))
    assert world.columns.verdict == ColumnVerdict("basis", ("rank",), ("name",))
    assert ["name of crm.lead" in notice.message for notice in world.notices] == [True]


def test_a_type_that_differs_is_a_difference() -> None:
    table = as_odoo_reads(make_table())

    def as_text(columns: dict[str, list[object]]) -> None:
        if "rank:array_agg" in columns:
            columns["rank:array_agg"] = [value and float(str(value)) for value in columns["rank:array_agg"]]

    world = World(table, make_entity("name", "rank"))
    table.spoil = as_text  # type: ignore[method-assign]
    world.read(range(1, MANY + 1))
    assert world.columns.verdict == ColumnVerdict("basis", ("name",), ("rank",))


def test_a_row_that_changes_during_the_proof_is_no_difference() -> None:
    world = make_world()
    changes = iter([True])

    def change(call: Call, ids: list[int]) -> None:
        if call.method in COLUMNS and len(call.options["aggregates"]) > 2 and world.count("search_read") > 3:  # type: ignore[arg-type]
            for each in world.transport.stored if next(changes, False) else ():
                world.transport.stored[each]["name"] = "renamed"

    world.transport.before = change
    world.read(range(1, MANY + 1))
    assert not list(changes)
    assert world.columns.verdict == ColumnVerdict("basis", ("name", "rank"))
    assert world.notices == []


def test_a_field_without_a_column_is_read_by_rows_and_joined() -> None:
    table = make_table(tags="many2many", note="char")
    for each in table.stored:
        table.stored[each] |= {"tags": [each], "note": f"Note {each}"}
    world = make_world(table, make_entity("name", "rank", "tags", "note"))
    world.prove()
    reader = world.read(range(1, MANY + 1))
    assert reader.rows == {
        each: row | {"tags": [each], "note": f"Note {each}"} for each, row in expected(range(1, MANY + 1)).items()
    }
    assert [call.options["fields"] for call in world.transport.calls if call.method == "search_read"] == [
        ["id", "tags", "note"]
    ]


def test_a_translated_field_is_read_by_rows_where_its_column_has_one_language() -> None:
    for has_translations, fields in ((False, ("rank",)), (True, ("name", "rank"))):
        table = make_table()
        table.types["name"] |= {"translate": True}
        world = make_world(table)
        world.columns.has_translations = has_translations
        assert world.read(range(1, MANY + 1)).rows == expected(range(1, MANY + 1))
        assert world.columns.verdict == ColumnVerdict("basis", fields)


def test_where_calls_are_limited_no_block_takes_two() -> None:
    joined = make_world(make_table(note="char"), make_entity("name", "note"))
    joined.columns.is_rate_limited = True
    joined.prove()
    joined.read(range(1, MANY + 1))
    assert joined.count(*COLUMNS) == 0
    hopeless = make_world(make_table(tags="many2many"), make_entity("name", "tags"))
    hopeless.columns.is_rate_limited = True
    hopeless.read(range(1, MANY + 1))
    assert hopeless.count(*COLUMNS) == 0
    whole = make_world()
    whole.columns.is_rate_limited = True
    whole.prove()
    whole.read(range(1, MANY + 1))
    assert whole.methods() == {"formatted_read_group"}


def test_a_refused_field_is_found_and_read_by_rows_without_a_warning() -> None:
    world = make_world()

    def refuse(call: Call, ids: list[int]) -> None:
        if call.method in COLUMNS and "rank:array_agg" in call.options["aggregates"]:  # type: ignore[operator]
            raise ServerFault("odoo.exceptions.AccessError", "no rights", 403)

    world.transport.before = refuse
    assert world.read(range(1, MANY + 1)).rows == expected(range(1, MANY + 1))
    assert world.columns.verdict == ColumnVerdict("basis", ("name",))
    assert world.notices == []


def test_a_model_that_refuses_columns_is_read_by_rows_and_asked_no_more() -> None:
    world = make_world()

    def refuse(call: Call, ids: list[int]) -> None:
        if call.method in COLUMNS:
            raise ServerFault("odoo.exceptions.AccessError", "not available for attachments", 403)

    world.transport.before = refuse
    assert world.read(range(1, MANY + 1)).rows == expected(range(1, MANY + 1))
    assert world.columns.verdict == ColumnVerdict("basis", ())
    asked = world.count(*COLUMNS)
    world.read(range(1, MANY + 1))
    assert world.count(*COLUMNS) == asked


def test_a_plan_with_other_fields_is_proved_anew() -> None:
    world = make_world()
    world.prove()
    old: FieldPlan = world.plans.get(world.reader.entity)
    world.plans._plans[world.reader.entity.id] = replace(old)
    world.basis = "another"
    world.read(range(1, MANY + 1))
    assert world.columns.verdict == ColumnVerdict("another", ("name", "rank"))


class ComputingTable(RowTable):
    """Answers columns also of a field that is not stored, and counts its twenties."""

    def _column(self, name: str, ids: list[int]) -> list[object]:
        if name == "twenties":
            return [each // 20 for each in reversed(ids)]
        return super()._column(name, ids)


def make_computing_world() -> World:
    table = make_table(twenties="integer", note="char")
    for each in table.stored:
        table.stored[each] |= {"twenties": each // 20, "note": f"Note {each}"}
    return World(ComputingTable(table.stored, table.types), make_entity("name", "rank", "twenties", "note"))


def test_a_field_that_is_not_stored_is_read_by_columns_where_odoo_computes_it_in_sql() -> None:
    world = make_computing_world()
    world.prove()
    assert world.columns.verdict == ColumnVerdict("basis", ("name", "rank", "twenties"))
    rows = world.read(range(1, MANY + 1)).rows
    assert {each: row["twenties"] for each, row in rows.items()} == {each: each // 20 for each in range(1, MANY + 1)}
    assert [call.options["fields"] for call in world.transport.calls if call.method == "search_read"] == [
        ["id", "note"]
    ]
    assert world.notices == []


def test_rows_that_columns_leave_out_are_named_once_and_read_by_rows() -> None:
    table = as_odoo_reads(make_table())
    world = World(table, make_entity("name", "rank"))
    table.spoil = lambda columns: [values.pop() for values in columns.values()]  # type: ignore[method-assign]
    assert world.read(range(1, MANY + 1)).rows == expected(range(1, MANY + 1))
    assert world.columns.verdict == ColumnVerdict("basis", (), ("id",))
    assert ["list of rows of crm.lead" in notice.message for notice in world.notices] == [True]


def lie(world: World, name: str, number: int, value: object) -> None:
    """Have the columns say something else of one row."""

    def spoil(columns: dict[str, list[object]]) -> None:
        if f"{name}:array_agg" in columns and number in columns["id:array_agg"]:
            columns[f"{name}:array_agg"][columns["id:array_agg"].index(number)] = value

    world.transport.spoil = spoil  # type: ignore[attr-defined]


def find_differing(world: World, ids: list[int]) -> ColumnVerdict | None:
    plan = world.plans.get(world.reader.entity)
    return world.columns.find_differing(ids, plan, world.reader.read_sample, (), world.time)


def test_a_field_that_differs_in_some_rows_is_found_by_reading_those_both_ways() -> None:
    world = make_world()
    world.prove()
    lie(world, "name", 7, "Busy")
    assert find_differing(world, [8, 9]) is None
    assert find_differing(world, [7, 8, 9]) == ColumnVerdict("basis", ("rank",), ("name",))
    assert find_differing(world, [7]) is None, "it is no longer read by columns"
    reader = world.read(range(1, MANY + 1))
    assert reader.rows == expected(range(1, MANY + 1))


def test_nothing_differs_where_columns_are_not_in_use_or_do_not_answer() -> None:
    world = make_world()
    assert find_differing(world, [7]) is None, "there is no verdict yet"
    world.prove()
    verdict = world.columns.verdict
    world.transport.spoil = lambda columns: [values.pop() for values in columns.values()]  # type: ignore[attr-defined]
    assert find_differing(world, [7, 8]) is None
    world.basis = "another"
    assert find_differing(world, [7, 8]) is None
    assert world.columns.verdict == verdict


def test_a_field_that_is_known_to_differ_is_named_in_each_run_that_reads_by_columns() -> None:
    world = make_world()
    world.columns.verdict = ColumnVerdict("basis", ("rank",), ("name",))
    assert world.read(range(1, MANY + 1)).rows == expected(range(1, MANY + 1))
    assert ["name of crm.lead" in notice.message for notice in world.notices] == [True]
