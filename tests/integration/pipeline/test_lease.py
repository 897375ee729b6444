"""The lease of a run: who may remove it, and how long it is held while MongoDB is slow to answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.progress import RunProgress
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.demo import DemoOdoo
from tests.support.proxy import Proxy, to_mongo
from tests.support.world import World, wait_until, world


@pytest.fixture
def odoo() -> Iterator[DemoOdoo]:
    with DemoOdoo(records=30) as server:
        yield server


def test_a_lease_that_somebody_removed_stands_in_nobodys_way(odoo: DemoOdoo, mongo_uri: str, database_name: str):
    accounts = Scope(entities=("accounts",))
    with world(mongo_uri, database_name, odoo) as here:
        for _ in range(3):
            here.sync(Action.DATA_LAKE, accounts)
        here.database.sync_leases.delete_many({})
        number = odoo.search("res.partner", [("is_company", "=", True)])[0]
        odoo.write("res.partner", number, {"phone": "the new one"})
        result = here.sync(Action.DATA_LAKE, accounts)
        assert (result.outcome, result.updated) == (Outcome.SUCCESS, 1)


class SlowLease:
    """Keeps back the answer to the request for the lease until the lease has expired, and then the first heartbeat."""

    def __init__(self, here: World) -> None:
        self._here = here
        self._answered = threading.Event()
        self.beat = threading.Event()

    def __call__(self, message: bytes) -> None:
        if b"lastErrorObject" in message and not self._answered.is_set():
            self._answered.set()
            wait_until(self._is_expired)
        elif b"findAndModify" in message and b"heartbeat_at" in message:
            self.beat.wait(10)

    def _is_expired(self) -> bool:
        lease = self._here.database.sync_leases.find_one({"expires_at": {"$lt": datetime.now(UTC)}})
        return lease is not None


def test_a_lease_that_expired_before_its_answer_came_allows_no_write(
    odoo: DemoOdoo, mongo_uri: str, database_name: str
):
    """A lease is held from the moment at which it was requested, not from its answer."""
    with Proxy(to_mongo(mongo_uri)) as line, world(line.mongo_uri, database_name, odoo, sync__lease_seconds=1) as here:
        line.on_chunk = slow = SlowLease(here)
        try:
            result = here.sync(Action.DEPARTMENTS)
        finally:
            slow.beat.set()
        assert result.outcome is Outcome.INTERRUPTED
        assert "The lease was lost" in str(result.errors[0])
        assert here.database.departments.count_documents({}) == 0


def test_a_lease_that_was_renewed_for_the_end_of_a_dead_run_allows_writes(
    odoo: DemoOdoo, mongo_uri: str, database_name: str
):
    with Proxy(to_mongo(mongo_uri)) as line, world(line.mongo_uri, database_name, odoo, sync__lease_seconds=3) as here:
        here.database.sync_runs.insert_one({"_id": "dead", "started_at": datetime.now(UTC), "outcome": None})
        line.on_chunk = slow = SlowLease(here)
        slow.beat.set()
        result = here.sync(Action.DEPARTMENTS)
        assert result.outcome is Outcome.SUCCESS, [str(notice) for notice in result.errors]


def test_while_an_index_is_built_on_a_filled_lake_the_run_says_so_and_holds_no_lease_yet(
    odoo: DemoOdoo, mongo_uri: str, database_name: str
):
    with world(mongo_uri, database_name, odoo) as here:
        here.sync(Action.DATA_LAKE)
        here.database.data_lake_serving.drop_index("retired")
        told = dict[str, bool]()

        def look(progress: RunProgress) -> None:
            lease = here.backend.overview_queries.get_lease()
            if progress.trouble:
                told[progress.trouble.message] = bool(lease and lease.live)

        result = here.sync(Action.DATA_LAKE, on_progress=look)
        number = here.database.data_lake_serving.count_documents({})
        assert told == {f"Building index 1 of 1: retired of data_lake_serving, {number} documents": False}
        assert result.outcome is Outcome.SUCCESS
        assert "retired" in here.database.data_lake_serving.index_information()


def test_a_run_warns_of_a_field_that_no_logged_entity_has(odoo: DemoOdoo, mongo_uri: str, database_name: str):
    logged = {"changes__fields": ["stage_id", "stage_di"], "changes__entities": ["opportunities"]}
    with world(mongo_uri, database_name, odoo, **logged) as here:
        warnings = here.sync(Action.DEPARTMENTS).warnings
        assert [each.message for each in warnings if each.kind == "change_fields"] == [
            "changes.fields names what no logged entity has: stage_di. No change of it is logged."
        ]
