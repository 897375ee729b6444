"""Documents whose rows are gone: when they are retired, and what the figures say of a retirement that was stopped."""

from __future__ import annotations

from dataclasses import replace

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.pipeline.entity import retirement
from odoo_sync_tui.runtime.cancel import CancelToken
from tests.support.proxy import Proxy, to_mongo
from tests.support.world import World, world

UPDATE_MANY = b"\x08multi\x00\x01"
"""How MongoDB's wire protocol spells an update of many documents."""


def test_an_empty_answer_retires_nothing_and_the_operator_is_told(here: World):
    here.sync(Action.DEPARTMENTS)
    for document in here.database.departments.find():
        here.odoo.delete("hr.department", document["odoo_id"])
    result = here.sync(Action.DEPARTMENTS)
    assert result.outcome is Outcome.PARTIAL
    assert result.deactivated == 0
    assert "were not retired" in str(result.warnings[0])
    assert here.integration()["sync_status"] == "partial"
    assert "--entity departments --confirm-retire" in here.integration()["error_message"]


def test_a_retirement_beyond_the_limit_waits_for_the_word_of_the_operator(here: World):
    here.sync(Action.DATA_LAKE, Scope(entities=("opportunities",)))
    documents = here.database.data_lake_serving.find({"is_active": True}).sort("data.id", 1).limit(25)
    ids = [document["data"]["id"] for document in documents]
    for number in ids:
        here.odoo.delete("crm.lead", number)
    scope = Scope(entities=("opportunities",))
    withheld = here.sync(Action.DATA_LAKE, scope)
    assert withheld.entities["opportunities"].withheld == 25
    assert f"The first of them: 20 deleted ({', '.join(map(str, ids[:20]))})" in str(withheld.warnings[0])
    others = Scope(entities=("accounts", "opportunities"), confirm_retire={"accounts": 1000})
    assert here.sync(Action.DATA_LAKE, others).entities["opportunities"].withheld == 25
    confirmed = here.sync(Action.DATA_LAKE, replace(scope, confirm_retire={"opportunities": 25}))
    assert (confirmed.outcome, confirmed.deactivated) == (Outcome.SUCCESS, 25)


def test_documents_beyond_what_one_run_retires_are_counted_and_left_to_the_next_one(
    here: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(retirement, "MAX_KEPT_IDS", 20)
    scope = Scope(entities=("opportunities",), confirm_retire={"opportunities": 25})
    here.sync(Action.DATA_LAKE, scope)
    documents = here.database.data_lake_serving.find({"is_active": True}).limit(25)
    for number in [document["data"]["id"] for document in documents]:
        here.odoo.delete("crm.lead", number)
    first = here.sync(Action.DATA_LAKE, scope)
    assert (first.outcome, first.deactivated) == (Outcome.PARTIAL, 20)
    assert "5 more documents have no row in Odoo any more: one run retires 20 at most." in str(first.warnings[0])
    second = here.sync(Action.DATA_LAKE, scope)
    assert (second.outcome, second.deactivated) == (Outcome.SUCCESS, 5)


def test_documents_that_a_stopped_run_has_retired_are_in_its_figures(mongo_uri: str, database_name: str):
    """A batch that was sent to MongoDB when the run was stopped counts, and the next run retires the others."""
    batch, others = retirement.WRITE_BATCH_SIZE, 100
    cancel = CancelToken()

    def stop_at_retirement(message: bytes) -> None:
        if b"data_lake_serving" in message and UPDATE_MANY in message:
            cancel.request("cancelled by bob")

    with (
        Proxy(to_mongo(mongo_uri)) as line,
        DemoOdoo(records=1500) as odoo,
        world(line.mongo_uri, database_name, odoo) as here,
    ):
        here.sync(Action.DATA_LAKE, Scope(entities=("accounts",)))
        active = here.database.data_lake_serving.find({"entity_type": "account", "is_active": True})
        for document in list(active.limit(batch + others)):
            odoo.delete("res.partner", document["data"]["id"])
        line.on_chunk = stop_at_retirement
        scope = Scope(entities=("accounts",), confirm_retire={"accounts": batch + others})
        assert here.sync(Action.DATA_LAKE, scope, cancel=cancel).deactivated == batch
        assert here.last_event()["details"]["deactivated"] == batch
        assert here.sync(Action.DATA_LAKE, scope).deactivated == others
