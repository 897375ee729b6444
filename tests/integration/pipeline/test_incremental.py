"""An incremental run misses no change of a row that was hidden, unreadable or stamped in the future."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.demo.faults import EmptyCensus, Fault, HiddenIds, PoisonRow
from tests.support.slow import slow
from tests.support.world import Clock, World, world

ACCOUNTS = Scope(entities=("accounts",))
LONG = timedelta(minutes=30)
"""Longer than the overlap of incremental runs."""


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
    clock.ahead += LONG
    other = next(each for each in here.odoo.search("res.partner", [("is_company", "=", True)]) if each != number)
    here.odoo.write("res.partner", other, {"phone": str(clock.ahead)})
    here.sync(Action.DATA_LAKE, ACCOUNTS)
    clock.ahead += LONG


def hidden(number: int) -> HiddenIds:
    return HiddenIds(model="res.partner", ids=frozenset({number}))


def all_hidden(_: int) -> EmptyCensus:
    return EmptyCensus(model="res.partner")


@pytest.mark.parametrize(
    ("hiding", "active"),
    [(hidden, True), (all_hidden, False), *slow([(hidden, False), (all_hidden, True)])],
)
def test_a_row_that_was_in_quarantine_when_it_disappeared_is_read_when_it_is_back(
    here: World, clock: Clock, hiding: Callable[[int], Fault], active: bool
):
    here.sync(Action.DATA_LAKE, ACCOUNTS)
    number = account(here, active=active)
    clock.ahead += LONG
    with here.odoo.faults.on(PoisonRow(model="res.partner", record_id=number, field_name="street")):
        here.odoo.write("res.partner", number, {"phone": "the new one"})
        time_passes(here, clock, number)
        with here.odoo.faults.on(hiding(number)):
            here.sync(Action.DATA_LAKE, ACCOUNTS)
        clock.ahead += LONG
    assert here.sync(Action.DATA_LAKE, ACCOUNTS).outcome is Outcome.SUCCESS
    assert here.lake("account", number)["data"]["phone"] == "the new one"


def test_an_archived_row_that_changed_while_it_was_hidden_is_read_when_it_is_back(here: World, clock: Clock):
    here.sync(Action.DATA_LAKE, ACCOUNTS)
    number = account(here, active=False)
    clock.ahead += LONG
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


@pytest.mark.parametrize("overlap", [0.0, 3.0])
def test_a_row_that_is_stamped_in_the_future_hides_no_change(
    odoo: DemoOdoo, clock: Clock, mongo_uri: str, database_name: str, overlap: float
):
    with world(mongo_uri, database_name, odoo, sync__overlap_minutes=overlap) as here:
        ahead, number = odoo.search("res.partner", [("is_company", "=", True)])[:2]
        odoo.write("res.partner", ahead, {"write_date": "2099-01-01 00:00:00"})
        here.sync(Action.DATA_LAKE, ACCOUNTS)
        clock.ahead += timedelta(minutes=1)
        odoo.write("res.partner", number, {"phone": "the new one"})
        clock.ahead += timedelta(minutes=1)
        here.sync(Action.DATA_LAKE, ACCOUNTS)
        assert here.lake("account", number)["data"]["phone"] == "the new one"


def test_an_inactive_reason_of_another_program_makes_no_row_be_read_again_and_again(here: World):
    here.sync(Action.DATA_LAKE, ACCOUNTS)
    lake = here.database.data_lake_serving
    lake.update_many({"is_active": True}, {"$set": {"inactive_reason": "manual"}})
    here.sync(Action.DATA_LAKE, ACCOUNTS)
    here.odoo.calls.clear()
    here.sync(Action.DATA_LAKE, ACCOUNTS)
    assert sum(call.row_count for call in here.odoo.calls if call.method == "search_read") < 20
