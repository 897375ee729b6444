"""Names of changed fields, and which changes the settings want."""

from typing import Any

import pytest

from odoo_sync_tui.core.changes.entry import get_subject
from odoo_sync_tui.core.changes.fields import ABSENT, matches_field, pair_fields
from odoo_sync_tui.core.changes.policy import ChangePolicy
from odoo_sync_tui.entities.declaration import EntityChanges, EntityDeclaration
from odoo_sync_tui.entities.declared import build_declared_entity, change_entity
from odoo_sync_tui.entities.registry import BUILT_IN


@pytest.mark.parametrize(
    ("old", "new", "pairs"),
    [
        ({}, {"name": None}, [("name", ABSENT, None)]),
        ({"name": "A"}, {}, [("name", "A", ABSENT)]),
        ({"tags": [1]}, {"tags": [2]}, [("tags", [1], [2])]),
        ({"data": {"a": {"b": 1}}}, {"data": {"a": {"b": 2}}}, [("data.a", {"b": 1}, {"b": 2})]),
        ({"data": {"extra": {"x": 1}}}, {"data": {"extra": {}}}, [("data.extra.x", 1, ABSENT)]),
        ({"data": {"extra": {}}}, {"data": {"extra": {"x": 1}}}, [("data.extra.x", ABSENT, 1)]),
        ({"data": {"a": 1}}, {"data": {"a": 1, "extra": {}}}, [("data.extra", ABSENT, {})]),
        ({"data": {"extra": {"x": 1}}}, {"data": {}}, [("data.extra", {"x": 1}, ABSENT)]),
        ({"a": 1, "b": True, "c": 1}, {"a": 1.0, "b": 1, "c": 1}, [("a", 1, 1.0), ("b", True, 1)]),
        ({"data": "odd"}, {"data": {"a": 1}}, [("data", "odd", {"a": 1})]),
        ({"data": {"a.b": 1}}, {"data": {"a": 1}}, [("data", {"a.b": 1}, {"a": 1})]),
    ],
)
def test_fields_below_data_have_a_name_each_where_it_means_one_field(old: Any, new: Any, pairs: list[Any]):
    assert list(pair_fields(old, new)) == pairs


def test_a_pattern_means_a_field_by_its_name_with_or_without_its_place():
    names = ("data.stage_id", "data.extra.x_tag", "is_active", "data.extra")
    meant = {
        pattern: [name for name in names if matches_field(name, [pattern])]
        for pattern in ("stage_id", "data.stage_id", "x_*", "data.*", "Stage_id", "extra")
    }
    assert meant == {
        "stage_id": ["data.stage_id"],
        "data.stage_id": ["data.stage_id"],
        "x_*": ["data.extra.x_tag"],
        "data.*": ["data.stage_id", "data.extra.x_tag", "data.extra"],
        "Stage_id": [],
        "extra": ["data.extra"],
    }


def test_every_entity_has_a_singular_of_its_own():
    declared = build_declared_entity(EntityDeclaration("orders", "sale.order"))
    assert sorted(map(get_subject, (*BUILT_IN, declared))) == [
        "account",
        "department",
        "employee",
        "invoice",
        "opportunity",
        "orders",
        "user",
    ]


def test_a_policy_leaves_out_first_loads_other_entities_and_everything_while_it_is_off():
    some = ChangePolicy(enabled=True, entity_ids=frozenset({"users"}))
    assert some.includes("users", is_first_load=False)
    assert not some.includes("users", is_first_load=True)
    assert not some.includes("departments", is_first_load=False)
    assert not ChangePolicy(first_load=True).includes("users", is_first_load=False)


@pytest.mark.parametrize(
    ("fields", "idle"),
    [
        (("stage_id", "data.stage_*", "email", "is_active", "department_name", "data.extra.x_a", "x_b_name"), ()),
        (("stage_di", "data.email", "users.email", "x_c"), ("stage_di", "users.email", "x_c")),
    ],
)
def test_a_pattern_that_means_no_field_of_a_logged_entity_is_found(fields: tuple[str, ...], idle: tuple[str, ...]):
    leads = change_entity(BUILT_IN.get("data_lake:opportunities"), EntityChanges("", ("x_a", "x_b_id")))
    entities = [BUILT_IN.get("users"), BUILT_IN.get("data_lake:users"), leads]
    assert ChangePolicy(enabled=True, fields=fields).find_idle_fields(entities) == idle
    assert ChangePolicy(fields=fields).find_idle_fields(entities) == ()
    only = frozenset({"users"})
    assert "stage_id" in ChangePolicy(enabled=True, entity_ids=only, fields=("stage_id",)).find_idle_fields(entities)


def test_of_entities_that_an_operator_declared_only_odoo_knows_the_fields():
    declared = build_declared_entity(EntityDeclaration("orders", "sale.order"))
    assert ChangePolicy(enabled=True, fields=("nothing",)).find_idle_fields([declared]) == ()
