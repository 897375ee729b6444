"""What a run leaves open is looked at by the next one, whether it was cut off, or a row could not be read."""

from __future__ import annotations

from typing import Any

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.result import Counts
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.demo.faults import HiddenIds, PoisonRow
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.store.documents.document_store import Documents
from odoo_sync_tui.store.driver.repository import Repository
from odoo_sync_tui.store.runs.integrations import Integrations
from tests.support.census import ACCOUNTS, LATER, settled, sync
from tests.support.world import FULL, Clock, World

LEADS = Scope(entities=("opportunities",))


# ------------------------------------------------------------------------------------------------ what is left open


def test_a_row_in_quarantine_keeps_the_census_going_until_it_is_read(here: World, clock: Clock):
    numbers = settled(here, clock)
    here.odoo.write("res.partner", numbers[0], {"phone": "the new one"})
    with here.odoo.faults.on(PoisonRow(model="res.partner", record_id=numbers[0], field_name="street")):
        assert here.sync(Action.DATA_LAKE, ACCOUNTS).counts.quarantined == 1
        clock.ahead += LATER
        assert here.sync(Action.DATA_LAKE, ACCOUNTS).counts.quarantined == 1
    assert sync(here, lists=True).updated == 1
    assert sync(here, lists=True).updated == 0, "nothing was left open, which this census proves"
    assert sync(here, lists=False).updated == 0


def test_a_filtered_run_that_leaves_a_row_in_quarantine_is_followed_by_a_census(here: World, clock: Clock):
    numbers = settled(here, clock)
    filtered = Scope(entities=("accounts",), mode=FULL.mode, domain=(("id", "=", numbers[0]),))
    with here.odoo.faults.on(PoisonRow(model="res.partner", record_id=numbers[0], field_name="street")):
        assert here.sync(Action.DATA_LAKE, filtered).counts.quarantined == 1
    sync(here, lists=True)
    assert here.database.sync_quarantine.count_documents({}) == 0


def test_a_name_that_could_not_be_read_keeps_the_census_going_until_it_can(here: World, clock: Clock):
    numbers = settled(here, clock, LEADS, "crm.lead")
    lead = next(each for each in numbers if here.odoo.get_value("crm.lead", each, "partner_id"))
    partner = here.odoo.get_value("crm.lead", lead, "partner_id")
    assert isinstance(partner, int)
    here.odoo.write("crm.lead", lead, {"phone": "the new one"})
    with here.odoo.faults.on(HiddenIds(model="res.partner", ids=frozenset({partner}))):
        sync(here, LEADS, lists=False, model="crm.lead")
        assert here.lake("opportunity", lead)["incomplete"]
        clock.ahead += LATER
    sync(here, LEADS, lists=True, model="crm.lead")
    assert "incomplete" not in here.lake("opportunity", lead)


@pytest.mark.parametrize(("room", "method"), [(Documents, "write"), (Integrations, "save_cursor")])
def test_a_run_that_ends_between_its_writes_and_its_cursor_is_made_good(
    here: World, clock: Clock, room: type[Repository], method: str, monkeypatch: pytest.MonkeyPatch
):
    numbers = settled(here, clock)
    archived = next(each for each in numbers if here.odoo.get_value("res.partner", each, "active"))
    here.odoo.archive("res.partner", archived)
    new = here.odoo.create("res.partner", {"name": "New", "is_company": True})
    cancel, write = CancelToken(), Documents.write

    def end(documents: Documents, *arguments: Any) -> None:
        if method == "write":
            write(documents, *arguments)
        cancel.request("enough")
        cancel.raise_if_requested()

    with monkeypatch.context() as patch:
        patch.setattr(room, method, end)
        assert here.sync(Action.DATA_LAKE, ACCOUNTS, cancel=cancel).outcome is Outcome.CANCELLED
    assert here.database.data_lake_serving.count_documents({"serving_id": f"odoo_account_{new}"}) == 1
    sync(here, lists=True)
    assert here.lake("account", archived)["inactive_reason"] == "archived"
    assert sync(here, lists=False).counts == Counts(unchanged=len(numbers) + 1)
