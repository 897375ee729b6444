"""Documents of other programs with ids that are none disturb no sync: they are left alone."""

from __future__ import annotations

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.demo import DemoOdoo
from tests.support.world import FULL, world

ODD_IDS = [[10**6, 10**7], [], [None], 1.5, float("nan"), float("inf"), "3", True, {"a": 1}, None, 2**62, -(2**62)]


def test_a_sync_succeeds_beside_documents_with_odd_ids(mongo_uri: str, database_name: str) -> None:
    with DemoOdoo(records=20) as odoo, world(mongo_uri, database_name, odoo) as here:
        for action in Action:
            here.sync(action)
        for number, odd_id in enumerate(ODD_IDS):
            name = f"odd {number}"
            here.database.departments.insert_one({"odoo_id": odd_id, "id": name, "name": "x", "active": True})
            here.database.users.insert_one({"odoo_employee_id": odd_id, "id": name, "name": "x", "is_active": True})
            lake = {"entity_type": "account", "serving_id": name, "data": {"id": odd_id}, "is_active": True}
            here.database.data_lake_serving.insert_one({**lake, "source": "odoo"})
        for action in Action:
            for scope in (Scope(), FULL):
                result = here.sync(action, scope)
                assert (result.outcome, [str(each) for each in result.errors]) == (Outcome.SUCCESS, [])
