"""The catalog of entities: finding them by id, choosing them by name, and adding those that an operator declares."""

from dataclasses import replace

import pytest

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.entities.accounts import ENTITY as ACCOUNTS
from odoo_sync_tui.entities.registry import BUILT_IN

CONTACTS = replace(ACCOUNTS, name="contacts", order=45)
WIDER = BUILT_IN.with_declared([CONTACTS])


def names_of(entities: tuple[Entity, ...]) -> list[str]:
    return [entity.name for entity in entities]


def test_a_declared_entity_takes_its_place_in_the_sync_order_and_the_built_in_ones_stay_as_they_are():
    assert [entity.id for entity in WIDER] == [
        "departments", "users", "data_lake:accounts", "data_lake:opportunities", "data_lake:contacts",
        "data_lake:invoices", "data_lake:users",
    ]  # fmt: skip
    assert names_of(BUILT_IN.of_action(Action.DATA_LAKE)) == ["accounts", "opportunities", "invoices", "users"]


def test_entities_of_the_same_order_are_sorted_by_their_ids():
    later = BUILT_IN.with_declared([replace(CONTACTS, name="zebras"), CONTACTS])
    assert [name for name in names_of(later.entities) if name in {"zebras", "contacts"}] == ["contacts", "zebras"]


def test_an_id_that_there_is_already_is_refused():
    with pytest.raises(ConfigurationError, match="two entities data_lake:accounts"):
        BUILT_IN.with_declared([CONTACTS, replace(CONTACTS, name="accounts")])


def test_an_entity_is_found_by_its_id():
    assert WIDER.find("data_lake:contacts") is WIDER.get("data_lake:contacts") is CONTACTS
    assert BUILT_IN.find("data_lake:contacts") is None


def test_titles_and_ids_are_those_of_one_action_because_two_share_a_name():
    assert WIDER.titles(Action.DATA_LAKE)["users"] == "lake users"
    assert WIDER.titles(Action.DATA_LAKE)["contacts"] == "contacts"
    assert WIDER.titles(Action.USERS) == {"users": "users"}
    assert WIDER.ids(Action.DEPARTMENTS) == {"departments": "departments"}
    assert WIDER.titles("lease_freed") == {}


class TestSelecting:
    def test_named_entities_come_in_sync_order(self):
        assert names_of(WIDER.select(Action.DATA_LAKE, ["contacts", "accounts"])) == ["accounts", "contacts"]

    def test_without_names_all_of_the_action_or_of_all_actions(self):
        assert WIDER.select(Action.USERS) == WIDER.of_action(Action.USERS)
        assert WIDER.select(None) == WIDER.entities

    def test_among_all_actions_a_name_means_each_of_that_name_and_an_id_only_one(self):
        assert [entity.id for entity in WIDER.select(None, ["users"])] == ["users", "data_lake:users"]
        assert [entity.id for entity in WIDER.select(None, ["data_lake:users"])] == ["data_lake:users"]


@pytest.mark.parametrize(
    ("refused", "message", "hint"),
    [
        (
            lambda: WIDER.select(Action.DATA_LAKE, ["contact", "users"]),
            "sync_data_lake has no entity named contact.",
            "Did you mean contacts? Known are: accounts, opportunities, contacts, invoices, users.",
        ),
        (
            lambda: WIDER.select(Action.DATA_LAKE, ["cars"]),
            "sync_data_lake has no entity named cars.",
            "Known are: accounts, opportunities, contacts, invoices, users.",
        ),
        (
            lambda: WIDER.select(None, ["acounts"]),
            "There is no entity named acounts.",
            "Did you mean accounts? Known are: departments, users, data_lake:accounts,",
        ),
        (lambda: WIDER.get("user"), "There is no entity named user.", "Did you mean users? Known are: departments,"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_and_all_known_ones(refused, message: str, hint: str):
    with pytest.raises(ConfigurationError) as told:
        refused()
    assert told.value.message == message
    assert told.value.hint.startswith(hint)
