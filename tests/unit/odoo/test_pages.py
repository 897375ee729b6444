"""A page is read whatever is wrong with it, and no row is lost in silence."""

from __future__ import annotations

import pytest
from urllib3.exceptions import ProtocolError

from odoo_sync_tui.core.entity import Entity, KnownRow
from odoo_sync_tui.core.errors import OdooContractError, OdooNoAnswerError, OdooPoisonRowError, RunCancelled
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.odoo.calls.page_size import (
    SLOW_CALL_SECONDS,
    AdaptivePageSize,
)
from odoo_sync_tui.odoo.errors.context import ServerFault, UnreadableXml
from odoo_sync_tui.odoo.rows.field_plan import FieldPlans
from odoo_sync_tui.odoo.rows.pages import EntityReader, PageReader
from odoo_sync_tui.odoo.rows.related_names import RelatedNameCache
from odoo_sync_tui.odoo.transport.http import Call
from odoo_sync_tui.runtime.cancel import CancelToken
from tests.unit.odoo.fakes import FakeTransport, ManualTime, make_caller, make_entity, make_transport


class World:
    """A transport, and what a fetch needs around it."""

    def __init__(self, transport: FakeTransport, entity: Entity, version: int = 19, page_size: int = 1000) -> None:
        self.transport = transport
        self.notices: list[Notice] = []
        self.time = ManualTime()
        caller = make_caller(transport, self.time)
        self.plans = FieldPlans(caller, self.notices.append, self.time)
        names = RelatedNameCache(caller, self.notices.append, page_size, version)
        size = AdaptivePageSize(page_size)
        self.source = EntityReader(entity, caller, self.plans, names, dict, version, size)

    def read(self, ids: list[int], token: CancelToken | None = None) -> PageReader:
        reader = PageReader(self.source, token or self.time)
        reader.read(ids)
        return reader


def rows_only(call: Call) -> bool:
    return call.method in {"search_read", "read"}


def test_a_good_page_is_one_call() -> None:
    world = World(make_transport(10), make_entity("name"))
    reader = world.read([1, 2, 3])
    assert {each: row["name"] for each, row in reader.rows.items()} == {1: "Lead 1", 2: "Lead 2", 3: "Lead 3"}
    assert world.transport.pages() == [[1, 2, 3]]
    assert all(call.options["context"] == {"active_test": False} for call in world.transport.calls)


def test_a_page_leaves_out_the_rows_that_are_known_and_names_them() -> None:
    world = World(make_transport(3), make_entity("name"))
    first = world.source.read_page([1, 2, 3], {}, world.time)
    assert [row["name"] for row in first.rows] == ["Lead 1", "Lead 2", "Lead 3"]
    known = {1: KnownRow(first.fingerprints[1], True), 2: KnownRow("another", True)}
    again = world.source.read_page([1, 2, 3], known, world.time)
    assert [row["name"] for row in again.rows] == ["Lead 2", "Lead 3"]
    assert again.unchanged_ids == {1}
    assert again.fingerprints == first.fingerprints


def test_deleted_rows_are_absent_and_that_is_all() -> None:
    world = World(make_transport(3), make_entity("name"))
    reader = world.read([2, 3, 4])
    assert sorted(reader.rows) == [2, 3]
    assert reader.rejected == []


def test_below_15_visible_ids_are_searched_before_they_are_read() -> None:
    world = World(make_transport(3), make_entity("name"), version=14)
    assert sorted(world.read([2, 3, 4]).rows) == [2, 3]
    assert [call.method for call in world.transport.calls if call.method != "fields_get"][:2] == ["search", "read"]


def test_a_page_that_is_too_big_is_halved_and_the_size_remembered() -> None:
    world = World(make_transport(100), make_entity("name"))

    def too_big(call: Call, ids: list[int]) -> None:
        if rows_only(call) and len(ids) > 30:
            raise ServerFault("builtins.MemoryError", "", 500)

    world.transport.before = too_big
    assert sorted(world.read(list(range(1, 101))).rows) == list(range(1, 101))
    assert world.source.page_size.size == 25
    world.transport.calls.clear()
    assert len(world.read(list(range(1, 101))).rows) == 100
    assert [len(page) for page in world.transport.pages()] == [25, 25, 25, 25]


