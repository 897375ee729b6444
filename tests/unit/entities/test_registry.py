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


def test_no_document_depends_on_those_of_another_entity_of_its_sync_which_may_not_be_written_yet():
    for entities in map(BUILT_IN.of_action, Action):
        written = {entity.target.collection for entity in entities}
        assert not [each for entity in entities for each in entity.references if each.collection in written]
