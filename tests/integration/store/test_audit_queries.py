"""Questions about a long history on a real mongod: right, and answered by an index."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pymongo.database import Database

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.audit.events import AuditEvent, AuditQuery, Exclusions, Order
from odoo_sync_tui.store.audit import log as audit_log
from odoo_sync_tui.store.database import Store, open_store
from odoo_sync_tui.store.embedded.server import EmbeddedMongo
from tests.support.slow import slow
from tests.support.store import AT, config, database_of

EVENTS = 20_000
ENDS = (Outcome.SUCCESS, None)
NAME = "audit_queries"


def stored(number: int) -> dict[str, Any]:
    """Two events a second; one of a thousand by zoe, one of five hundred failed."""
    outcome = Outcome.FAILED if number % 500 == 0 else ENDS[number % 2]
    details: dict[str, Any] = {"event": "finished", "synced": number}
    if outcome is Outcome.FAILED:
        details["errors"] = [{"kind": "odoo_transient", "message": "Odoo did not answer.", "hint": "Look at it."}]
    if number == 777:
        details["reason"] = "stopped by (anna)"
    return {
        "id": f"e{number}", "action": "sync_users" if number % 2 else "sync_data_lake", "source": "odoo",
        "user_id": "zoe" if number % 1000 == 1 else "cron", "details": details,
        "timestamp": AT + timedelta(seconds=number // 2), "run_id": f"r{number // 2}",
        "outcome": outcome and str(outcome),
    }  # fmt: skip


@pytest.fixture(scope="module")
def store(mongod: EmbeddedMongo) -> Iterator[Store]:
    with open_store(config(mongod.uri, NAME)) as opened:
        opened.indexes.ensure()
        database = database_of(opened)
        database.audit_log.insert_many(map(stored, range(EVENTS)))
        database.audit_log.insert_many([stored(n) | {"source": "other", "id": f"o{n}"} for n in range(100)])
        yield opened
        database.client.drop_database(NAME)


def numbers(events: tuple[AuditEvent, ...]) -> list[int]:
    return [int(event.id[1:]) for event in events]


def everything(store: Store, query: AuditQuery, order: Order = Order.NEWEST_FIRST, limit: int = 500) -> list[int]:
    found: list[int] = []
    after = None
    while True:
        page = store.audit.page(query, limit, after, order)
        found += numbers(page.events)
        after = page.after
        if after is None:
            return found


FAILED = [number for number in range(EVENTS) if number % 500 == 0]
ZOE = [number for number in range(EVENTS) if number % 1000 == 1]


class TestAnswers:
    def test_pages_of_the_history_hold_every_event_once_in_either_order(self, store: Store) -> None:
        assert everything(store, AuditQuery()) == list(reversed(range(EVENTS)))
        assert everything(store, AuditQuery(), Order.OLDEST_FIRST, 333) == list(range(EVENTS))

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            (AuditQuery(outcome=Outcome.FAILED), FAILED),
            (AuditQuery(user_id="zoe"), ZOE),
            (AuditQuery(("sync_users", "none"), "zoe"), ZOE),
            (AuditQuery(run_id="r5"), [10, 11]),
            (AuditQuery(no_outcome=True, run_id="r5"), [11]),
            (AuditQuery(user_id="zoe", since=AT + timedelta(seconds=9_000)), [18_001, 19_001]),
            (AuditQuery(texts=("look at", "odoo_trans")), FAILED),
            (AuditQuery(texts=("by (anna)",)), [777]),
            (AuditQuery(texts=("finished",), user_id="zoe"), ZOE),
            (AuditQuery(exclusions=Exclusions(user_ids=("cron",))), ZOE),
            (AuditQuery(exclusions=Exclusions(outcomes=(Outcome.SUCCESS, None))), FAILED),
            (AuditQuery(run_id="r5", exclusions=Exclusions(outcomes=(None,))), [10]),
            (AuditQuery(run_id="r5", exclusions=Exclusions(actions=("sync_users",))), [10]),
            (AuditQuery(user_id="zoe", exclusions=Exclusions(texts=("r500", "R1"))), [
                n for n in ZOE if "r500" not in f"r{n // 2}" and "r1" not in f"r{n // 2}"
            ]),
            *slow([
                (AuditQuery(texts=("zoe",)), ZOE),
                (AuditQuery(texts=("b. (anna)",)), []),
                (AuditQuery(texts=("DID NOT",)), FAILED),
            ]),
        ],
        ids=str,
    )  # fmt: skip
    def test_a_query_of_events_finds_all_that_it_asks_for_and_nothing_else(
        self, store: Store, query: AuditQuery, expected: list[int]
    ) -> None:
        assert everything(store, query) == expected[::-1]
        assert everything(store, query, Order.OLDEST_FIRST, 7) == expected
        assert store.audit.count(query, 10_001) == len(expected)

    def test_counting_events_stops_at_its_limit(self, store: Store) -> None:
        assert store.audit.count(AuditQuery(), 10_001) == 10_001

    def test_a_search_for_events_that_takes_long_tells_how_far_it_came_and_goes_on_from_there(
        self, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(audit_log, "MAX_SEARCH_SECONDS", 0.0)
        query = AuditQuery(texts=("did not answer",), since=AT + timedelta(seconds=500))
        page = store.audit.page(query, 5)
        assert numbers(page.events) == [19_500, 19_000]
        assert page.searched_to == AT + timedelta(seconds=9_500)
        assert everything(store, query) == [number for number in FAILED if number >= 1000][::-1]

    def test_events_that_come_during_a_search_hide_none(
        self, store: Store, database_copy: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Between two places of the log nothing moves, however many events come on top meanwhile."""
        monkeypatch.setattr(audit_log, "SEARCH_BATCH_SIZES", (10,))
        log = database_copy.audit
        last_of = log._last_of

        def and_then_one_more(*arguments: Any) -> Any:
            last = last_of(*arguments)
            log.append(AuditEvent("new", "sync_users", "new", AT + timedelta(days=1), {}))
            return last

        monkeypatch.setattr(log, "_last_of", and_then_one_more)
        found = log.page(AuditQuery(texts=("sync_",), exclusions=Exclusions(user_ids=("new",))), 500).events
        assert numbers(found) == list(reversed(range(100)))