def test_a_slow_server_is_asked_for_what_it_answers_in_time() -> None:
    world = World(make_transport(1000), make_entity("name"))

    def slow(call: Call, ids: list[int]) -> None:
        if rows_only(call):
            world.time.now += SLOW_CALL_SECONDS / 200 * len(ids)

    world.transport.before = slow
    assert len(world.read(list(range(1, 1001))).rows) == 1000
    world.transport.calls.clear()
    for _ in range(5):
        assert len(world.read(list(range(1, 1001))).rows) == 1000
    assert {len(page) for page in world.transport.pages()} == {100}, "half of what would take too long"


def test_a_connection_closed_twice_is_too_big() -> None:
    world = World(make_transport(8), make_entity("name"))

    def dies(call: Call, ids: list[int]) -> None:
        if rows_only(call) and len(ids) > 4:
            raise ProtocolError("Connection aborted.")

    world.transport.before = dies
    assert sorted(world.read(list(range(1, 9))).rows) == list(range(1, 9))
    assert [len(page) for page in world.transport.pages()] == [8, 8, 4, 4]


def test_a_server_that_is_silent_altogether_blames_no_row() -> None:
    world = World(make_transport(8), make_entity("name"))
    world.plans.get(world.source.entity)

    def silent(call: Call, ids: list[int]) -> None:
        raise ProtocolError("Connection aborted.")

    world.transport.before = silent
    world.transport.calls.clear()
    with pytest.raises(OdooNoAnswerError):
        world.read(list(range(1, 9)))
    assert [len(page) for page in world.transport.pages()] == [8, 8]
    small = [call for call in world.transport.calls if call.method == "search"]
    assert {call.options["limit"] for call in small} == {1}  # asked until the patience for one call is used up
    assert len(small) > 1


@pytest.mark.parametrize("ids", [[5], list(range(1, 9))], ids=["one row", "a page"])
@pytest.mark.parametrize("cut", [2, 3, 6])
def test_a_server_that_falls_silent_for_a_moment_costs_no_row(ids: list[int], cut: int) -> None:
    world = World(make_transport(8), make_entity("name"))
    world.plans.get(world.source.entity)
    left = iter(range(cut))

    def silent(call: Call, ids: list[int]) -> None:
        if next(left, None) is not None:
            raise ProtocolError("Connection aborted.")

    world.transport.before = silent
    reader = world.read(ids)
    assert sorted(reader.rows) == ids
    assert reader.rejected == []


def test_one_row_too_big_is_rejected_alone() -> None:
    world = World(make_transport(4), make_entity("name"))

    def dies(call: Call, ids: list[int]) -> None:
        if rows_only(call) and 3 in ids:
            raise ProtocolError("Connection aborted.")

    world.transport.before = dies
    reader = world.read([1, 2, 3, 4])
    assert sorted(reader.rows) == [1, 2, 4]
    assert [each.odoo_id for each in reader.rejected] == [3]


def poison(*bad: int):
    def check(call: Call, ids: list[int]) -> None:
        if rows_only(call) and set(bad) & set(ids):
            raise ServerFault("builtins.ValueError", "Expected singleton", 500)

    return check


def test_poison_rows_are_found_by_bisection_and_rejected_with_the_reason() -> None:
    world = World(make_transport(100), make_entity("name"))
    world.transport.before = poison(17, 80)
    reader = world.read(list(range(1, 101)))
    assert len(reader.rows) == 98
    assert [each.odoo_id for each in reader.rejected] == [17, 80]
    assert "ValueError: Expected singleton" in reader.rejected[0].reason
    assert world.source.page_size.size == 1000  # size was not at fault
    assert len(world.transport.pages()) < 40


def test_a_poison_row_that_was_deleted_meanwhile_is_simply_absent() -> None:
    world = World(make_transport(4), make_entity("name"))

    def missing(call: Call, ids: list[int]) -> None:
        if rows_only(call) and 3 in ids:
            if ids == [3]:
                del world.transport.stored[3]
            raise ServerFault("odoo.exceptions.MissingError", "Record does not exist", 404)

    world.transport.before = missing
    reader = world.read([1, 2, 3, 4])
    assert sorted(reader.rows) == [1, 2, 4]
    assert reader.rejected == []


