"""Whatever another program left in a lease or a fence: the next sync goes on, or names the command that lets it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest
from _pytest.mark import ParameterSet

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.audit.events import AuditQuery
from odoo_sync_tui.core.cursor import Cursor
from odoo_sync_tui.core.entity import InactiveReason
from odoo_sync_tui.core.errors import LeaseHeld, LeaseLost
from odoo_sync_tui.core.reports.diagnosis import Check, Grade
from odoo_sync_tui.core.result import SyncResult
from odoo_sync_tui.core.run import INTEGRATION, Checkpoint, Lease, Operator, RunRecord
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.pipeline.doctor.examination import Doctor
from odoo_sync_tui.pipeline.run.lease.dead_runs import acquire_lease
from odoo_sync_tui.runtime.process_identity import current_process
from odoo_sync_tui.settings.load import build_settings_from_overrides
from odoo_sync_tui.store.documents.changes import WriteReport
from odoo_sync_tui.store.runs import leases
from tests.support.odd_fences import ODD_VALUES
from tests.support.slow import slow
from tests.support.store import ACCOUNTS, LAKE, stored, update
from tests.support.world import World, world

ACCOUNTS_ONLY = Scope(entities=("accounts",))
ANNA = Operator("anna", "far away", 1)
COMMAND = "odoo-sync-tui lease free"
FIELDS_OF_THE_HOLDER = ("owner", "run_id", "operator", "host", "pid", "client", "process", "since")
"""What a lease says of who holds it; whether it has ended, and the fence of the next one, follow from the others."""


@pytest.fixture
def here(mongo_uri: str, database_name: str) -> Iterator[World]:
    with DemoOdoo(records=20) as odoo, world(mongo_uri, database_name, odoo) as parts:
        parts.sync(Action.DATA_LAKE, ACCOUNTS_ONLY)
        yield parts


def first_account(here: World) -> int:
    return here.odoo.search("res.partner", [("is_company", "=", True)])[0]


def sync_a_change(here: World, name: str) -> SyncResult:
    here.odoo.write("res.partner", first_account(here), {"name": name})
    return here.sync(Action.DATA_LAKE, ACCOUNTS_ONLY)


def assert_change_is_synced(here: World, name: str) -> None:
    result = sync_a_change(here, name)
    assert (result.outcome, result.updated) == (Outcome.SUCCESS, 1), [str(error) for error in result.errors]
    assert here.lake("account", first_account(here))["data"]["name"] == name


def examine(here: World) -> Check:
    settings = build_settings_from_overrides(here.settings)
    return next(each for each in Doctor(lambda: settings, None, None).checks() if each.name == "mongodb.lease")


def hold(here: World, run_id: str = "away", seconds: float = 3600) -> Lease:
    """Hold the lease as a run on another machine does, whose sign of life is some minutes old."""
    store = here.backend._store
    with pytest.MonkeyPatch.context() as elsewhere:
        elsewhere.setattr(leases, "current_process", lambda: None)
        lease = store.leases.acquire(INTEGRATION, ANNA, run_id, seconds, store.runs.newest_fence())
    at = datetime.now(UTC) - timedelta(minutes=5)
    store.runs.start(RunRecord(run_id, str(Action.DATA_LAKE), ANNA, Scope(), at, at), lease.fence)
    here.database.sync_leases.update_one({}, {"$set": {"since": at}})
    return lease


def free(here: World, reason: str = "burnt down") -> int:
    return here.backend.service().free_lease("bob", reason, here.backend.overview_queries.get_lease())


@pytest.mark.parametrize("field", ["owner", "run_id", "operator", "process", "since", *slow(["host", "pid", "client"])])
def test_nothing_is_left_of_the_holder_of_an_ended_lease_when_it_is_taken(here: World, field: str):
    """All that a sync sees of the holder before it is in the one step in which it takes the lease."""
    store, leases_of_runs, process = here.backend._store, here.database.sync_leases, current_process()
    for odd in ODD_VALUES:
        leases_of_runs.update_one({}, {"$set": {field: odd}})
        lease = acquire_lease(store, ANNA, "next", 30)
        taken = leases_of_runs.find_one() or {}
        assert {name: taken[name] for name in FIELDS_OF_THE_HOLDER} == {
            "owner": lease.owner, "run_id": "next", "operator": ANNA.name, "host": ANNA.host, "pid": ANNA.pid,
            "client": None, "process": process and asdict(process), "since": lease.since,
        }, f"{field} {odd!r}"  # fmt: skip
        store.leases.release(lease)
    leases_of_runs.update_one({}, {"$set": {field: ODD_VALUES[0]}})
    assert_change_is_synced(here, f"{field} {ODD_VALUES[0]!r}")


def shared_out(*places: str) -> list[ParameterSet]:
    """Each odd value in one of the places, and in the others for the longer run: all of them read it alike."""
    cases = []
    for turn, place in enumerate(places):
        mine = ODD_VALUES[turn :: len(places)]
        others = [each for number, each in enumerate(ODD_VALUES) if number % len(places) != turn]
        cases += [pytest.param(place, mine, id=place), *slow([(place, others)])]
    return cases


@pytest.mark.parametrize(("field", "values"), shared_out("expires_at", "fence"))
def test_a_sync_succeeds_whatever_stands_in_a_field_of_an_ended_lease(here: World, field: str, values: list[object]):
    for odd in values:
        here.database.sync_leases.update_one({}, {"$set": {field: odd}})
        assert_change_is_synced(here, f"{field} {odd!r}")


@pytest.mark.parametrize(("collection", "values"), shared_out("data_lake_serving", "integrations", "sync_runs"))
def test_a_sync_succeeds_whatever_number_stands_as_fence(here: World, collection: str, values: list[object]):
    for odd in values:
        here.database[collection].update_many({}, {"$set": {"fence": odd}})
        assert_change_is_synced(here, f"{collection} {odd!r}")


def test_a_sync_succeeds_after_every_fence_has_become_odd_at_once(here: World):
    for odd in ODD_VALUES:
        for collection in ("data_lake_serving", "integrations", "sync_runs", "sync_leases"):
            here.database[collection].update_many({}, {"$set": {"fence": odd}})
        assert_change_is_synced(here, f"all {odd!r}")


@pytest.mark.parametrize("fence", [2**62, float("inf")], ids=repr)
def test_a_run_that_died_with_an_odd_fence_gets_its_end_from_the_next_one(here: World, fence: object):
    here.backend._store.leases.release(hold(here))
    here.database.sync_runs.update_one({"_id": "away"}, {"$set": {"fence": fence}})
    assert_change_is_synced(here, "after it")
    run = here.backend.overview_queries.get_run("away")
    assert run is not None
    assert run.outcome is Outcome.INTERRUPTED


def test_a_lease_until_the_year_9999_is_shown_as_no_run_at_work(here: World):
    hold(here)
    here.database.sync_leases.update_one({}, {"$set": {"expires_at": datetime(9999, 12, 31, tzinfo=UTC)}})
    overview = here.backend.overview_queries.get_overview()
    assert overview.lease is not None
    assert (overview.lease.live, overview.live_run, here.backend.overview_queries.list_live_runs()) == (False, None, [])
    assert_change_is_synced(here, "after it")


@pytest.mark.parametrize("fence", [5_000, [5_000], *slow([5_000.5])], ids=repr)
def test_a_fence_that_a_run_might_have_written_is_named_with_the_command_that_lets_the_next_sync_go_on(
    here: World, fence: object
):
    here.database.data_lake_serving.update_many({}, {"$set": {"fence": fence}})
    result = sync_a_change(here, "blocked")
    assert result.outcome is Outcome.INTERRUPTED
    assert COMMAND in str(result.errors[0])
    assert here.backend.overview_queries.examine_lease().highest_fence >= 5_000
    assert free(here) > 5_000
    assert_change_is_synced(here, "freed")


def test_a_run_that_comes_back_after_its_lease_was_freed_writes_nothing_over_the_next_one(here: World):
    old, store, number = hold(here), here.backend._store, first_account(here)
    with pytest.raises(LeaseHeld, match=f"no sign of life since .*{COMMAND}"):
        sync_a_change(here, "later")
    new = free(here)
    assert new > old.fence
    assert not store.leases.renew(old, 30)
    with pytest.raises(LeaseLost):
        store.runs.save_checkpoint("away", "accounts", Checkpoint(5), old.fence)
    with pytest.raises(LeaseLost):
        store.integrations.save_cursor("accounts", Cursor(None, "", "", "away", datetime.now(UTC)), old.fence)
    store.leases.release(old)
    assert_change_is_synced(here, "later")
    late = [update(number, stored(store, number).key, name="older")]
    assert store.documents.write(LAKE, late, old.fence) == WriteReport(stale=1)
    assert store.documents.retire(LAKE, [number], InactiveReason.DELETED, old.fence) == 0
    assert here.lake("account", number)["data"]["name"] == "later"
    assert stored(store, number, ACCOUNTS).active


def test_a_freed_lease_is_in_the_history_with_who_and_why_and_its_run_is_interrupted(here: World):
    hold(here)
    free(here, "burnt down")
    run = here.backend.overview_queries.get_run("away")
    assert run is not None
    assert run.outcome is Outcome.INTERRUPTED
    (event,) = here.backend.overview_queries.list_events(AuditQuery(actions=("lease_freed",)), 5).events
    assert (event.user_id, event.details["reason"], event.details["holder"]) == (
        "bob",
        "burnt down",
        {"operator": "anna", "host": "far away", "run_id": "away"},
    )
    assert here.backend.overview_queries.verify_audit_log(pytest.fail).is_intact


def test_a_lease_that_somebody_else_has_taken_meanwhile_is_not_freed(here: World):
    store = here.backend._store
    store.leases.release(hold(here, "seen"))
    hold(here, "seen too")
    seen = here.backend.overview_queries.get_lease()
    here.database.sync_leases.update_one({}, {"$set": {"expires_at": datetime.now(UTC)}})
    other = hold(here, "other")
    with pytest.raises(LeaseHeld):
        here.backend.service().free_lease("bob", "", seen)
    assert store.leases.renew(other, 3600)
    run = here.backend.overview_queries.get_run("other")
    assert run is not None
    assert run.live
    newest = here.backend.overview_queries.list_events(AuditQuery(actions=("lease_freed",)), 1).events[0]
    assert (newest.outcome, newest.details["event"]) == (Outcome.FAILED, "lease_not_freed")


class TestDoctor:
    def test_nothing_is_found_in_what_runs_have_written(self, here: World):
        assert (examine(here).health, examine(here).message) == (Grade.OK, "Nobody holds it.")

    def test_every_odd_field_is_named(self, here: World):
        odd = {"fence": 2**63 - 1, "since": "x", "expires_at": datetime(9999, 12, 31, tzinfo=UTC)}
        here.database.sync_leases.update_one({}, {"$set": odd})
        here.database.integrations.update_one({}, {"$set": {"fence": float("nan")}})
        check = examine(here)
        assert check.health is Grade.WARN
        names = "sync_leases.since, sync_leases.expires_at, sync_leases.fence, integrations.fence"
        assert names in check.message
        assert_change_is_synced(here, "mended")
        assert examine(here).health is Grade.OK

    def test_a_holder_without_a_sign_of_life_is_named_with_the_command(self, here: World):
        hold(here)
        check = examine(here)
        assert check.health is Grade.WARN
        assert "anna on far away" in check.message
        assert COMMAND in check.hint