@pytest.fixture
def database_copy(mongod: EmbeddedMongo, database_name: str) -> Iterator[Store]:
    with open_store(config(mongod.uri, database_name)) as opened:
        opened.indexes.ensure()
        database_of(opened).audit_log.insert_many(map(stored, range(100)))
        yield opened


def explained(store: Store, ask: Any) -> list[dict[str, Any]]:
    """What the server's profiler saw of the questions to the log."""
    database: Database[dict[str, Any]] = database_of(store)
    database.system.profile.drop()
    database.command("profile", 2)
    try:
        ask()
    finally:
        database.command("profile", 0)
    return list(database.system.profile.find({"ns": f"{database.name}.audit_log"}))


DOCUMENTS, KEYS = 210, 330
"""What a page of 100 may read: the place where it begins has two sides, and only an event tells null from missing."""

QUERIES = {
    "all": AuditQuery(),
    "action": AuditQuery(actions=("sync_users",)),
    "two actions": AuditQuery(actions=("sync_users", "sync_data_lake")),
    "user": AuditQuery(user_id="cron"),
    "outcome": AuditQuery(outcome=Outcome.SUCCESS),
    "no outcome": AuditQuery(no_outcome=True),
    "run": AuditQuery(run_id="r5"),
    "since": AuditQuery(since=AT + timedelta(seconds=100)),
    "until": AuditQuery(until=AT + timedelta(seconds=5000)),
}


class TestIndexes:
    @pytest.mark.parametrize("order", Order)
    @pytest.mark.parametrize("name", QUERIES)
    def test_first_and_deep_pages_of_events_read_only_what_they_show(
        self, store: Store, name: str, order: Order
    ) -> None:
        query = QUERIES[name]
        pages: list[int] = []

        def ask() -> None:
            after = None
            for _ in range(3):
                page = store.audit.page(query, 100, after, order)
                pages.append(len(page.events))
                after = page.after
                if after is None:
                    return

        seen = explained(store, ask)
        assert len(seen) == len(pages)
        for each in seen:
            assert "COLLSCAN" not in each["planSummary"]
            assert not each.get("hasSortStage"), "sorted in memory"
            assert each["docsExamined"] <= DOCUMENTS
            assert each["keysExamined"] <= KEYS

    def test_the_deepest_page_of_events_is_as_cheap_as_the_first(self, store: Store) -> None:
        after = store.audit.page(AuditQuery(until=AT + timedelta(seconds=60)), 10).after
        (seen,) = explained(store, lambda: store.audit.page(AuditQuery(), 100, after))
        assert (seen["docsExamined"] <= DOCUMENTS, seen["keysExamined"] <= KEYS) == (True, True)

    def test_counting_events_reads_the_index_alone(self, store: Store) -> None:
        for name in ("all", "action", "user", "outcome"):
            (seen,) = explained(store, lambda name=name: store.audit.count(QUERIES[name], 10_001))
            assert (seen["docsExamined"], seen["keysExamined"] <= 10_002) == (0, True), name

    def test_a_search_looks_at_each_event_once(self, store: Store) -> None:
        seen = explained(store, lambda: store.audit.page(AuditQuery(texts=("nowhere to be found",)), 100))
        assert all("COLLSCAN" not in each["planSummary"] for each in seen)
        assert sum(each["docsExamined"] for each in seen) <= EVENTS + 100
        assert not any(each.get("hasSortStage") for each in seen)
