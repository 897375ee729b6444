"""What the connector reads: all rows with their types, lists of ids, and the fingerprints of what reading depends on.

A real Odoo is named by ODOO_TEST_URL, ODOO_TEST_DB, ODOO_TEST_LOGIN and ODOO_TEST_KEY; it is only read.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr

from odoo_sync_tui.core.cursor import ColumnVerdict
from odoo_sync_tui.core.entity import Block, Entity, Page, RelatedRecord, Row
from odoo_sync_tui.demo import DemoOdoo, faults
from odoo_sync_tui.entities import departments
from odoo_sync_tui.odoo.config import OdooConfig, Protocol
from odoo_sync_tui.odoo.connector import OdooConnector
from tests.integration.odoo.conftest import (
    ACCOUNTS,
    ENTITIES,
    INVOICES,
    LEADS,
    SPOKEN,
    USERS,
    census,
    config_of,
    domain_of,
    pages,
    rows,
)


@pytest.mark.parametrize(("dialect", "protocol"), SPOKEN)
def test_every_dialect_and_protocol_gives_every_row_once(dialect: int, protocol: Protocol) -> None:
    with DemoOdoo(records=120, dialect=dialect) as demo, OdooConnector(config_of(demo, protocol)) as odoo:
        for entity in ENTITIES:
            basis = odoo.prepare(entity)
            expected = demo.search(entity.model, domain_of(entity))
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


def test_values_of_a_row_have_their_types(odoo: OdooConnector) -> None:
    leads = rows(odoo, LEADS).values()
    money = [row["expected_revenue"] for row in leads if row["expected_revenue"]]
    assert money
    assert all(isinstance(each, Decimal) and each.as_tuple().exponent == -2 for each in money)
    assert all(isinstance(row["create_date"], datetime) and row["create_date"].tzinfo is UTC for row in leads)
    assert {type(row["active"]) for row in leads} == {bool}
    partners = {row["partner_id"] for row in leads}
    assert None in partners
    assert all(isinstance(each, RelatedRecord) and each.name for each in partners if each is not None)


def test_archived_rows_are_part_of_census_rows_and_changes(demo: DemoOdoo, odoo: OdooConnector) -> None:
    archived = census(odoo, ACCOUNTS)[3]
    demo.archive("res.partner", archived)
    assert archived in census(odoo, ACCOUNTS)
    assert rows(odoo, ACCOUNTS)[archived]["active"] is False
    assert archived in odoo.changed_ids(ACCOUNTS, Block(0, None), datetime.now(UTC) - timedelta(minutes=1))


def test_the_census_walks_the_ids_in_steps(odoo: OdooConnector) -> None:
    whole = census(odoo, ACCOUNTS)
    first = odoo.census(ACCOUNTS, 0, 30)
    assert [*first, *odoo.census(ACCOUNTS, first[-1], 100_000)] == whole
    assert odoo.census(ACCOUNTS, whole[-1], 10) == ()


def test_a_domain_narrows_count_census_and_changed(odoo: OdooConnector) -> None:
    few = (("id", "<=", census(odoo, ACCOUNTS)[9]),)
    assert odoo.count(ACCOUNTS, few) == len(odoo.census(ACCOUNTS, 0, 1000, few)) == 10
    assert len(odoo.changed_ids(ACCOUNTS, Block(0, None), datetime(2000, 1, 1, tzinfo=UTC), few)) == 10


@pytest.mark.parametrize("dialect", [14, 19])
def test_changed_finds_what_was_written_since_and_the_newest_date(dialect: int) -> None:
    with DemoOdoo(records=60, dialect=dialect) as demo, OdooConnector(config_of(demo)) as odoo:
        before = odoo.summarize(LEADS).newest
        assert before is not None
        one, two = census(odoo, LEADS)[5:7]
        demo.write("crm.lead", one, {"name": "changed"})
        demo.write("crm.lead", two, {"name": "changed"})
        newest = odoo.summarize(LEADS).newest
        assert newest is not None
        assert newest > before
        assert odoo.changed_ids(LEADS, Block(0, None), newest) == (one, two)
        assert odoo.changed_ids(LEADS, Block(one, two), newest) == (two,)
        assert odoo.changed_ids(LEADS, Block(0, one), newest) == (one,)


def test_a_stamp_of_the_future_is_cut_back_to_the_servers_clock(demo: DemoOdoo, odoo: OdooConnector) -> None:
    ahead = datetime.now(UTC) + timedelta(days=1)
    demo.write("crm.lead", census(odoo, LEADS)[0], {"write_date": ahead})
    newest = odoo.summarize(LEADS).newest
    assert newest is not None
    assert newest < datetime.now(UTC) + timedelta(minutes=6)


def test_a_changed_version_changes_its_employee(demo: DemoOdoo, odoo: OdooConnector) -> None:
    version = demo.search("hr.version")[4]
    employee = demo.get_value("hr.version", version, "employee_id")
    since = datetime.now(UTC) + timedelta(seconds=1)
    demo.write("hr.version", version, {"write_date": since})
    assert odoo.changed_ids(USERS, Block(0, None), since) == (employee,)
    assert employee is not None
    assert odoo.changed_ids(USERS, Block(int(employee), None), since) == ()  # type: ignore[call-overload]


def test_rows_deleted_meanwhile_are_absent(demo: DemoOdoo, odoo: OdooConnector) -> None:
    ids = census(odoo, LEADS)[:20]
    demo.delete("crm.lead", ids[7])
    [page] = pages(odoo, LEADS, ids)
    assert [row["id"] for row in page.rows] == ids[:7] + ids[8:]
    assert page.rejected == ()


def test_names_are_asked_once_per_related_record(demo: DemoOdoo, odoo: OdooConnector) -> None:
    rows(odoo, LEADS)
    asked = sum(call.row_count for call in demo.calls if call.model == "res.partner")
    assert asked == len({row["partner_id"] for row in rows(odoo, LEADS).values()} - {None})
    assert asked == sum(call.row_count for call in demo.calls if call.model == "res.partner")


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
        assert found == demo.search(entity.model, domain_of(entity))
    few = census(odoo, LEADS)[:3]
    assert [row["id"] for page in odoo.fetch_opportunities(few) for row in page.rows] == few


def test_never_more_calls_at_once_than_allowed(demo: DemoOdoo) -> None:
    config = replace(config_of(demo, page_size=5), calls_in_flight=2)
    with OdooConnector(config) as odoo:
        pages(odoo, LEADS, census(odoo, LEADS), size=5)
    assert demo.peak_calls <= 2


def test_the_basis_tells_what_reading_depends_on(demo: DemoOdoo) -> None:
    with OdooConnector(config_of(demo)) as first, OdooConnector(config_of(demo)) as again:
        assert first.prepare(LEADS) == again.prepare(LEADS)
        assert first.prepare(LEADS).read_fingerprint != first.prepare(ACCOUNTS).read_fingerprint
        fewer = first.prepare(replace(LEADS, name="few", fields=LEADS.fields[:5]))
        assert fewer.read_fingerprint != first.prepare(LEADS).read_fingerprint
        assert fewer.access_fingerprint == first.prepare(LEADS).access_fingerprint
    with OdooConnector(config_of(demo, Protocol.XMLRPC)) as other:
        assert other.prepare(LEADS).access_fingerprint == fewer.access_fingerprint
        assert other.prepare(LEADS).read_fingerprint != fewer.read_fingerprint


@pytest.mark.parametrize("fault", [faults.VanishedField, faults.ForbiddenField])
def test_the_basis_follows_a_field_that_is_lost_on_the_way(
    demo: DemoOdoo, odoo: OdooConnector, fault: type[faults.VanishedField | faults.ForbiddenField]
) -> None:
    before = odoo.prepare(LEADS)
    assert before == odoo.get_read_profile(LEADS)
    assert before.fields == tuple(sorted({"id", *LEADS.fields} - set(before.missing_fields)))
    with demo.faults.on(fault(model="crm.lead", name="priority")):
        rows(odoo, LEADS)
        demo.calls.clear()
        after = odoo.get_read_profile(LEADS)
        assert not demo.calls
        with OdooConnector(config_of(demo)) as again:
            assert again.prepare(LEADS) == after
    assert set(before.fields) - set(after.fields) == {"priority"}
    assert before.read_fingerprint != after.read_fingerprint
    assert before.access_fingerprint == after.access_fingerprint


def test_a_verdict_on_columns_of_this_connection_is_not_replaced_by_an_older_one(odoo: OdooConnector) -> None:
    for basis in ("mine", "older"):
        profile = odoo.prepare(LEADS, columns=ColumnVerdict(basis, ("name",)))
    assert profile.columns == ColumnVerdict("mine", ("name",))


def test_an_upgrade_under_a_running_program_does_not_touch_what_it_is_doing(
    odoo: OdooConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = odoo.prepare(LEADS)
    monkeypatch.setattr(Path, "read_bytes", lambda _: b"another version of the code")
    assert odoo.get_read_profile(LEADS) == before


def test_the_servers_clock_is_known(demo: DemoOdoo) -> None:
    ahead = timedelta(days=400)
    with DemoOdoo(records=20, clock=lambda: datetime.now(UTC) + ahead) as other:
        odoo = OdooConnector(config_of(other))
        assert odoo.server_time is None
        with odoo:
            assert odoo.server_time is not None
            assert abs(odoo.server_time - datetime.now(UTC) - ahead) < timedelta(minutes=5)
        assert odoo.server_time is None


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
            newest = odoo.summarize(entity).newest
            assert newest is not None
            assert odoo.changed_ids(entity, Block(0, None), newest) != () or entity.dependent_models
