from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.entities.registry import BUILT_IN


def test_the_three_syncs_and_their_entities_in_order():
    names = {action: list(BUILT_IN.ids(action)) for action in Action}
    assert names == {
        Action.DEPARTMENTS: ["departments"],
        Action.USERS: ["users"],
        Action.DATA_LAKE: ["accounts", "opportunities", "invoices", "users"],
    }


def test_ids_fit_as_field_names():
    assert not any("." in entity.id or "$" in entity.id for entity in BUILT_IN)