def test_when_every_row_fails_it_is_not_the_rows() -> None:
    world = World(make_transport(1000), make_entity("name"))
    world.transport.before = poison(*range(1, 1001))
    with pytest.raises(OdooPoisonRowError):
        world.read(list(range(1, 1001)))
    assert len(world.transport.calls) < 300


def test_unreadable_xml_is_bisected_and_json_recommended() -> None:
    world = World(make_transport(4), make_entity("name"))

    def raw_control_character(call: Call, ids: list[int]) -> None:
        if rows_only(call) and 2 in ids:
            raise UnreadableXml

    world.transport.before = raw_control_character
    reader = world.read([1, 2, 3, 4])
    assert [each.odoo_id for each in reader.rejected] == [2]
    assert "JSON" in reader.rejected[0].reason


def forbid(*fields: str):
    def check(call: Call, ids: list[int]) -> None:
        if rows_only(call) and set(fields) & set(call.options["fields"]):  # type: ignore[call-overload]
            # as Odoo does, the error names another field than the one asked for
            raise ServerFault("odoo.exceptions.AccessError", 'no rights for the field "version_id"', 403)

    return check


def test_forbidden_fields_are_found_and_left_out_with_a_warning() -> None:
    world = World(make_transport(10, job="char", pay="float", team="char"), make_entity("name", "job", "pay", "team"))
    world.transport.before = forbid("job", "team")
    reader = world.read([1, 2, 3])
    assert sorted(reader.rows) == [1, 2, 3]
    assert sorted(reader.rows[1]) == ["id", "name", "pay"]
    assert reader.plan.missing_names == ("job", "team")
    assert [notice.message.split()[2] for notice in world.notices] == ["job", "team"]


def test_a_row_that_may_not_be_read_is_rejected_and_no_field_dropped() -> None:
    world = World(make_transport(8, job="char"), make_entity("name", "job"))

    def forbidden_row(call: Call, ids: list[int]) -> None:
        if rows_only(call) and 5 in ids:
            raise ServerFault("odoo.exceptions.AccessError", "not allowed to access a record", 403)

    world.transport.before = forbidden_row
    reader = world.read(list(range(1, 9)))
    assert [each.odoo_id for each in reader.rejected] == [5]
    assert reader.plan.missing_names == ()


def test_a_vanished_field_costs_one_look_at_the_field_list() -> None:
    world = World(make_transport(3, gone="char"), make_entity("name", "gone"))
    world.plans.get(world.source.entity)
    del world.transport.types["gone"]
    reader = world.read([1, 2, 3])
    assert sorted(reader.rows) == [1, 2, 3]
    assert reader.plan.missing_names == ("gone",)
    assert "gone" in world.notices[0].message


def test_a_call_that_odoo_never_understands_is_not_repeated() -> None:
    world = World(make_transport(3), make_entity("name"))

    def refuse(call: Call, ids: list[int]) -> None:
        if rows_only(call):
            raise ServerFault("builtins.TypeError", "got an unexpected keyword argument 'load'", 500)

    world.transport.before = refuse
    with pytest.raises(OdooContractError):
        world.read([1, 2, 3])
    assert len(world.transport.pages()) == 1


def test_rows_that_odoo_lists_but_does_not_show_are_rejected_not_lost() -> None:
    class Silent(FakeTransport):
        def _search_read(self, call: Call, ids: list[int]) -> object:
            return [row for row in super()._read(call, ids) if row["id"] != 2]  # type: ignore[attr-defined]

    base = make_transport(3)
    world = World(Silent(base.stored, base.types), make_entity("name"))
    reader = world.read([1, 2, 3])
    assert sorted(reader.rows) == [1, 3]
    assert [each.odoo_id for each in reader.rejected] == [2]


def test_a_cancel_is_seen_before_the_next_call() -> None:
    world = World(make_transport(3), make_entity("name"))
    world.plans.get(world.source.entity)
    world.transport.calls.clear()
    token = CancelToken()
    token.request("cancelled by anna")
    with pytest.raises(RunCancelled):
        world.read([1], token)
    assert world.transport.calls == []
