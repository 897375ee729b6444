"""The connector on an Odoo that answers over HTTP: the demo Odoo in all its dialects, and a real one where named.

A real Odoo is named by ODOO_TEST_URL, ODOO_TEST_DB, ODOO_TEST_LOGIN and ODOO_TEST_KEY; it is only read.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr

from odoo_sync_tui.core.cancel import CancelToken
from odoo_sync_tui.core.entity import Block, Entity, Page, Related, Row
from odoo_sync_tui.core.errors import (
    OdooAccessError,
    OdooMissingModelError,
    OdooSetupError,
    OdooTransientError,
    RunCancelled,
)
from odoo_sync_tui.demo import Call, DemoOdoo, faults
from odoo_sync_tui.entities import accounts, departments, invoices, opportunities, users
from odoo_sync_tui.odoo import retry
from odoo_sync_tui.odoo.config import OdooConfig, Protocol
from odoo_sync_tui.odoo.connector import OdooConnector

ENTITIES = tuple(module.ENTITY for module in (departments, users, accounts, opportunities, invoices))
ACCOUNTS, LEADS, INVOICES, USERS = accounts.ENTITY, opportunities.ENTITY, invoices.ENTITY, users.ENTITY
SPOKEN = [
    (19, Protocol.JSON2),
    (19, Protocol.JSONRPC),
    (19, Protocol.XMLRPC),
    (17, Protocol.JSONRPC),
    (17, Protocol.XMLRPC),
    (14, Protocol.JSONRPC),
    (14, Protocol.XMLRPC),
]


def config_of(demo: DemoOdoo, protocol: Protocol = Protocol.AUTO, page_size: int = 50) -> OdooConfig:
    return OdooConfig(
        demo.url, demo.database, demo.username, SecretStr(demo.api_key), protocol,
        timeout_seconds=20, retry_seconds=20, page_size=page_size,
    )  # fmt: skip


@pytest.fixture
def demo() -> Iterator[DemoOdoo]:
    with DemoOdoo(records=200, dialect=19) as demo:
        yield demo


@pytest.fixture
def odoo(demo: DemoOdoo) -> Iterator[OdooConnector]:
    with OdooConnector(config_of(demo)) as connector:
        yield connector


def census(odoo: OdooConnector, entity: Entity) -> list[int]:
    return list(odoo.census(entity, 0, 100_000))


def pages(odoo: OdooConnector, entity: Entity, ids: list[int], size: int = 50) -> list[Page]:
    tasks = [ids[start : start + size] for start in range(0, len(ids), size)]
    return [page for _, page in odoo.fetch(entity, tasks, lambda task: task)]


def rows(odoo: OdooConnector, entity: Entity) -> dict[object, Row]:
    return {row["id"]: row for page in pages(odoo, entity, census(odoo, entity)) for row in page.rows}


def domain_of(entity: Entity) -> list[object]:
    return [list(leaf) for leaf in entity.domain]  # type: ignore[call-overload]


# ------------------------------------------------------------------------------------------------ reading


@pytest.mark.parametrize(("dialect", "protocol"), SPOKEN)
def test_every_dialect_and_protocol_gives_every_row_once(dialect: int, protocol: Protocol) -> None:
    with DemoOdoo(records=120, dialect=dialect) as demo, OdooConnector(config_of(demo, protocol)) as odoo:
        for entity in ENTITIES:
            basis = odoo.prepare(entity)
            expected = demo.ids(entity.model, domain_of(entity))
            found = rows(odoo, entity)
            assert list(found) == expected
            assert odoo.count(entity) == len(expected)
            wanted = {"id", *entity.fields} - set(basis.missing_fields)
            assert all(set(row) == wanted for row in found.values())
        assert odoo.retries == 0


def test_all_protocols_of_a_server_give_the_same_rows(demo: DemoOdoo) -> None:
    def all_rows(protocol: Protocol) -> list[dict[object, Row]]:
        with OdooConnector(config_of(demo, protocol)) as odoo:
            return [rows(odoo, entity) for entity in ENTITIES]

    assert all_rows(Protocol.JSON2) == all_rows(Protocol.JSONRPC) == all_rows(Protocol.XMLRPC)


def test_values_have_the_types_of_a_row(odoo: OdooConnector) -> None:
    leads = rows(odoo, LEADS).values()
    money = [row["expected_revenue"] for row in leads if row["expected_revenue"]]
    assert money
    assert all(isinstance(each, Decimal) and each.as_tuple().exponent == -2 for each in money)
    assert all(isinstance(row["create_date"], datetime) and row["create_date"].tzinfo is UTC for row in leads)
    assert {type(row["active"]) for row in leads} == {bool}
    partners = {row["partner_id"] for row in leads}
    assert None in partners
    assert all(isinstance(each, Related) and each.name for each in partners if each is not None)


def test_archived_rows_are_part_of_everything(demo: DemoOdoo, odoo: OdooConnector) -> None:
    archived = census(odoo, ACCOUNTS)[3]
    demo.archive("res.partner", archived)
    assert archived in census(odoo, ACCOUNTS)
    assert rows(odoo, ACCOUNTS)[archived]["active"] is False
    assert archived in odoo.changed(ACCOUNTS, Block(0, None), datetime.now(UTC) - timedelta(minutes=1))


def test_census_walks_in_steps(odoo: OdooConnector) -> None:
    whole = census(odoo, ACCOUNTS)
    first = odoo.census(ACCOUNTS, 0, 30)
    assert [*first, *odoo.census(ACCOUNTS, first[-1], 100_000)] == whole
    assert odoo.census(ACCOUNTS, whole[-1], 10) == ()


def test_a_domain_narrows_count_census_and_changed(odoo: OdooConnector) -> None:
    few = (("id", "<=", census(odoo, ACCOUNTS)[9]),)
    assert odoo.count(ACCOUNTS, few) == len(odoo.census(ACCOUNTS, 0, 1000, few)) == 10
    assert len(odoo.changed(ACCOUNTS, Block(0, None), datetime(2000, 1, 1, tzinfo=UTC), few)) == 10


@pytest.mark.parametrize("dialect", [14, 19])
def test_changed_finds_what_was_written_since_and_the_newest_date(dialect: int) -> None:
    with DemoOdoo(records=60, dialect=dialect) as demo, OdooConnector(config_of(demo)) as odoo:
        before = odoo.newest_write_date(LEADS)
        assert before is not None
        one, two = census(odoo, LEADS)[5:7]
        demo.change("crm.lead", one, {"name": "changed"})
        demo.change("crm.lead", two, {"name": "changed"})
        newest = odoo.newest_write_date(LEADS)
        assert newest is not None
        assert newest > before
        assert odoo.changed(LEADS, Block(0, None), newest) == (one, two)
        assert odoo.changed(LEADS, Block(one, two), newest) == (two,)
        assert odoo.changed(LEADS, Block(0, one), newest) == (one,)


def test_a_stamp_of_the_future_is_cut_back_to_the_servers_clock(demo: DemoOdoo, odoo: OdooConnector) -> None:
    ahead = datetime.now(UTC) + timedelta(days=1)
    demo.change("crm.lead", census(odoo, LEADS)[0], {"write_date": ahead})
    newest = odoo.newest_write_date(LEADS)
    assert newest is not None
    assert newest < datetime.now(UTC) + timedelta(minutes=6)


def test_a_changed_version_changes_its_employee(demo: DemoOdoo, odoo: OdooConnector) -> None:
    version = demo.ids("hr.version")[4]
    employee = demo.value("hr.version", version, "employee_id")
    since = datetime.now(UTC) + timedelta(seconds=1)
    demo.change("hr.version", version, {"write_date": since})
    assert odoo.changed(USERS, Block(0, None), since) == (employee,)
    assert employee is not None
    assert odoo.changed(USERS, Block(int(employee), None), since) == ()  # type: ignore[call-overload]


def test_rows_deleted_meanwhile_are_absent(demo: DemoOdoo, odoo: OdooConnector) -> None:
    ids = census(odoo, LEADS)[:20]
    demo.delete("crm.lead", ids[7])
    [page] = pages(odoo, LEADS, ids)
    assert [row["id"] for row in page.rows] == ids[:7] + ids[8:]
    assert page.rejected == ()


def test_names_are_asked_once_per_related_record(demo: DemoOdoo, odoo: OdooConnector) -> None:
    rows(odoo, LEADS)
    asked = sum(call.rows for call in demo.calls if call.model == "res.partner")
    assert asked == len({row["partner_id"] for row in rows(odoo, LEADS).values()} - {None})
    assert asked == sum(call.rows for call in demo.calls if call.model == "res.partner")


def test_the_fetch_methods_give_all_rows(demo: DemoOdoo, odoo: OdooConnector) -> None:
    methods: list[tuple[Callable[[], Iterator[Page]], Entity]] = [
        (odoo.fetch_departments, departments.ENTITY),
        (odoo.fetch_users, USERS),
        (odoo.fetch_accounts, ACCOUNTS),
        (odoo.fetch_opportunities, LEADS),
        (odoo.fetch_invoices, INVOICES),
    ]
    for method, entity in methods:
        found = [row["id"] for page in method() for row in page.rows]
        assert found == demo.ids(entity.model, domain_of(entity))
    few = census(odoo, LEADS)[:3]
    assert [row["id"] for page in odoo.fetch_opportunities(few) for row in page.rows] == few


def test_never_more_calls_at_once_than_allowed(demo: DemoOdoo) -> None:
    config = replace(config_of(demo, page_size=5), calls_in_flight=2)
    with OdooConnector(config) as odoo:
        pages(odoo, LEADS, census(odoo, LEADS), size=5)
    assert demo.peak_calls <= 2


# ------------------------------------------------------------------------------------------------ the fingerprints


def test_the_basis_tells_what_reading_depends_on(demo: DemoOdoo) -> None:
    with OdooConnector(config_of(demo)) as first, OdooConnector(config_of(demo)) as again:
        assert first.prepare(LEADS) == again.prepare(LEADS)
        assert first.prepare(LEADS).basis != first.prepare(ACCOUNTS).basis
        fewer = first.prepare(replace(LEADS, name="few", fields=LEADS.fields[:5]))
        assert fewer.basis != first.prepare(LEADS).basis
        assert fewer.access == first.prepare(LEADS).access
    with OdooConnector(config_of(demo, Protocol.XMLRPC)) as other:
        assert other.prepare(LEADS).access == fewer.access
        assert other.prepare(LEADS).basis != fewer.basis


@pytest.mark.parametrize("fault", [faults.VanishedField, faults.ForbiddenField])
def test_the_basis_follows_a_field_that_is_lost_on_the_way(
    demo: DemoOdoo, odoo: OdooConnector, fault: type[faults.VanishedField | faults.ForbiddenField]
) -> None:
    before = odoo.prepare(LEADS)
    assert before == odoo.basis(LEADS)
    assert before.fields == tuple(sorted({"id", *LEADS.fields} - set(before.missing_fields)))
    with demo.faults.on(fault(model="crm.lead", name="priority")):
        rows(odoo, LEADS)
        demo.calls.clear()
        after = odoo.basis(LEADS)
        assert not demo.calls
        with OdooConnector(config_of(demo)) as again:
            assert again.prepare(LEADS) == after
    assert set(before.fields) - set(after.fields) == {"priority"}
    assert before.basis != after.basis
    assert before.access == after.access


def test_an_upgrade_under_a_running_program_does_not_touch_what_it_is_doing(
    odoo: OdooConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = odoo.prepare(LEADS)
    monkeypatch.setattr(Path, "read_bytes", lambda _: b"another version of the code")
    assert odoo.basis(LEADS) == before


def test_the_servers_clock_is_known(demo: DemoOdoo) -> None:
    ahead = timedelta(days=400)
    with DemoOdoo(records=20, clock=lambda: datetime.now(UTC) + ahead) as other:
        odoo = OdooConnector(config_of(other))
        assert odoo.server_time is None
        with odoo:
            assert odoo.server_time is not None
            assert abs(odoo.server_time - datetime.now(UTC) - ahead) < timedelta(minutes=5)
        assert odoo.server_time is None


# ------------------------------------------------------------------------------------------------ trouble


@pytest.mark.parametrize("protocol", [Protocol.JSON2, Protocol.JSONRPC, Protocol.XMLRPC])
@pytest.mark.parametrize(
    "fault",
    [
        faults.HttpStatus(status=503, times=2),
        faults.HttpStatus(status=429, retry_after="1", times=1),
        faults.HtmlBody(times=1),
        faults.TruncatedBody(times=1),
        faults.ResetBefore(times=1),
        faults.ResetMidBody(times=1),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_passing_trouble_is_retried_and_counted(demo: DemoOdoo, protocol: Protocol, fault: faults.Fault) -> None:
    told: list[Exception] = []
    with OdooConnector(config_of(demo, protocol), on_retry=lambda error, pause: told.append(error)) as odoo:
        ids = census(odoo, LEADS)
        with demo.faults.on(replace(fault, model="crm.lead", method="search_read")):
            found = [row["id"] for page in pages(odoo, LEADS, ids) for row in page.rows]
        assert found == ids
        assert odoo.retries == len(told) == fault.times


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "FIRST_PAUSE", 0.0)


TOO_BIG = pytest.mark.parametrize("too_big", [faults.DisconnectAbove, faults.MemoryAbove])


@pytest.mark.parametrize("fault", [faults.DisconnectAbove(rows=12), faults.MemoryAbove(rows=12)])
def test_pages_that_are_too_big_are_halved(demo: DemoOdoo, fault: faults.Fault) -> None:
    with OdooConnector(config_of(demo)) as odoo:
        ids = census(odoo, LEADS)[:50]
        with demo.faults.on(replace(fault, model="crm.lead", method="search_read")):
            [page] = pages(odoo, LEADS, ids)
    assert [row["id"] for row in page.rows] == ids
    assert page.rejected == ()


@TOO_BIG
@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize("rows", [40, 1])
def test_a_census_that_is_too_big_is_asked_in_smaller_parts(
    demo: DemoOdoo, odoo: OdooConnector, too_big: type[faults.MemoryAbove | faults.DisconnectAbove], rows: int
) -> None:
    whole = census(odoo, ACCOUNTS)
    demo.calls.clear()
    with demo.faults.on(too_big(rows=rows, model="res.partner", method="search")):
        assert list(odoo.census(ACCOUNTS, 0, 150)) == whole[:150]
        asked = len(demo.calls)
        assert list(odoo.census(ACCOUNTS, whole[9], 10)) == whole[10:20]
    if rows > 10:
        assert len(demo.calls) == asked + 1, "the size that works is remembered"


@TOO_BIG
@pytest.mark.usefixtures("no_pauses")
def test_changes_that_are_too_many_are_asked_in_smaller_parts(
    demo: DemoOdoo, odoo: OdooConnector, too_big: type[faults.MemoryAbove | faults.DisconnectAbove]
) -> None:
    long_ago = datetime(2000, 1, 1, tzinfo=UTC)
    whole = odoo.changed(USERS, Block(0, None), long_ago)
    assert len(whole) > 14
    struck = [too_big(rows=7, model="hr.employee", method="search"), too_big(rows=7, model="hr.version")]
    with demo.faults.on(*struck):
        assert odoo.changed(USERS, Block(0, None), long_ago) == whole


@pytest.mark.usefixtures("no_pauses")
def test_a_server_that_is_silent_is_not_asked_for_less_and_less(demo: DemoOdoo) -> None:
    with OdooConnector(replace(config_of(demo), retry_seconds=0)) as hasty:
        demo.calls.clear()
        with demo.faults.on(faults.ResetBefore(model="res.partner")), pytest.raises(OdooTransientError):
            hasty.census(ACCOUNTS, 0, 150)
    assert 2 <= len(demo.calls) <= 3  # the census, then one small question


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize("model", ["crm.lead", "res.partner"])
def test_a_server_that_is_silent_for_a_moment_is_waited_for(demo: DemoOdoo, model: str) -> None:
    with OdooConnector(config_of(demo)) as odoo, demo.faults.on(faults.ResetBefore(model=model, times=5)):
        read = pages(odoo, LEADS, census(odoo, LEADS))
    assert [row["id"] for page in read for row in page.rows] == demo.ids("crm.lead")
    assert not any(page.rejected or page.incomplete for page in read)


@TOO_BIG
@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize("rows", [7, 1])
def test_names_that_are_too_many_are_asked_in_smaller_parts(
    demo: DemoOdoo, odoo: OdooConnector, too_big: type[faults.MemoryAbove | faults.DisconnectAbove], rows: int
) -> None:
    ids = census(odoo, LEADS)[:50]
    [whole] = pages(odoo, LEADS, ids)
    with OdooConnector(config_of(demo)) as again, demo.faults.on(too_big(rows=rows, model="res.partner")):
        [page] = pages(again, LEADS, ids)
    assert page == whole
    assert page.incomplete == frozenset()


@pytest.mark.parametrize("protocol", [Protocol.JSON2, Protocol.JSONRPC, Protocol.XMLRPC])
def test_a_poison_row_is_set_aside_alone(demo: DemoOdoo, protocol: Protocol) -> None:
    with OdooConnector(config_of(demo, protocol)) as odoo:
        ids = census(odoo, LEADS)[:50]
        bad = faults.PoisonRow(model="crm.lead", number=ids[17])
        with demo.faults.on(bad):
            [page] = pages(odoo, LEADS, ids)
    assert [row["id"] for row in page.rows] == ids[:17] + ids[18:]
    assert [each.odoo_id for each in page.rejected] == [ids[17]]
    assert "Expected singleton" in page.rejected[0].reason


def test_a_value_of_the_wrong_type_is_set_aside_with_its_field(demo: DemoOdoo, odoo: OdooConnector) -> None:
    ids = census(odoo, LEADS)[:10]
    wrong = faults.WrongValue(model="crm.lead", number=ids[4], field_name="create_date", value=17)
    with demo.faults.on(wrong):
        [page] = pages(odoo, LEADS, ids)
    assert len(page.rows) == 9
    assert [(each.odoo_id, each.reason) for each in page.rejected] == [
        (ids[4], "Field create_date: expected a date and time in UTC, got 17.")
    ]


@pytest.mark.parametrize("dialect", [14, 19])
def test_control_characters_over_xml_cost_a_row_at_most_and_nothing_over_json(dialect: int) -> None:
    with DemoOdoo(records=60, dialect=dialect) as demo:
        with OdooConnector(config_of(demo, Protocol.JSONRPC)) as odoo:
            ids = census(odoo, LEADS)[:30]
            demo.change("crm.lead", ids[3], {"name": "a\x1b[31mb"})
            [page] = pages(odoo, LEADS, ids)
            assert page.rows[3]["name"] == "a\x1b[31mb"
        with OdooConnector(config_of(demo, Protocol.XMLRPC)) as odoo:
            [page] = pages(odoo, LEADS, ids)
    if dialect == 19:  # the server removes them
        assert page.rows[3]["name"] == "a[31mb"
    else:
        assert [each.odoo_id for each in page.rejected] == [ids[3]]
        assert "JSON" in page.rejected[0].reason
    assert len(page.rows) + len(page.rejected) == 30


def test_a_forbidden_field_is_dropped_with_a_warning(demo: DemoOdoo, odoo: OdooConnector) -> None:
    with demo.faults.on(faults.ForbiddenField(model="hr.employee", name="job_title")):
        basis = odoo.prepare(USERS)
        found = rows(odoo, USERS)
    assert "job_title" in basis.missing_fields
    assert len(found) == demo.expected("hr.employee")
    assert all("job_title" not in row and row["name"] for row in found.values())
    assert any("job_title" in notice.message for notice in odoo.warnings)


def test_a_field_that_vanishes_during_a_run_is_dropped(demo: DemoOdoo, odoo: OdooConnector) -> None:
    odoo.prepare(LEADS)
    with demo.faults.on(faults.VanishedField(model="crm.lead", name="priority")):
        found = rows(odoo, LEADS)
    assert len(found) == demo.expected("crm.lead")
    assert all("priority" not in row for row in found.values())


def test_a_missing_application_and_a_missing_right_are_told_apart(demo: DemoOdoo, odoo: OdooConnector) -> None:
    with (
        demo.faults.on(faults.MissingModel(model="crm.lead")),
        pytest.raises(OdooMissingModelError, match=r"crm\.lead"),
    ):
        odoo.prepare(LEADS)
    with demo.faults.on(faults.NoRight(model="crm.lead")), pytest.raises(OdooAccessError, match=r"crm\.lead"):
        odoo.prepare(LEADS)


def test_names_that_may_not_be_read_leave_the_ids(demo: DemoOdoo, odoo: OdooConnector) -> None:
    with demo.faults.on(faults.NoRight(model="crm.stage")):
        found = rows(odoo, LEADS)
    stages = {row["stage_id"] for row in found.values()} - {None}
    assert stages
    assert all(page.incomplete == frozenset() for page in pages(odoo, LEADS, list(found)))  # type: ignore[arg-type]
    assert all(isinstance(each, Related) and each.name is None for each in stages)
    assert [notice.message for notice in odoo.warnings] == [
        "The names of crm.stage cannot be read; documents hold only the ids."
    ]


def leads_by_partner(odoo: OdooConnector) -> tuple[int, frozenset[object]]:
    """A partner to whom leads belong, and the ids of those leads."""
    found = rows(odoo, LEADS)
    partner = next(row["partner_id"] for row in found.values() if row["partner_id"])
    assert isinstance(partner, Related)
    return partner.id, frozenset(each for each, row in found.items() if row["partner_id"] == partner)


@pytest.mark.parametrize(
    "fault",
    [
        lambda partner: faults.PoisonRow(model="res.partner", number=partner, field_name="display_name"),
        lambda partner: faults.HideIds(model="res.partner", ids=[partner]),
    ],
    ids=["fails", "hidden"],
)
def test_rows_whose_related_name_is_not_told_are_incomplete(
    demo: DemoOdoo, odoo: OdooConnector, fault: Callable[[int], faults.Fault]
) -> None:
    partner, leads = leads_by_partner(odoo)
    with OdooConnector(config_of(demo)) as again:
        with demo.faults.on(fault(partner)):
            read = pages(again, LEADS, census(again, LEADS))
        assert frozenset[object]().union(*(page.incomplete for page in read)) == leads
        found = [row["partner_id"] for page in read for row in page.rows if row["id"] in leads]
        assert found == [Related(partner, None)] * len(leads)


def test_a_name_that_failed_is_read_by_a_later_page_of_the_same_run(demo: DemoOdoo, odoo: OdooConnector) -> None:
    partner, leads = leads_by_partner(odoo)
    lead = [int(str(each)) for each in leads][:1]
    with OdooConnector(config_of(demo)) as again:
        with demo.faults.on(faults.PoisonRow(model="res.partner", number=partner, field_name="display_name")):
            [page] = pages(again, LEADS, lead)
        assert page.incomplete == frozenset(lead)
        [page] = pages(again, LEADS, lead)
    assert page.incomplete == frozenset()
    name = page.rows[0]["partner_id"]
    assert isinstance(name, Related)
    assert name.name == demo.value("res.partner", partner, "display_name")


def test_a_server_without_versions_has_nothing_to_watch(demo: DemoOdoo, odoo: OdooConnector) -> None:
    with demo.faults.on(faults.MissingModel(model="hr.version")):
        assert odoo.newest_write_date(USERS) is not None
        assert odoo.changed(USERS, Block(0, None), datetime(2000, 1, 1, tzinfo=UTC)) == tuple(census(odoo, USERS))
    assert odoo.warnings == []


def test_records_that_a_rule_hides_are_absent(demo: DemoOdoo, odoo: OdooConnector) -> None:
    ids = census(odoo, LEADS)[:10]
    with demo.faults.on(faults.HideIds(model="crm.lead", ids=ids[:2])):
        [page] = pages(odoo, LEADS, ids)
    assert [row["id"] for row in page.rows] == ids[2:]
    assert page.rejected == ()


# ------------------------------------------------------------------------------------------------ connecting


@pytest.mark.parametrize("protocol", [Protocol.JSON2, Protocol.JSONRPC, Protocol.XMLRPC])
def test_a_wrong_key_is_tried_once_and_never_told(demo: DemoOdoo, protocol: Protocol) -> None:
    wrong = "f" * 40
    config = replace(config_of(demo, protocol), api_key=SecretStr(wrong))
    with pytest.raises(OdooSetupError, match="refused the login of admin") as caught:
        OdooConnector(config).connect()
    assert wrong not in str(caught.value)
    logins = [call for call in demo.calls if call.method in {"authenticate", "context_get"}]
    assert len(logins) <= 1


@pytest.mark.parametrize("protocol", [Protocol.JSON2, Protocol.JSONRPC, Protocol.XMLRPC])
def test_an_unknown_database_is_told(demo: DemoOdoo, protocol: Protocol) -> None:
    with pytest.raises(OdooSetupError, match="nodb"):
        OdooConnector(replace(config_of(demo, protocol), database="nodb")).connect()


def test_a_password_speaks_json_rpc(demo: DemoOdoo) -> None:
    with OdooConnector(replace(config_of(demo), api_key=SecretStr(demo.password))) as odoo:
        assert odoo.connect().protocol == "JSON-RPC"
        assert len(rows(odoo, departments.ENTITY)) == demo.expected("hr.department")


def test_a_closed_port_is_passing_trouble_and_told_at_once_without_patience() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    odoo = OdooConnector(OdooConfig(url, "demo", "admin", SecretStr("k"), retry_seconds=0))
    with pytest.raises(OdooTransientError, match="refuses the connection"):
        odoo.connect()
    assert odoo.retries == 0


def test_a_key_that_expires_ends_the_run(demo: DemoOdoo, odoo: OdooConnector) -> None:
    demo.revoke_key()
    with pytest.raises(OdooSetupError, match="refused the login"):
        odoo.count(LEADS)


def test_a_closed_connector_says_so(demo: DemoOdoo) -> None:
    connector = OdooConnector(config_of(demo))
    with pytest.raises(OdooSetupError, match="no connection"):
        connector.count(LEADS)
    connector.connect()
    connector.disconnect()
    connector.disconnect()
    with pytest.raises(OdooSetupError, match="no connection"):
        connector.count(LEADS)


# ------------------------------------------------------------------------------------------------ stopping


def threads_of_calls() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("odoo-") and thread.is_alive()]


@dataclass(frozen=True, kw_only=True)
class HangAndTell(faults.Hang):
    """Silence that a test knows of."""

    tell: Callable[[], None]

    def before(self, call: Call) -> None:
        self.tell()
        super().before(call)


def test_a_cancel_ends_the_wait_for_a_silent_server(demo: DemoOdoo) -> None:
    token = CancelToken()
    hang = HangAndTell(model="crm.lead", tell=lambda: token.request("cancelled by anna"))
    with OdooConnector(config_of(demo), token) as odoo, demo.faults.on(hang):
        with pytest.raises(RunCancelled, match="anna"):
            odoo.count(LEADS)
        assert not hang.released.is_set()
    assert threads_of_calls() == []  # disconnect cut the hanging call off
    hang.released.set()


def test_a_cancel_ends_a_fetch(demo: DemoOdoo) -> None:
    token = CancelToken()
    hang = faults.Hang(model="crm.lead", method="search_read", first=3)  # the first two pages are the first window
    with OdooConnector(replace(config_of(demo), calls_in_flight=1), token) as odoo:
        ids = census(odoo, LEADS)
        with demo.faults.on(hang):
            fetched = odoo.fetch(LEADS, [ids[n : n + 10] for n in range(0, 100, 10)], lambda task: task)
            next(fetched)
            token.request("interrupted by SIGHUP")
            with pytest.raises(RunCancelled, match="SIGHUP"):
                list(fetched)
            odoo.disconnect()
    assert threads_of_calls() == []
    hang.released.set()


def test_closing_a_fetch_begins_no_further_calls(demo: DemoOdoo, odoo: OdooConnector) -> None:
    ids = census(odoo, LEADS)
    pulled: list[int] = []

    def tasks() -> Iterator[list[int]]:
        for start in range(0, len(ids), 10):
            pulled.append(start)
            yield ids[start : start + 10]

    fetched = odoo.fetch(LEADS, tasks(), lambda task: task)
    next(fetched)
    fetched.close()
    assert len(pulled) <= 7  # the window: the calls that are allowed at once, one more, and the page that was read
    assert odoo.count(LEADS) == len(ids)  # the connection is still of use


def test_rows_may_change_while_they_are_read(demo: DemoOdoo, odoo: OdooConnector) -> None:
    ids = census(odoo, LEADS)
    doomed = ids[-1]

    def delete_once(call: Call) -> None:
        if call.method == "search_read" and demo.exists("crm.lead", doomed):
            demo.delete("crm.lead", doomed)

    demo.on_call = delete_once
    found = [row["id"] for page in pages(odoo, LEADS, ids) for row in page.rows]
    assert found == ids[:-1]


# ------------------------------------------------------------------------------------------------ a real Odoo


@pytest.mark.real_odoo
@pytest.mark.skipif("ODOO_TEST_URL" not in os.environ, reason="ODOO_TEST_URL names no real Odoo")
@pytest.mark.parametrize("protocol", [Protocol.AUTO, Protocol.JSONRPC, Protocol.XMLRPC])
def test_a_real_odoo_gives_all_its_rows(protocol: Protocol) -> None:
    names = ("ODOO_TEST_URL", "ODOO_TEST_DB", "ODOO_TEST_LOGIN", "ODOO_TEST_KEY")
    url, database, login, key = (os.environ[name] for name in names)
    with OdooConnector(OdooConfig(url, database, login, SecretStr(key), protocol)) as odoo:
        for entity in ENTITIES:
            odoo.prepare(entity)
            ids = census(odoo, entity)
            assert len(ids) == odoo.count(entity)
            read = pages(odoo, entity, ids[:3000], 1000)
            assert [row["id"] for page in read for row in page.rows] == ids[:3000]
            newest = odoo.newest_write_date(entity)
            assert newest is not None
            assert odoo.changed(entity, Block(0, None), newest) != () or entity.watches
