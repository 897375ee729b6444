"""Fields that an operator chose become fields of the documents."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from odoo_sync_tui.core.entity import Entity, RelatedRecord, RowTable
from odoo_sync_tui.entities import accounts, departments
from odoo_sync_tui.entities.declaration import EntityChanges, EntityDeclaration
from odoo_sync_tui.entities.declared import add_fields, build_declared_entity, change_entity
from odoo_sync_tui.entities.mapping import map_rows

TYPES = {
    "name": "char",
    "partner_id": "many2one",
    "x_owner": "many2one",
    "tag_ids": "many2many",
    "amount": "monetary",
    "date": "datetime",
}
ROW = {
    "id": 7,
    "name": "S1",
    "partner_id": RelatedRecord(3, "Acme"),
    "x_owner": None,
    "tag_ids": (1, 2),
    "amount": Decimal("1.20"),
    "date": datetime(2026, 1, 2, tzinfo=UTC),
    "active": False,
}


def declare(**types: str) -> Entity:
    return add_fields(
        build_declared_entity(EntityDeclaration("orders", "sale.order")), types or TYPES, {*TYPES, "active"}
    )


def map_one(entity: Entity, row: dict[str, Any]) -> dict[str, Any]:
    (document,) = map_rows(entity, RowTable.of([row]))
    return document.owned


def test_a_declared_entity_is_part_of_the_data_lake() -> None:
    entity = declare()
    assert (entity.id, entity.model, entity.target.collection) == (
        "data_lake:orders",
        "sale.order",
        "data_lake_serving",
    )
    assert entity.target.discriminator == {"entity_type": "orders"}
    assert entity.target.make_key(7) == "odoo_orders_7"
    assert entity.fields == (*TYPES, "active"), "what tells an archived row is read, whatever was chosen"


def test_values_have_the_types_of_those_of_the_package_and_the_names_of_odoo() -> None:
    (document,) = map_rows(declare(), RowTable.of([ROW]))
    assert not document.active
    assert document.owned["data"] == {
        "id": 7,
        "name": "S1",
        "partner_id": 3,
        "partner_name": "Acme",
        "x_owner": None,
        "x_owner_name": None,
        "tag_ids": [1, 2],
        "amount": Decimal("1.20"),
        "date": datetime(2026, 1, 2, tzinfo=UTC),
    }


def test_the_name_of_a_related_record_gives_way_to_a_field_of_odoo() -> None:
    entity = build_declared_entity(EntityDeclaration("orders", "sale.order"))
    taken = {"partner_id", "partner_name", "x_a", "x_a_name"}
    fields = add_fields(entity, {"partner_id": "many2one", "x_a": "many2one"}, taken).document_fields
    assert [each.name for each in fields] == ["id", "partner_id", "partner_id_name", "x_a", "x_a_name_"]


def test_further_fields_of_an_entity_of_the_package_stand_under_extra() -> None:
    changed = change_entity(
        accounts.ENTITY, EntityChanges("data_lake:accounts", ("ref", "tag_ids"), (("ref", "=", "a"),))
    )
    assert changed.domain == (*accounts.ENTITY.domain, ("ref", "=", "a"))
    row = dict.fromkeys(accounts.ENTITY.fields) | {"id": 1, "ref": "R", "tag_ids": (2,)}
    before = map_one(accounts.ENTITY, row)["data"]
    assert map_one(add_fields(changed, {"ref": "char", "tag_ids": "many2many"}, ()), row)["data"] == before | {
        "extra": {"ref": "R", "tag_ids": [2]}
    }


def test_documents_without_data_get_one_for_further_fields() -> None:
    changed = change_entity(departments.ENTITY, EntityChanges("departments", ("color",)))
    row = dict.fromkeys(departments.ENTITY.fields) | {"id": 1, "color": 4}
    assert map_one(add_fields(changed, {"color": "integer"}, ()), row)["data"] == {"extra": {"color": 4}}


def test_without_a_readable_field_extra_is_empty() -> None:
    changed = change_entity(accounts.ENTITY, EntityChanges("data_lake:accounts", ("ref",)))
    row = dict.fromkeys(accounts.ENTITY.fields) | {"id": 1}
    assert map_one(add_fields(changed, {}, ()), row)["data"]["extra"] == {}
