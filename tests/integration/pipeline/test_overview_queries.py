"""What the screens below the dashboard read, from a real MongoDB."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

import pytest
from pymongo.database import Database

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.errors import ConfigurationError, RunCancelled
from odoo_sync_tui.core.progress import RunProgress
from odoo_sync_tui.core.reports.details import DocumentPage
from odoo_sync_tui.core.run import RunRecord
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.demo import Call
from odoo_sync_tui.demo.faults import PoisonRow
from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.pipeline.backend import open_backend
from odoo_sync_tui.pipeline.queries.details import DetailQueries
from odoo_sync_tui.pipeline.run import sync_run as run
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.settings.load import build_settings_from_overrides
from odoo_sync_tui.store.database import Store
from odoo_sync_tui.store.documents import browse
from odoo_sync_tui.store.documents.browse import DocumentBrowser
from odoo_sync_tui.store.driver.errors import ErrorTranslator
from tests.support.store import ACCOUNTS, ANNA, AT, LAKE, PEOPLE, USERS, created, database_of
from tests.support.world import FULL, World


def ids(page: DocumentPage) -> list[int]:
    return [line.odoo_id for line in page.documents]


class TestRuns:
    def test_pages_of_runs_have_no_gap_and_no_double_even_when_runs_began_at_the_same_moment(self, store: Store):
        for n in range(7):
            began = AT + timedelta(minutes=n // 3)
            store.runs.start(RunRecord(f"r{n}", "sync_users", ANNA, Scope(), began, began), 1)
        first = store.runs.page(3)
        store.runs.start(RunRecord("new", "sync_users", ANNA, Scope(), AT + timedelta(hours=1), AT), 1)
        second = store.runs.page(3, first.after)
        third = store.runs.page(3, second.after)
        told = [run.id for page in (first, second, third) for run in page.runs]
        assert told == ["r6", "r5", "r4", "r3", "r2", "r1", "r0"]
        assert third.after is None

    def test_a_page_of_runs_after_one_that_is_gone_is_empty(self, store: Store):
        assert store.runs.page(3, "gone").runs == ()

    def test_a_page_of_runs_goes_by_the_index(self, store: Store):
        plan = self.plan(database_of(store))
        assert "IXSCAN" in plan
        assert "SORT" not in plan.replace("SORT_KEY", "")

    @staticmethod
    def plan(database: Database[dict[str, Any]]) -> str:
        query = {"started_at": {"$lte": AT}, "$nor": [{"started_at": AT, "_id": {"$gte": "r5"}}]}
        return str(database.sync_runs.find(query).sort([("started_at", -1), ("_id", -1)]).explain()["queryPlanner"])

    def test_a_run_is_told_with_its_events_its_rows_set_aside_and_its_cursors(self, here: World):
        bad = here.odoo.search("res.partner", [("is_company", "=", True)])[3]
        first = here.sync(Action.DATA_LAKE)
        with here.odoo.faults.on(PoisonRow(model="res.partner", record_id=bad)):
            second = here.sync(Action.DATA_LAKE, FULL)
        report = here.backend.detail_queries.get_run(second.run_id)
        assert report is not None
        assert (report.run.outcome, report.run.operator.name) == (Outcome.PARTIAL, "anna")
        assert [event.details["event"] for event in report.events] == ["started", "finished"]
        assert [(row.entity, row.odoo_id) for row in report.quarantine.rows] == [("data_lake:accounts", bad)]
        assert report.quarantine.rows[0].reason
        before = first.entities["invoices"].cursor_after
        assert before is not None
        assert report.run.result is not None
        assert report.run.result.entities["invoices"].cursor_before == before
        assert first.entities["invoices"].cursor_before is None

    def test_a_report_of_a_run_that_never_was_is_none(self, here: World):
        assert here.backend.detail_queries.get_run("nobody") is None

    def test_a_dry_run_moves_no_cursor(self, here: World):
        result = here.sync(Action.DEPARTMENTS, Scope(dry_run=True))
        assert result.entities["departments"].cursor_after is None


class TestEntities:
    def test_counts_of_an_entity_by_state_add_up(self, here: World):
        here.sync(Action.DATA_LAKE)
        gone = here.odoo.search("res.partner", [("is_company", "=", True), ("active", "=", True)])[0]
        here.odoo.delete("res.partner", gone)
        here.sync(Action.DATA_LAKE)
        report = here.backend.detail_queries.get_entity("data_lake:accounts")
        assert report.inactive_by_reason is not None
        assert sum(report.inactive_by_reason.values()) == report.counts.inactive
        assert report.inactive_by_reason["deleted"] == 1
        assert report.inactive_by_reason["archived"] >= 1
        assert report.cursor is not None
        assert (report.model, report.collection) == ("res.partner", "data_lake_serving")
        assert report.counts.changed == 1

    def test_an_entity_that_is_not_there_is_refused_with_those_that_are(self, here: World):
        with pytest.raises(ConfigurationError, match="data_lake:accounts"):
            here.backend.detail_queries.get_entity("cars")

    def test_documents_that_nobody_retired_are_counted_without_a_reason(self, store: Store):
        store.documents.write(PEOPLE, created(USERS, 1, 2), 1)
        database_of(store).users.update_one({"odoo_employee_id": 1}, {"$set": {"is_active": False}})
        assert store.browser.count_inactive_by_reason(PEOPLE) == {"": 1}


class TestDocuments:
    @pytest.fixture
    def names(self, store: Store) -> DocumentBrowser:
        for n, name in enumerate(("Acme (West)", "acme", "Beta Acme", "Pacme", "a.c+me", "Ärger GmbH", None), start=1):
            store.documents.write(LAKE, created(ACCOUNTS, n, name=name), 1)
        return store.browser

    def test_pages_of_documents_go_down_by_odoo_id(self, store: Store):
        store.documents.write(LAKE, created(ACCOUNTS, *range(1, 8)), 1)
        first = store.browser.page(LAKE, 3)
        second = store.browser.page(LAKE, 3, first.after)
        third = store.browser.page(LAKE, 3, second.after)
        assert [ids(page) for page in (first, second, third)] == [[7, 6, 5], [4, 3, 2], [1]]
        assert third.after is None

    @pytest.mark.parametrize(
        ("start", "found"),
        [("ACM", [3, 2, 1]), ("west", [1]), ("a.c", [5]), ("ärg", [6]), ("gmbh", [6]), (".", []), ("cme", [])],
    )
    def test_a_search_finds_documents_by_how_a_word_of_their_name_begins(
        self, start: str, found: list[int], names: DocumentBrowser
    ):
        assert ids(names.search_by_name(LAKE, start, 10)) == found

    @pytest.mark.parametrize(
        ("start", "found"),
        [("[", []), ("(", [1]), ("\\", []), ("a" * 5000, []), ("\0ac", [3, 2, 1]), ("^$", []), ("*", []), (")", [])],
    )
    def test_a_search_takes_signs_of_patterns_as_signs(self, start: str, found: list[int], names: DocumentBrowser):
        assert ids(names.search_by_name(LAKE, start, 10)) == found

    def test_a_search_for_documents_looks_through_stretch_after_stretch(
        self, names: DocumentBrowser, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(browse, "SEARCH_BATCH_SIZE", 2)
        page = names.search_by_name(LAKE, "acme", 10)
        assert (ids(page), page.after, page.searched_count) == ([3, 2, 1], None, 7)
        first = names.search_by_name(LAKE, "acme", 2)
        assert (ids(first), first.after, first.searched_count) == ([3, 2], 2, 6)
        second = names.search_by_name(LAKE, "acme", 2, first.after)
        assert (ids(second), second.after, second.searched_count) == ([1], None, 1)

    def test_a_search_for_documents_that_takes_too_long_says_how_far_it_came(
        self, store: Store, names: DocumentBrowser, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(browse, "SEARCH_BATCH_SIZE", 3)
        ticks = iter(range(0, 1000, 10))
        hasty = DocumentBrowser(database_of(store), ErrorTranslator(), lambda: next(ticks))
        page = hasty.search_by_name(LAKE, "acme", 10)
        assert (ids(page), page.after, page.searched_count) == ([], 5, 3)
        assert ids(names.search_by_name(LAKE, "acme", 10, page.after)) == [3, 2, 1]

    def test_a_search_for_a_number_finds_its_odoo_id_or_else_names(self, store: Store):
        store.documents.write(LAKE, created(ACCOUNTS, 42, name="Four"), 1)
        store.documents.write(LAKE, created(ACCOUNTS, 7, name="99 Balloons"), 1)
        inspector = DetailQueries(store, BUILT_IN)
        assert ids(inspector.list_documents("data_lake:accounts", "42", 5)) == [42]
        assert ids(inspector.list_documents("data_lake:accounts", " 99 ", 5)) == [7]
        assert ids(inspector.list_documents("data_lake:accounts", "9" * 30, 5)) == []

    def test_invoices_are_known_by_their_number(self, here: World):
        here.sync(Action.DATA_LAKE)
        page = here.backend.detail_queries.list_documents("data_lake:invoices", "", 100)
        numbered = next(line for line in page.documents if line.name)
        found = here.backend.detail_queries.list_documents("data_lake:invoices", numbered.name, 100)
        assert numbered.odoo_id in ids(found)

    def test_a_document_in_full_is_plain_python(self, here: World):
        here.sync(Action.DATA_LAKE)
        page = here.backend.detail_queries.list_documents("data_lake:invoices", "", 1)
        document = here.backend.detail_queries.get_document("data_lake:invoices", page.documents[0].odoo_id)
        assert document is not None
        data: Any = document.fields["data"]
        assert isinstance(data["amount_total"], Decimal)
        assert isinstance(document.fields["last_aggregated"], datetime)
        assert document.fields["last_aggregated"].utcoffset() == timedelta()
        assert here.backend.detail_queries.get_document("data_lake:invoices", 10**9) is None

    def test_values_that_only_mongodb_knows_become_text(self, store: Store):
        from bson import Binary, Int64, MinKey, ObjectId, Regex

        key = ObjectId()
        strange = {"_id": key, "odoo_employee_id": Int64(5), "blob": Binary(b"abc"), "deep": [{"a": Regex("x")}],
                   "least": MinKey(), "name": ["not", "text"]}  # fmt: skip
        database_of(store).users.insert_one(strange)
        told = store.browser.get(PEOPLE, 5)
        assert told is not None
        assert (told.fields["_id"], told.fields["blob"]) == (str(key), "3 bytes")
        assert type(told.fields["odoo_employee_id"]) is int
        assert isinstance(told.fields["least"], str)
        assert store.browser.page(PEOPLE, 5).documents[0].name == "['not', 'text']"

    def test_local_users_without_an_odoo_id_are_not_among_them(self, store: Store):
        store.documents.write(PEOPLE, created(USERS, 1), 1)
        database_of(store).users.insert_one({"name": "Name local", "is_active": True})
        assert ids(store.browser.page(PEOPLE, 10)) == [1]
        assert ids(store.browser.search_by_name(PEOPLE, "name", 10)) == [1]

    def test_every_statement_about_documents_goes_by_an_index(self, store: Store, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(browse, "SEARCH_BATCH_SIZE", 20)
        store.documents.write(LAKE, created(ACCOUNTS, *range(1, 101)), 1)
        store.documents.write(PEOPLE, created(USERS, *range(1, 101)), 1)
        database = database_of(store)
        database.command("profile", 2)
        for target in (LAKE, PEOPLE):
            store.browser.page(target, 5, 50)
            store.browser.search_by_name(target, "name 1", 5)
            store.browser.get(target, 7)
            store.browser.get_line(target, 7)
            store.browser.count_inactive_by_reason(target)
        store.quarantine.rows_of_run("r1", 5)
        store.runs.page(5)
        database.command("profile", 0)
        seen = [each for each in database.system.profile.find() if "planSummary" in each and "system" not in each["ns"]]
        assert len(seen) > 15
        assert [each["command"] for each in seen if each["planSummary"] == "COLLSCAN"] == []
        stretches = [each for each in seen if "skip" in each["command"]]
        assert stretches
        assert {each["docsExamined"] for each in stretches} == {0}


def test_counting_in_an_odoo_that_does_not_answer_ends_when_it_is_asked_to(here: World):
    cancel = CancelToken()

    def hang(call: Call) -> None:
        cancel.request("the dashboard closes")
        call.pause(threading.Event())

    here.odoo.on_call = hang
    with pytest.raises(RunCancelled):
        here.backend.overview_queries.refresh_odoo_counts(cancel)


def test_a_run_of_a_host_whose_clock_is_ahead_hides_no_live_one(here: World):
    ahead = datetime.now(UTC) + timedelta(hours=3)
    here.database.sync_runs.insert_one({"_id": "ahead", "started_at": ahead, "outcome": "success"})
    seen: set[tuple[bool, bool]] = set()

    def look(progress: RunProgress) -> None:
        overview = here.backend.overview_queries.get_overview()
        shown = [run and run.id == progress.run_id for run in (overview.live_run, overview.last_run)]
        seen.add((bool(shown[0]), bool(shown[1])))

    here.backend.service(on_progress=look).sync(Action.USERS, "anna")
    assert (True, True) in seen


def test_runs_are_told_by_the_clock_of_the_database(here: World, monkeypatch: pytest.MonkeyPatch):
    class Ahead(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) + timedelta(days=400)

    monkeypatch.setattr(run, "datetime", Ahead)
    here.sync(Action.USERS)
    told = here.backend.overview_queries.list_runs(1)[0]
    assert told.finished_at is not None
    assert told.started_at <= told.finished_at < datetime.now(UTC) + timedelta(days=1)


def test_the_password_in_a_stored_address_is_shown_to_nobody(here: World, mongo_uri: str, database_name: str):
    address = {"url": "https://bob:secret-of-bob@odoo.example.com", "database": "acme"}
    here.database.integrations.insert_one({"integration_type": "odoo", "config": address})
    with open_backend(
        build_settings_from_overrides({"mongo.uri": mongo_uri, "mongo.database": database_name})
    ) as backend:
        integration = backend.overview_queries.get_overview().integration
    assert integration.url == "https://***@odoo.example.com"
    assert "secret-of-bob" not in str(integration)
