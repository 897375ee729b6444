"""Without a fault: the checks of this folder hold, and they would notice a difference."""

from __future__ import annotations

import pytest

from odoo_sync_tui.core.actions import Action
from tests.faults.checks import assert_at_rest, assert_in_step, heal
from tests.support.world import World


@pytest.mark.parametrize("action", list(Action))
def test_a_plain_run_is_exact(here: World, action: Action):
    if action is Action.USERS:
        heal(here, Action.DEPARTMENTS)
    heal(here, action)
    assert_at_rest(here, action)


@pytest.mark.parametrize(
    "change",
    [
        {"$set": {"data.phone": "0"}},
        {"$set": {"is_active": False}},
        {"$set": {"inactive_reason": "deleted"}},
        {"$set": {"data.id": 99_999}},
    ],
    ids=["content", "state", "reason", "id"],
)
def test_a_single_wrong_document_would_be_noticed(here: World, change: dict[str, dict[str, object]]):
    heal(here)
    here.database.data_lake_serving.update_one({"entity_type": "account", "is_active": True}, change)
    with pytest.raises(AssertionError):
        assert_in_step(here)
