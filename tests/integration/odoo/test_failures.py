"""What the connector does about trouble: passing trouble, calls that are too big, bad rows, missing rights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest

from odoo_sync_tui.core.entity import Block, RelatedRecord
from odoo_sync_tui.core.errors import (
    OdooAccessError,
    OdooMissingModelError,
    OdooTransientError,
)
from odoo_sync_tui.core.progress import Trouble
from odoo_sync_tui.demo import DemoOdoo, faults
from odoo_sync_tui.odoo.calls import retry
from odoo_sync_tui.odoo.config import Protocol
from odoo_sync_tui.odoo.connector import OdooConnector
from tests.integration.odoo.conftest import ACCOUNTS, LEADS, USERS, census, config_of, pages, rows
from tests.support.slow import slow

PASSING = (
    faults.HttpStatus(status=503, times=2),
    faults.HttpStatus(status=429, retry_after="1", times=1),
    faults.HtmlBody(times=1),
    faults.TruncatedBody(times=1),
    faults.ResetBefore(times=1),
    faults.ResetMidBody(times=1),
)
OF_OTHER = [(Protocol.JSONRPC, PASSING[5]), (Protocol.XMLRPC, PASSING[2]), (Protocol.XMLRPC, PASSING[3])]
"""Cases whose answer another protocol reads in its own way; the others differ in nothing but their path."""


@pytest.mark.parametrize(
    ("protocol", "fault"),
    [
        *product([Protocol.JSON2], PASSING),
        *OF_OTHER,
        *slow(each for each in product([Protocol.JSONRPC, Protocol.XMLRPC], PASSING) if each not in OF_OTHER),
    ],
    ids=lambda each: each if isinstance(each, Protocol) else type(each).__name__,
)
def test_passing_trouble_is_retried_and_counted(demo: DemoOdoo, protocol: Protocol, fault: faults.Fault) -> None:
    told: list[Trouble | None] = []
    with OdooConnector(config_of(demo, protocol), on_trouble=told.append) as odoo:
        ids = census(odoo, LEADS)
        with demo.faults.on(replace(fault, model="crm.lead", method="search_read")):
            found = [row["id"] for page in pages(odoo, LEADS, ids) for row in page.rows]
        assert found == ids
        assert odoo.retries == sum(trouble is not None for trouble in told) == fault.times
        assert told[-1] is None


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
    whole = odoo.changed_ids(USERS, Block(0, None), long_ago)
    assert len(whole) > 14
    struck = [too_big(rows=7, model="hr.employee", method="search"), too_big(rows=7, model="hr.version")]
    with demo.faults.on(*struck):
        assert odoo.changed_ids(USERS, Block(0, None), long_ago) == whole


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize(
    "ask", [lambda odoo: odoo.census(ACCOUNTS, 0, 150), lambda odoo: odoo.classify_missing(ACCOUNTS, range(1, 101))]
)
def test_a_server_that_is_silent_is_not_asked_for_less_and_less(
    demo: DemoOdoo, ask: Callable[[OdooConnector], object]
) -> None:
    with OdooConnector(replace(config_of(demo), retry_seconds=0)) as hasty:
        demo.calls.clear()
        with demo.faults.on(faults.ResetBefore(model="res.partner")), pytest.raises(OdooTransientError):
            ask(hasty)
    assert 2 <= len(demo.calls) <= 3  # what was asked, then one small question


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize("model", ["crm.lead", "res.partner"])
def test_a_server_that_is_silent_for_a_moment_is_waited_for(demo: DemoOdoo, model: str) -> None:
    with OdooConnector(config_of(demo)) as odoo, demo.faults.on(faults.ResetBefore(model=model, times=5)):
        read = pages(odoo, LEADS, census(odoo, LEADS))
    assert [row["id"] for page in read for row in page.rows] == demo.search("crm.lead")
    assert not any(page.rejected or page.incomplete_ids for page in read)


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
    assert page.incomplete_ids == frozenset()


@pytest.mark.parametrize("protocol", [Protocol.JSON2, Protocol.JSONRPC, Protocol.XMLRPC])
def test_a_poison_row_is_set_aside_alone(demo: DemoOdoo, protocol: Protocol) -> None:
    with OdooConnector(config_of(demo, protocol)) as odoo:
        ids = census(odoo, LEADS)[:50]
        bad = faults.PoisonRow(model="crm.lead", record_id=ids[17])
        with demo.faults.on(bad):
            [page] = pages(odoo, LEADS, ids)
    assert [row["id"] for row in page.rows] == ids[:17] + ids[18:]
    assert [each.odoo_id for each in page.rejected] == [ids[17]]
    assert "Expected singleton" in page.rejected[0].reason


def test_a_value_of_the_wrong_type_is_set_aside_with_its_field(demo: DemoOdoo, odoo: OdooConnector) -> None:
    ids = census(odoo, LEADS)[:10]
    wrong = faults.WrongValue(model="crm.lead", record_id=ids[4], field_name="create_date", value=17)
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
            demo.write("crm.lead", ids[3], {"name": "a\x1b[31mb"})
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
    assert len(found) == demo.count("hr.employee")
    assert all("job_title" not in row and row["name"] for row in found.values())
    assert any("job_title" in notice.message for notice in odoo.warnings)


def test_rights_are_found_out_by_one_row_in_one_call(demo: DemoOdoo, odoo: OdooConnector) -> None:
    odoo.prepare(LEADS)
    calls = [call.method for call in demo.calls if call.model == LEADS.model]
    assert calls == ["fields_get", "search_read"]


def test_a_field_that_vanishes_during_a_run_is_dropped(demo: DemoOdoo, odoo: OdooConnector) -> None:
    odoo.prepare(LEADS)
    with demo.faults.on(faults.VanishedField(model="crm.lead", name="priority")):
        found = rows(odoo, LEADS)
    assert len(found) == demo.count("crm.lead")
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
    assert all(page.incomplete_ids == frozenset() for page in pages(odoo, LEADS, list(found)))  # type: ignore[arg-type]
    assert all(isinstance(each, RelatedRecord) and each.name is None for each in stages)
    assert [notice.message for notice in odoo.warnings] == [
        "The names of crm.stage cannot be read; documents hold only the ids."
    ]


def leads_by_partner(odoo: OdooConnector) -> tuple[int, frozenset[object]]:
    """A partner to whom leads belong, and the ids of those leads."""
    found = rows(odoo, LEADS)
    partner = next(row["partner_id"] for row in found.values() if row["partner_id"])
    assert isinstance(partner, RelatedRecord)
    return partner.id, frozenset(each for each, row in found.items() if row["partner_id"] == partner)


@pytest.mark.parametrize(
    "fault",
    [
        lambda partner: faults.PoisonRow(model="res.partner", record_id=partner, field_name="display_name"),
        lambda partner: faults.HiddenIds(model="res.partner", ids=[partner]),
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
        assert frozenset[object]().union(*(page.incomplete_ids for page in read)) == leads
        found = [row["partner_id"] for page in read for row in page.rows if row["id"] in leads]
        assert found == [RelatedRecord(partner, None)] * len(leads)


def test_a_name_that_failed_is_read_by_a_later_page_of_the_same_run(demo: DemoOdoo, odoo: OdooConnector) -> None:
    partner, leads = leads_by_partner(odoo)
    lead = [int(str(each)) for each in leads][:1]
    with OdooConnector(config_of(demo)) as again:
        with demo.faults.on(faults.PoisonRow(model="res.partner", record_id=partner, field_name="display_name")):
            [page] = pages(again, LEADS, lead)
        assert page.incomplete_ids == frozenset(lead)
        [page] = pages(again, LEADS, lead)
    assert page.incomplete_ids == frozenset()
    name = page.rows[0]["partner_id"]
    assert isinstance(name, RelatedRecord)
    assert name.name == demo.get_value("res.partner", partner, "display_name")


def test_a_server_without_versions_has_nothing_to_watch(demo: DemoOdoo, odoo: OdooConnector) -> None:
    with demo.faults.on(faults.MissingModel(model="hr.version")):
        assert odoo.summarize(USERS).newest is not None
        assert odoo.changed_ids(USERS, Block(0, None), datetime(2000, 1, 1, tzinfo=UTC)) == tuple(census(odoo, USERS))
    assert odoo.warnings == []


def test_records_that_a_rule_hides_are_absent(demo: DemoOdoo, odoo: OdooConnector) -> None:
    ids = census(odoo, LEADS)[:10]
    with demo.faults.on(faults.HiddenIds(model="crm.lead", ids=ids[:2])):
        [page] = pages(odoo, LEADS, ids)
    assert [row["id"] for row in page.rows] == ids[2:]
    assert page.rejected == ()
