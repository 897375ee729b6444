"""What happens to rows while nobody sees them: hidden, unreadable, or the store is changed by other hands."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.run import Lease
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.demo.faults import EmptyCensus, Fault, HiddenIds, PoisonRow
from odoo_sync_tui.pipeline.entity import retirement
from odoo_sync_tui.pipeline.heartbeat import Heartbeat
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.store.documents.document_store import Documents
from odoo_sync_tui.store.runs.leases import Leases
from odoo_sync_tui.store.runs.run_records import Runs
from tests.support.world import FULL, World, world

ACCOUNTS = Scope(entities=("accounts",))
LONG = timedelta(minutes=30)
"""Longer than the overlap of incremental runs."""


class Clock:
    """Odoo's clock; a test lets time pass."""

    def __init__(self) -> None:
        self.passed = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.passed


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def odoo(clock: Clock) -> Iterator[DemoOdoo]:
    with DemoOdoo(records=100, clock=clock) as server:
        yield server


@pytest.fixture
def here(odoo: DemoOdoo, mongo_uri: str, database_name: str) -> Iterator[World]:
    with world(mongo_uri, database_name, odoo, odoo__page_size=20, sync__block_size=20) as parts:
        yield parts


def account(here: World, *, active: bool) -> int:
    """The Odoo id of an account that is stored as active or not."""
    found = here.database.data_lake_serving.find_one({"entity_type": "account", "is_active": active})
    assert found is not None
    return found["data"]["id"]


def time_passes(here: World, clock: Clock, number: int) -> None:
    """Long enough for the cursor to move on, which it does because another row changes."""
    clock.passed += LONG
    other = next(each for each in here.odoo.search("res.partner", [("is_company", "=", True)]) if each != number)
    here.odoo.write("res.partner", other, {"phone": str(clock.passed)})
    here.sync(Action.DATA_LAKE, ACCOUNTS)
    clock.passed += LONG


@pytest.mark.parametrize("active", [True, False])
@pytest.mark.parametrize(
    "hiding",
    [
        lambda number: HiddenIds(model="res.partner", ids=frozenset({number})),
        lambda _: EmptyCensus(model="res.partner"),
    ],
)
def test_a_row_that_was_in_quarantine_when_it_disappeared_is_read_when_it_is_back(
    here: World, clock: Clock, hiding: Callable[[int], Fault], active: bool
):
    here.sync(Action.DATA_LAKE, ACCOUNTS)
    number = account(here, active=active)
    clock.passed += LONG
    with here.odoo.faults.on(PoisonRow(model="res.partner", record_id=number, field_name="street")):
        here.odoo.write("res.partner", number, {"phone": "the new one"})
        time_passes(here, clock, number)
        with here.odoo.faults.on(hiding(number)):
            here.sync(Action.DATA_LAKE, ACCOUNTS)
        clock.passed += LONG
    assert here.sync(Action.DATA_LAKE, ACCOUNTS).outcome is Outcome.SUCCESS
    assert here.lake("account", number)["data"]["phone"] == "the new one"


def test_an_archived_row_that_changed_while_it_was_hidden_is_read_when_it_is_back(here: World, clock: Clock):
    here.sync(Action.DATA_LAKE, ACCOUNTS)
    number = account(here, active=False)
    clock.passed += LONG
    with here.odoo.faults.on(HiddenIds(model="res.partner", ids=frozenset({number}))):
        here.odoo.unarchive("res.partner", number)
        here.odoo.write("res.partner", number, {"phone": "the new one"})
        time_passes(here, clock, number)
    assert here.sync(Action.DATA_LAKE, ACCOUNTS).counts.reactivated == 1
    found = here.lake("account", number)
    assert (found["is_active"], found["data"]["phone"]) == (True, "the new one")
    assert here.sync(Action.DATA_LAKE, ACCOUNTS).counts.unchanged == len(
        here.odoo.search("res.partner", [("is_company", "=", True)])
    )


def test_a_user_that_the_application_switched_on_and_off_stays_off(here: World):
    here.sync(Action.DEPARTMENTS)
    here.sync(Action.USERS)
    users = here.database.users
    number = users.find_one({"is_active": True, "odoo_employee_id": {"$gt": 0}})["odoo_employee_id"]
    mine = {"odoo_employee_id": number}
    here.odoo.archive("hr.employee", number)
    here.sync(Action.USERS)
    users.update_one(mine, {"$set": {"is_active": True}})
    here.odoo.unarchive("hr.employee", number)
    assert here.sync(Action.USERS).counts.updated == 1
    assert users.find_one(mine)["inactive_reason"] is None
    users.update_one(mine, {"$set": {"is_active": False}})
    assert here.sync(Action.USERS, FULL).counts.reactivated == 0
    assert users.find_one(mine)["is_active"] is False


