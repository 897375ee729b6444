"""Which entities are synced, which are not any more, and which of these may be dropped."""

from __future__ import annotations

import pytest

from odoo_sync_tui.core.entity import Target
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.reports.overview import EntityStatus
from odoo_sync_tui.entities import departments
from odoo_sync_tui.entities.catalog import EntityCatalog
from odoo_sync_tui.entities.declaration import EntityChanges, EntityDeclaration
from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.pipeline.catalog import build_catalog, find_left_over, list_known_entities
from odoo_sync_tui.pipeline.queries.discovery import Discovery
from odoo_sync_tui.settings.load import build_settings_from_overrides
from odoo_sync_tui.store.runs.left_over import _deletable
from tests.support.declared import CONTACTS, WITH_CONTACTS

OFF = EntityCatalog(tuple(entity for entity in BUILT_IN if entity.id not in {"data_lake:users", "departments"}))


def statuses(catalog: EntityCatalog, *stored_ids: str) -> dict[str, EntityStatus]:
    return {each.name: each.status for each in list_known_entities(catalog, stored_ids)}


def test_what_is_synced_comes_first_then_what_is_off_then_what_is_declared_no_more():
    catalog = OFF.with_declared([CONTACTS])
    found = statuses(catalog, "data_lake:orders", CONTACTS.id, "data_lake:accounts")
    assert list(found) == [
        "users", "accounts", "opportunities", "invoices", "contacts", "departments", "lake_users", "orders",
    ]  # fmt: skip
    assert (found["users"], found["contacts"]) == (EntityStatus.BUILT_IN, EntityStatus.DECLARED)
    assert (found["lake_users"], found["orders"]) == (EntityStatus.OFF, EntityStatus.UNDECLARED)


def test_settings_that_change_a_built_in_entity_leave_it_one():
    settings = build_settings_from_overrides({"entities.accounts.extra_fields": ("comment",)})
    assert statuses(build_catalog(settings))["accounts"] is EntityStatus.BUILT_IN


@pytest.mark.parametrize(
    "stored_id",
    [
        "data_lake:account",
        "data_lake:user",
        "data_lake:lake_users",
        "data_lake:Orders",
        "data_lake:",
        "orders",
        "x:y",
    ],
)
def test_an_id_that_no_settings_could_have_declared_is_no_entity(stored_id: str):
    assert statuses(BUILT_IN, stored_id) == statuses(BUILT_IN)


@pytest.mark.parametrize("name", ["orders", "data_lake:orders", "lake_users", "lake users", "data_lake:users"])
def test_an_entity_that_is_synced_no_more_is_found_by_name_and_id(name: str):
    found = find_left_over(OFF, {"data_lake:orders"}, name)
    wanted = "orders" if "orders" in name else "user"
    assert found.entity.target.discriminator == {"entity_type": wanted}


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("accounts", r"accounts is still synced.*Set enabled = false in \[entities.accounts\]"),
        ("contacts", r"contacts is still synced.*Remove \[entities.contacts\]"),
        ("departments", "Other programs keep records in the collection departments too"),
        ("users", "Other programs keep records in the collection users too.*lake_users"),
        ("order", "Nothing is known of an entity order. Did you mean orders?"),
        ("", "Nothing is known of an entity"),
    ],
)
@pytest.mark.parametrize("catalog", [WITH_CONTACTS, OFF.with_declared([CONTACTS])], ids=["on", "off"])
def test_any_other_is_refused_with_what_to_do(catalog: EntityCatalog, name: str, sentence: str):
    with pytest.raises(ConfigurationError) as refused:
        find_left_over(catalog, {"data_lake:orders"}, name)
    assert refused.match(sentence)


def test_nothing_is_ever_deleted_in_a_collection_that_other_programs_share():
    target: Target = departments.ENTITY.target
    with pytest.raises(ValueError, match="departments holds records of other programs"):
        _deletable(target, 1)


def test_what_the_settings_say_of_a_model_is_listed_declared_entities_first():
    values = {
        "odoo.url": "https://odoo.example.com", "odoo.database": "acme", "odoo.username": "anna", "odoo.api_key": "k",
        "entities.people.model": "res.partner", "entities.accounts.extra_fields": ["ref"],
    }  # fmt: skip
    discovery = Discovery(build_settings_from_overrides(values))
    people = EntityDeclaration("people", "res.partner")
    assert discovery.list_tables("res.partner") == (people, EntityChanges("data_lake:accounts", ("ref",)))
    employees = (EntityChanges("users"), EntityChanges("data_lake:users"))
    assert sorted(discovery.list_tables("hr.employee"), key=str) == sorted(employees, key=str)
    assert discovery.list_tables("sale.order") == ()
