import pytest

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.entities.registry import list_entities, select_entities


def test_the_three_syncs_and_their_entities_in_order():
    names = {action: [entity.name for entity in select_entities(action)] for action in Action}
    assert names == {
        Action.DEPARTMENTS: ["departments"],
        Action.USERS: ["users"],
        Action.DATA_LAKE: ["accounts", "opportunities", "invoices", "users"],
    }


def test_ids_are_unique_and_fit_as_field_names():
    ids = [entity.id for entity in list_entities()]
    assert len(set(ids)) == len(ids)
    assert not any("." in entity_id or "$" in entity_id for entity_id in ids)


def test_an_unknown_name_is_told_with_the_known_ones():
    with pytest.raises(ConfigurationError, match=r"no entity named cars.*accounts, opportunities"):
        select_entities(Action.DATA_LAKE, ["cars"])


def test_named_entities_only():
    assert [entity.name for entity in select_entities(Action.DATA_LAKE, ["users", "accounts"])] == ["accounts", "users"]
