"""States of sources and claims on them, on a real mongod: its clock decides."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from odoo_sync_tui.core.reports.fleet import SourceProgress, SourceState
from odoo_sync_tui.core.reports.health import HealthLevel
from odoo_sync_tui.store.fleet.store import FleetStore, open_fleet_store
from tests.support.store import config

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ACME = SourceState(
    "acme",
    health=HealthLevel.WRONG,
    reason="Odoo refuses the key",
    last_success=AT,
    documents=1200,
    due_at=AT,
    late_at=AT,
    running=SourceProgress("sync_users", "r1", AT, 5, 10),
    where="box",
    tags=("gold",),
    zone="eu",
)


@pytest.fixture
def fleet(mongo_uri: str, database_name: str) -> Iterator[FleetStore]:
    with open_fleet_store(config(mongo_uri, database_name)) as opened:
        yield opened


def claim(fleet: FleetStore, holder: str, seconds: float = 30.0) -> bool:
    return fleet.claims.claim("acme", holder, "box", "local", seconds)


def test_what_is_saved_is_read_with_the_servers_time(fleet: FleetStore):
    nothing = fleet.sources.read()
    assert nothing.sources == ()
    assert abs((datetime.now(UTC) - nothing.at).total_seconds()) < 60
    fleet.sources.save(ACME)
    state = fleet.sources.read()
    (acme,) = state.sources
    assert acme.at is not None
    assert abs((state.at - acme.at).total_seconds()) < 60
    assert {name: getattr(acme, name) for name in ACME.__slots__ if name != "at"} == {
        name: getattr(ACME, name) for name in ACME.__slots__ if name != "at"
    }
    assert acme.is_late(state.at)


def test_progress_changes_nothing_else(fleet: FleetStore):
    fleet.sources.save(ACME)
    fleet.sources.save_progress("acme", SourceProgress("sync_users", "r1", AT, 7, 10), "other")
    (acme,) = fleet.sources.read().sources
    assert (acme.running and acme.running.done, acme.where, acme.health) == (7, "other", HealthLevel.WRONG)


def test_of_many_only_one_gets_a_claim(fleet: FleetStore):
    won: list[str] = []
    barrier = threading.Barrier(8)

    def contend(holder: str) -> None:
        barrier.wait()
        if claim(fleet, holder):
            won.append(holder)

    threads = [threading.Thread(target=contend, args=(f"h{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    (acme,) = fleet.sources.read().sources
    assert acme.claim is not None
    assert (acme.claim.holder, acme.claim.host, acme.claim.engine, acme.claim.live) == (won[0], "box", "local", True)


def test_a_claim_whose_holder_died_is_free_after_its_end(fleet: FleetStore):
    assert claim(fleet, "dead", seconds=0)
    assert claim(fleet, "next")
    assert not claim(fleet, "third")


def test_a_claim_that_is_renewed_stays_and_one_that_is_released_is_free(fleet: FleetStore):
    assert claim(fleet, "first", seconds=5)
    assert fleet.claims.renew("first", 60) == 1
    assert fleet.claims.renew("other", 60) == 0
    fleet.claims.release("acme", "other")
    assert not claim(fleet, "other")
    fleet.claims.release("acme", "first", retry_after=90)
    state = fleet.sources.read()
    (acme,) = state.sources
    assert acme.retry_at is not None
    assert acme.retry_at > state.at
    assert claim(fleet, "other")


def test_saving_a_state_leaves_the_claim(fleet: FleetStore):
    assert claim(fleet, "first")
    fleet.sources.save(ACME)
    assert not claim(fleet, "other")


def test_what_others_left_in_a_document_harms_nobody(fleet: FleetStore):
    odd = {"_id": "acme", "health": 7, "claim": "x", "running": [], "tags": "gold", "due_at": "soon"}
    fleet.sources._database["fleet_sources"].insert_one(odd)
    (acme,) = fleet.sources.read().sources
    assert (acme.health, acme.claim, acme.tags, acme.due_at) == (HealthLevel.UNKNOWN, None, (), None)
    assert claim(fleet, "first")
