"""Edits while it runs: what each does to the record, its write_date and to what others see."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from odoo_sync_tui.demo import DemoOdoo, LiveEdits
from tests.integration.contract.client import Client
from tests.unit.demo.calls import Connect, Start

NOON = datetime(2026, 5, 4, 12, 0, 0, 250_000, tzinfo=UTC)
ALL = {"active_test": False}


def stamp(client: Client, model: str, number: int) -> str:
    return client.call(model, "read", ids=[number], fields=["write_date"])[0]["write_date"]


def test_a_change_stamps_the_record_and_makes_it_the_newest(start: Start, connect: Connect) -> None:
    odoo = start(records=60, clock=lambda: NOON)
    client = connect(odoo)
    before = odoo.get_value("crm.lead", 7, "create_date")
    odoo.write("crm.lead", 7, {"name": "Renamed", "expected_revenue": 12.5})
    row = client.call("crm.lead", "read", ids=[7], fields=["name", "expected_revenue", "write_date"])[0]
    assert row == {"id": 7, "name": "Renamed", "expected_revenue": 12.5, "write_date": "2026-05-04 12:00:00"}
    assert odoo.get_value("crm.lead", 7, "create_date") == before
    newest = client.call("crm.lead", "search", domain=[], order="write_date desc, id desc", limit=1, context=ALL)
    assert newest == [7]
    assert client.call("crm.lead", "search", domain=[["name", "=", "Renamed"]], context=ALL) == [7]
    since = [["write_date", ">=", "2026-05-04 12:00:00"]]
    assert client.call("crm.lead", "search", domain=since, context=ALL) == [7]


def test_the_newest_few_of_many_with_edits(start: Start, connect: Connect) -> None:
    """Beyond some thousands of records the newest are kept in a list; edits must show in it as everywhere."""
    odoo = start(records=6000, clock=lambda: NOON)
    client = connect(odoo)

    def newest() -> list[int]:
        return client.call("crm.lead", "search", domain=[], order="write_date desc, id desc", limit=5, context=ALL)

    def sorted_out() -> list[int]:
        rank = {
            number: (odoo.get_value("crm.lead", number, "write_date"), number) for number in odoo.search("crm.lead")
        }
        return sorted(rank, key=lambda number: rank[number], reverse=True)[:5]

    assert newest() == sorted_out()
    old = odoo.search("crm.lead", [["write_date", "<", "2024-01-02 00:00:00"]])
    assert old
    odoo.write("crm.lead", old[0], {"name": "Touched"})
    odoo.delete("crm.lead", newest()[1])
    odoo.write("crm.lead", newest()[1], {"write_date": "2024-01-01 00:00:00"})
    created = odoo.create("crm.lead", {"name": "New"})
    assert newest() == sorted_out()
    assert set(newest()[:2]) == {old[0], created}
    window = [["write_date", ">=", "2026-01-01 00:00:00"]]
    assert client.call("crm.lead", "search", domain=window, order="id", context=ALL) == sorted([old[0], created])


def test_archive_hides_a_record_and_unarchive_shows_it(odoo: DemoOdoo, connect: Connect) -> None:
    client = connect(odoo)
    shown = client.call("res.partner", "search_count", domain=[])
    number = client.call("res.partner", "search", domain=[], order="id", limit=1)[0]
    odoo.archive("res.partner", number)
    assert client.call("res.partner", "search_count", domain=[]) == shown - 1
    assert number in client.call("res.partner", "search", domain=[], context=ALL)
    assert odoo.count("res.partner", [["active", "=", False], ["id", "=", number]]) == 1
    odoo.unarchive("res.partner", number)
    assert client.call("res.partner", "search_count", domain=[]) == shown


def test_delete_leaves_no_trace_and_empties_references(odoo: DemoOdoo, connect: Connect) -> None:
    client = connect(odoo)
    lead = client.call("crm.lead", "search", domain=[["partner_id", "!=", False]], order="id", limit=1)[0]
    partner = odoo.get_value("crm.lead", lead, "partner_id")
    before = odoo.count("res.partner")
    odoo.delete("res.partner", partner)
    assert odoo.count("res.partner") == before - 1 == len(odoo.search("res.partner"))
    assert client.call("res.partner", "read", ids=[partner], fields=["name"]) == []
    for load in (None, "_classic_read"):
        row = client.call("crm.lead", "search_read", domain=[["id", "=", lead]], fields=["partner_id"], load=load)
        assert row == [{"id": lead, "partner_id": False}]
    assert lead in client.call("crm.lead", "search", domain=[["partner_id", "=", False]])
    with pytest.raises(KeyError, match="no record"):
        odoo.delete("res.partner", partner)
    with pytest.raises(KeyError, match="no record"):
        odoo.write("res.partner", partner, {})


def test_create_gives_the_next_id_and_empty_fields(odoo: DemoOdoo, connect: Connect) -> None:
    client = connect(odoo)
    before = odoo.count("res.partner"), odoo.last_id("res.partner")
    number = odoo.create("res.partner", {"name": "Fresh", "is_company": True, "country_id": 2})
    assert (odoo.count("res.partner"), number) == (before[0] + 1, before[1] + 1)
    row = client.call("res.partner", "search_read", domain=[["id", "=", number]])[0]
    assert (row["name"], row["is_company"], row["country_id"]) == ("Fresh", True, [2, "France"])
    assert (row["active"], row["email"], row["parent_id"], row["customer_rank"]) == (True, False, False, 0)
    assert row["display_name"] == "Fresh"
    assert odoo.count("res.partner", [["is_company", "=", True]]) == 61


def test_empty_text_is_kept_and_searched_like_none(odoo: DemoOdoo, connect: Connect) -> None:
    client = connect(odoo)
    before = odoo.count("res.partner", [["city", "=", False]])
    number = odoo.search("res.partner", [["city", "!=", False]])[0]
    odoo.write("res.partner", number, {"city": ""})
    assert client.call("res.partner", "read", ids=[number], fields=["city"])[0]["city"] == ""
    assert odoo.count("res.partner", [["city", "=", False]]) == before + 1
    assert number not in odoo.search("res.partner", [["city", "!=", False]])


def test_the_id_of_a_deleted_record_is_not_given_again(odoo: DemoOdoo) -> None:
    first = odoo.create("crm.lead", {"name": "One"})
    odoo.delete("crm.lead", first)
    assert odoo.create("crm.lead", {"name": "Two"}) == first + 1


def test_edits_of_unknown_fields_are_refused(odoo: DemoOdoo) -> None:
    with pytest.raises(KeyError, match="no_such_field"):
        odoo.write("crm.lead", 1, {"no_such_field": 1})


def test_a_late_commit_and_a_missing_stamp_can_be_played(odoo: DemoOdoo, connect: Connect) -> None:
    client = connect(odoo)
    odoo.write("crm.lead", 3, {"write_date": "2026-02-03 04:05:06"})
    assert stamp(client, "crm.lead", 3) == "2026-02-03 04:05:06"
    odoo.write("crm.lead", 4, {"write_date": False})
    assert stamp(client, "crm.lead", 4) is False
    assert client.call("crm.lead", "search", domain=[["write_date", "=", False]], context=ALL) == [4]
    # PostgreSQL puts empty values before all others in a descending order.
    assert client.call("crm.lead", "search", domain=[], order="write_date desc", limit=1, context=ALL) == [4]


def test_since_19_a_department_changes_without_a_stamp_on_the_employee(start: Start, connect: Connect) -> None:
    modern, old = start(records=60, clock=lambda: NOON), start(records=60, dialect=17, clock=lambda: NOON)
    before = modern.get_value("hr.employee", 3, "write_date")
    target = 2 if modern.get_value("hr.employee", 3, "department_id") != 2 else 1
    modern.write("hr.version", 3, {"department_id": target})
    assert modern.get_value("hr.employee", 3, "department_id") == target
    assert modern.get_value("hr.employee", 3, "write_date") == before
    modern.write("hr.employee", 3, {"department_id": 3, "name": "Moved"})
    assert (
        modern.get_value("hr.version", 3, "department_id") == modern.get_value("hr.employee", 3, "department_id") == 3
    )
    assert modern.get_value("hr.employee", 3, "write_date") > before
    with pytest.raises(KeyError):
        old.write("hr.version", 3, {"department_id": 1})
    fresh = modern.create("hr.employee", {"name": "New", "department_id": 2})
    assert modern.get_value("hr.employee", fresh, "department_id") == 2
    row = connect(modern).call("hr.employee", "read", ids=[fresh], fields=["name", "department_id"])[0]
    assert (row["name"], row["department_id"][0]) == ("New", 2)


def test_a_renamed_company_shows_in_the_names_of_its_contacts(odoo: DemoOdoo, connect: Connect) -> None:
    client = connect(odoo)
    contact = client.call("res.partner", "search", domain=[["parent_id", "!=", False]], order="id", limit=1)[0]
    before = odoo.get_value("res.partner", contact, "write_date")
    odoo.write("res.partner", odoo.get_value("res.partner", contact, "parent_id"), {"name": "Renamed AG"})
    shown = client.call("res.partner", "read", ids=[contact], fields=["display_name"])[0]["display_name"]
    assert shown.startswith("Renamed AG, ")
    assert odoo.get_value("res.partner", contact, "write_date") == before


def test_counts_stay_right_through_many_edits(start: Start, connect: Connect) -> None:
    odoo = start(records=300)
    client = connect(odoo)
    live = LiveEdits(odoo, seed=3)
    domains = [[], [["active", "=", True]], [["is_company", "=", True]], [["city", "=", False]]]
    for _ in range(6):
        for domain in domains:
            everything = client.call("res.partner", "search", domain=domain, context=ALL)
            assert client.call("res.partner", "search_count", domain=domain, context=ALL) == len(everything)
        for _ in range(40):
            live.step()


def test_the_date_header_follows_the_clock(start: Start) -> None:
    from tests.integration.contract.client import send

    odoo = start(records=20, clock=lambda: NOON + timedelta(days=1))
    assert send(odoo.url, "GET", "/web/version").headers["date"] == "Tue, 05 May 2026 12:00:00 GMT"


def test_live_edits_of_a_seed_are_the_same() -> None:
    runs = []
    for _ in range(2):
        odoo = DemoOdoo(records=60)
        live = LiveEdits(odoo, seed=5)
        runs.append([live.step() for _ in range(120)])
    assert runs[0] == runs[1]
    assert {edit.action for edit in runs[0]} == {"create", "change", "archive", "unarchive", "delete"}
    assert {edit.model for edit in runs[0]} == {"res.partner", "crm.lead", "account.move", "hr.employee"}


def test_live_edits_run_until_they_are_stopped(odoo: DemoOdoo) -> None:
    seen = threading.Event()
    before = {model: odoo.last_id(model) for model in ("res.partner", "crm.lead", "account.move", "hr.employee")}

    class Watched(LiveEdits):
        def step(self):
            edit = super().step()
            if edit.action == "create":
                seen.set()
            return edit

    with Watched(odoo, interval=0.001):
        assert seen.wait(20)
    after = {model: odoo.last_id(model) for model in before}
    assert after != before
    assert not any(thread.name == "demo-odoo-edits" for thread in threading.enumerate())
