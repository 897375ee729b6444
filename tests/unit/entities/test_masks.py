"""A mask of an Odoo field covers every field of the documents that is made of it, and no other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from odoo_sync_tui.core.entity import Entity, RelatedRecord, RowTable
from odoo_sync_tui.core.text.masking import Masker, Masking, MaskKind, make_initials
from odoo_sync_tui.entities import departments, opportunities, users
from odoo_sync_tui.entities.declaration import EntityChanges
from odoo_sync_tui.entities.declared import add_fields, change_entity
from odoo_sync_tui.entities.mapping import map_rows
from odoo_sync_tui.entities.masks import FieldType, apply_masks, choose_name_masks, list_masks, strip_masks
from odoo_sync_tui.entities.registry import BUILT_IN

HASH, DROP, INITIALS = MaskKind.HASH, MaskKind.DROP, MaskKind.INITIALS
MASKER = Masker("a key of thirty-two characters or more")
OTHER = Masker("another key, of thirty-two characters or more")
RELATIONS = {
    "partner_id": "res.partner",
    "user_id": "res.users",
    "parent_id": "hr.employee",
    "department_id": "hr.department",
}
RELATED = {"parent_id", "manager_id", "department_id", "company_id", "currency_id", "company_currency", "lost_reason"}


def types_of(entity: Entity, **depends: tuple[str, ...]) -> dict[str, FieldType]:
    is_related = {name: name.endswith("_id") or name in RELATED for name in entity.fields}
    return {
        name: FieldType("many2one" if related else "char", RELATIONS.get(name), depends.get(name, ()))
        for name, related in is_related.items()
    }


def masked(entity: Entity, fields: dict[str, MaskKind], names: dict[str, MaskKind] | None = None) -> Entity:
    masking = Masking(fields, names or {}, MASKER)
    return apply_masks(replace(entity, masking=masking), types_of(entity))


@pytest.mark.parametrize("entity", BUILT_IN.entities, ids=lambda entity: entity.id)
def test_every_field_of_the_package_knows_of_what_it_is_made(entity: Entity):
    entity = replace(entity, target=replace(entity.target, match_field=None))
    acme, types = RelatedRecord(7, "Acme"), types_of(entity)
    row = {name: acme if each.type == "many2one" else "a@b.test" for name, each in types.items()}
    everything = masked(entity, dict.fromkeys(entity.fields, DROP))
    (document,) = map_rows(everything, RowTable.of([{"id": 1, **row, "active": True}]))
    content = document.owned.get("data", document.owned)
    assert isinstance(content, dict)
    left = {name for name, value in content.items() if value is not None}
    assert left <= {"id", "odoo_id", "odoo_employee_id", "source", "odoo_matched"}


def test_a_mask_of_one_of_two_numbers_covers_what_is_made_of_either():
    assert list_masks(masked(users.ENTITY, {"mobile_phone": DROP})).keys() == {"phone"}


def test_a_many2one_is_dropped_with_its_id_and_hashed_without():
    dropped = list_masks(masked(opportunities.ENTITY, {"partner_id": DROP}))
    assert dropped.keys() == {"data.partner_id", "data.partner_name"}
    assert list_masks(masked(opportunities.ENTITY, {"partner_id": HASH})).keys() == {"data.partner_name"}


def test_masked_names_of_a_model_are_masked_in_other_documents_unless_the_field_has_a_mask_of_its_own():
    names = choose_name_masks([("res.partner", {"name": INITIALS, "email": DROP}), ("res.partner", {"name": HASH})])
    assert names == {"res.partner": HASH, "res.users": HASH}
    found = list_masks(masked(opportunities.ENTITY, {"contact_name": DROP}, names))
    assert {each: mask.kind for each, mask in found.items()} == {
        "data.partner_name": HASH,
        "data.prospect_company": HASH,
        "data.contact_name": DROP,
        "data.user_name": HASH,
    }


def test_a_copied_name_of_a_masked_record_is_masked_though_it_comes_from_the_store():
    entity = masked(users.ENTITY, {}, {"hr.department": INITIALS})
    assert list_masks(entity).keys() == {"odoo_department_name", "department_name"}
    (reference,) = entity.references
    assert [reference.mask("department_name", each) for each in ("Management", "M.", None)] == ["M.", "M.", None]
    assert reference.mask("department_id", "7f") == "7f"


def test_text_that_odoo_computes_of_masked_text_is_masked_and_further_fields_are_in_their_place():
    changes = EntityChanges(departments.ENTITY.id, ("x_mail", "x_normal", "x_code"))
    entity = add_fields(change_entity(departments.ENTITY, changes), dict.fromkeys(changes.extra_fields, "char"), ())
    masking = Masking({"x_mail": HASH}, {}, MASKER)
    types = types_of(entity, x_normal=("x_mail",), x_code=("x_normal", "parent_id"), name=("parent_id",))
    found = apply_masks(replace(entity, masking=masking), types)
    assert list_masks(found).keys() == {"data.extra.x_mail", "data.extra.x_normal", "data.extra.x_code"}
    row = {"id": 1, "active": True, "x_mail": "a@b.test", "x_normal": "", "x_code": None}
    (document,) = map_rows(found, RowTable.of([row]))
    assert document.owned["data"] == {
        "extra": {"x_mail": MASKER.mask_stored(HASH, "a@b.test"), "x_normal": None, "x_code": None}
    }
    assert not list_masks(strip_masks(found))


def test_documents_are_not_made_before_the_masks_are_applied():
    entity = replace(departments.ENTITY, masking=Masking({"name": HASH}))
    with pytest.raises(RuntimeError, match="not applied"):
        map_rows(entity, RowTable.of([{"id": 1, "active": True}]))


@pytest.mark.parametrize("kind", MaskKind)
@pytest.mark.parametrize("value", ["Anna Berg", "\u00c4nne \u00d8", "", "- -", "h:12", "A. B.", "\ud800", None, 7])
def test_what_is_masked_twice_is_masked_once(kind: MaskKind, value: object):
    (once,) = MASKER.mask_values(kind, [value])
    assert MASKER.is_masked(kind, once)
    assert MASKER.mask_stored(kind, once) == once
    assert MASKER.is_masked(kind, MASKER.mask_stored(kind, value))


def test_a_hash_of_another_key_is_hashed_again_and_initials_are_not_made_of_it():
    (other,) = OTHER.mask_values(HASH, ["Anna"])
    again = MASKER.mask_stored(HASH, other)
    assert again not in {other, None, MASKER.mask_stored(HASH, "Anna")}
    assert MASKER.mask_stored(INITIALS, other) is None
    assert MASKER.mask_stored(HASH, "A. B.") is None
    assert repr(MASKER).count("key") == 0


@pytest.mark.parametrize(
    ("text", "initials"),
    [
        ("Anna Berg", "A. B."),
        ("anna", "A."),
        ("  \u00e4nne   (von) \u00df. ", "\u00c4. V. \u00df."),
        ("a b c d e f g", "A. B. C. D. E."),
        ("\u2014", None),
    ],
)
def test_initials_are_the_first_letters_of_the_first_words(text: str, initials: str | None):
    assert make_initials(text) == initials