@pytest.mark.parametrize("overlap", [0.0, 3.0])
def test_a_row_that_is_stamped_in_the_future_hides_no_change(
    odoo: DemoOdoo, clock: Clock, mongo_uri: str, database_name: str, overlap: float
):
    with world(mongo_uri, database_name, odoo, sync__overlap_minutes=overlap) as here:
        ahead, number = odoo.search("res.partner", [("is_company", "=", True)])[:2]
        odoo.write("res.partner", ahead, {"write_date": "2099-01-01 00:00:00"})
        here.sync(Action.DATA_LAKE, ACCOUNTS)
        clock.passed += timedelta(minutes=1)
        odoo.write("res.partner", number, {"phone": "the new one"})
        clock.passed += timedelta(minutes=1)
        here.sync(Action.DATA_LAKE, ACCOUNTS)
        assert here.lake("account", number)["data"]["phone"] == "the new one"


def test_a_lease_that_somebody_removed_stands_in_nobodys_way(here: World):
    for _ in range(3):
        here.sync(Action.DATA_LAKE, ACCOUNTS)
    here.database.sync_leases.delete_many({})
    here.odoo.write("res.partner", account(here, active=True), {"phone": "the new one"})
    result = here.sync(Action.DATA_LAKE, ACCOUNTS)
    assert (result.outcome, result.updated) == (Outcome.SUCCESS, 1)


def test_what_a_stopped_run_has_retired_is_in_its_figures(here: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(retirement, "WRITE_BATCH_SIZE", 10)
    here.sync(Action.DATA_LAKE, ACCOUNTS)
    active = here.database.data_lake_serving.find({"entity_type": "account", "is_active": True}).limit(30)
    for document in list(active):
        here.odoo.delete("res.partner", document["data"]["id"])
    cancel, retire = CancelToken(), Documents.retire

    def struck(*arguments: object) -> int:
        cancel.request("cancelled by bob")
        return retire(*arguments)

    scope = Scope(entities=("accounts",), confirm_retire={"accounts": 30})
    with monkeypatch.context() as patched:
        patched.setattr(Documents, "retire", struck)
        assert here.sync(Action.DATA_LAKE, scope, cancel=cancel).deactivated == 10
    assert here.last_event()["details"]["deactivated"] == 10
    assert here.sync(Action.DATA_LAKE, scope).deactivated == 20


def test_documents_that_were_removed_while_a_run_was_cut_off_are_counted_once(
    here: World, monkeypatch: pytest.MonkeyPatch
):
    cancel, checkpoint, calls = CancelToken(), Runs.save_checkpoint, iter(range(1, 1000))

    def struck(*arguments: object) -> None:
        checkpoint(*arguments)
        if next(calls) == 3:
            cancel.request("cancelled by bob")

    with monkeypatch.context() as patched:
        patched.setattr(Runs, "save_checkpoint", struck)
        assert here.sync(Action.DATA_LAKE, ACCOUNTS, cancel=cancel).outcome is Outcome.CANCELLED
    here.database.data_lake_serving.delete_many({})
    result = here.sync(Action.DATA_LAKE, ACCOUNTS)
    assert result.created == result.synced == result.entities["accounts"].census == 100


@pytest.mark.parametrize("renewed", [False, True])
def test_a_lease_is_held_from_the_moment_at_which_it_was_asked_for(
    here: World, monkeypatch: pytest.MonkeyPatch, renewed: bool
):
    """What passes until the first heartbeat belongs to its time; where dead runs are closed first, it is renewed."""
    if renewed:
        here.database.sync_runs.insert_one({"_id": "dead", "started_at": datetime.now(UTC), "outcome": None})
    acquire, enter, asked, held = Leases.acquire, Heartbeat.__enter__, list[float](), list[float]()

    def acquired(*arguments: object) -> Lease:
        asked.append(time.monotonic())
        return acquire(*arguments)

    def entered(heartbeat: Heartbeat) -> Heartbeat:
        held.append(heartbeat._renewed)
        return enter(heartbeat)

    monkeypatch.setattr(Leases, "acquire", acquired)
    monkeypatch.setattr(Heartbeat, "__enter__", entered)
    here.sync(Action.DEPARTMENTS)
    assert (held[0] > asked[0]) is renewed


def test_a_reason_of_another_program_makes_no_row_be_read_again_and_again(here: World):
    here.sync(Action.DATA_LAKE, ACCOUNTS)
    lake = here.database.data_lake_serving
    lake.update_many({"is_active": True}, {"$set": {"inactive_reason": "manual"}})
    here.sync(Action.DATA_LAKE, ACCOUNTS)
    here.odoo.calls.clear()
    here.sync(Action.DATA_LAKE, ACCOUNTS)
    assert sum(call.row_count for call in here.odoo.calls if call.method == "search_read") < 20
