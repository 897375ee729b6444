"""Patterns mean fields of a model, and Odoo is the judge of the names that an operator wrote."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from odoo_sync_tui.core.cursor import Cursor
from odoo_sync_tui.core.entity import Domain, Entity, FieldChoice
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.entities.declaration import EntityDeclaration
from odoo_sync_tui.entities.declared import build_declared_entity
from odoo_sync_tui.odoo.models import check_choice, choose_fields
from odoo_sync_tui.odoo.rows.values import FieldInfo

INFOS = {
    info.name: info
    for info in [
        FieldInfo("id", "integer", is_stored=True),
        FieldInfo("name", "char", is_stored=True),
        FieldInfo("note", "html", is_stored=True),
        FieldInfo("state", "selection", is_stored=True),
        FieldInfo("amount_total", "monetary", currency_field="currency_id", is_stored=True),
        FieldInfo("currency_id", "many2one", relation="res.currency", is_stored=False),
        FieldInfo("order_line", "one2many", relation="sale.order.line", is_stored=True),
        FieldInfo("tag_ids", "many2many", relation="crm.tag", is_stored=True),
        FieldInfo("image", "binary", is_stored=True),
        FieldInfo("margin", "float", is_stored=False),
        FieldInfo("x_region", "char", is_stored=True),
        FieldInfo("x_score", "float", is_stored=False),
        FieldInfo("x_tags", "many2many", relation="crm.tag", is_stored=True),
        FieldInfo("x_scan", "binary", is_stored=True),
    ]
}


def make_cursor(*fields: str, patterns: tuple[str, ...]) -> Cursor:
    return Cursor(None, "", "", "", datetime.now(UTC), fields=fields, patterns=patterns)


def choose(*patterns: str) -> list[str]:
    return [info.name for info in choose_fields(FieldChoice(patterns), INFOS, None).infos]


def make_entity(*patterns: str, domain: Domain = ()) -> Entity:
    return build_declared_entity(EntityDeclaration("orders", "sale.order", domain, patterns))


def check(*patterns: str, domain: Domain = (), cursor: Cursor | None = None) -> None:
    entity = make_entity(*patterns, domain=domain)
    assert entity.choice is not None
    check_choice(entity, entity.choice, INFOS, cursor)


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["*"], ["amount_total", "currency_id", "name", "note", "state", "x_region"]),
        (["*", "-note", "-x_*"], ["amount_total", "currency_id", "name", "state"]),
        (["x_*"], ["x_region", "x_score", "x_tags"]),
        (["name", "order_line", "margin"], ["margin", "name", "order_line"]),
        (["*", "-*", "name"], ["name"]),
        (["amount_*"], ["amount_total", "currency_id"]),
        (["amount_total", "-currency_id"], ["amount_total"]),
        (["id", "name"], ["name"]),
    ],
    ids=["stored", "taken away", "custom", "by name", "in order", "its currency", "without its currency", "id"],
)
def test_patterns_add_and_take_away_in_their_order(patterns: list[str], expected: list[str]) -> None:
    assert choose(*patterns) == expected


def test_a_new_field_is_told_and_not_read_until_it_is_named_or_new_ones_are_taken() -> None:
    before = make_cursor("name", "note", "amount_total", "currency_id", "state", patterns=("*",))
    told = choose_fields(FieldChoice(("*",)), INFOS, before)
    assert told.left_out == ("x_region",)
    assert "x_region" not in [info.name for info in told.infos]
    taken = choose_fields(FieldChoice(("*",), takes_new=True), INFOS, before)
    assert taken.left_out == ()
    assert "x_region" in [info.name for info in taken.infos]


def test_with_other_patterns_all_that_match_is_read_and_nothing_is_news() -> None:
    before = make_cursor("name", patterns=("name",))
    chosen = choose_fields(FieldChoice(("name", "x_*")), INFOS, before)
    assert [info.name for info in chosen.infos] == ["name", "x_region", "x_score", "x_tags"]
    assert chosen.left_out == ()


@pytest.mark.parametrize(
    ("patterns", "domain", "message"),
    [
        (["nme"], (), r"orders: Odoo's sale.order has no field nme\. Did you mean name\?"),
        (["*", "-nte"], (), r"no field nte\. Did you mean note\?"),
        (["zzz"], (), r"no field zzz\. The command discover sale.order lists its fields\."),
        (["*", "image"], (), r"cannot have the field image of sale.order: it is binary"),
        (["*"], ("|", ("staet", "=", "sale"), ("name", "=", "S1")), r"no field staet\. Did you mean state\?"),
        (["*"], (("tag_id.name", "=", "a"),), r"no field tag_id\. Did you mean tag_ids\?"),
    ],
    ids=["field", "taken away", "nothing near", "binary", "domain", "path in a domain"],
)
def test_a_name_that_odoo_does_not_have_is_refused_with_the_nearest(
    patterns: list[str], domain: Domain, message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        check(*patterns, domain=domain)


def test_a_field_that_the_last_run_still_read_is_lost_and_no_mistake() -> None:
    check("x_gone", domain=(("x_gone", "=", 1),), cursor=make_cursor("x_gone", patterns=("x_gone",)))


def test_names_that_odoo_has_pass() -> None:
    check("*", "-note", "x_*", "order_line", domain=("|", ("tag_ids.name", "=", "a"), ("id", ">", 4)))
