"""Ticks change the patterns of a table as little as they can, and never into something that is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo_sync_tui.entities.declaration import EntityChanges, EntityDeclaration
from odoo_sync_tui.settings.layers import read_answer_layer
from odoo_sync_tui.settings.load import build_settings
from odoo_sync_tui.tui.model.draft import CUSTOM_FIELDS, ModelDraft, TableDraft
from tests.support.fake_backend.discovery import ORDER_FIELDS

FIELDS = {each.name: each for each in ORDER_FIELDS}
FREE = sorted(FIELDS.keys() - {"image", "team_secret"})


def draft(*patterns: str) -> TableDraft:
    return TableDraft(EntityDeclaration("orders", "sale.order", fields=patterns), "orders")


BUILT_IN = TableDraft(EntityChanges("data_lake:accounts"), "accounts", frozenset({"name"}))


@pytest.mark.parametrize(
    ("before", "toggled", "after"),
    [
        (("*",), "note", ("*", "-note")),
        (("*", "-note"), "note", ("*",)),
        (("*",), "order_line", ("*", "order_line")),
        (("*", "order_line"), "order_line", ("*",)),
        (("name",), "name", ()),
        (("name", "x_*"), "x_score", ("name", "x_*", "-x_score")),
        (("name", "-note", "x_*"), "name", ("x_*",)),
        (("x_*", "-x_*", "name"), "x_region", ("x_*", "-x_*", "name", "x_region")),
        (("*", "-n*"), "note", ("*", "-n*", "note")),
        (("*",), "image", ("*",)),
        (("*",), "team_secret", ("*",)),
    ],
)
def test_a_tick_changes_one_pattern(before: tuple[str, ...], toggled: str, after: tuple[str, ...]) -> None:
    assert draft(*before).toggle(toggled, FIELDS).patterns == after


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([(), ("*",), ("x_*",), ("name", "x_*", "-x_score"), ("*", "-n*")]),
    st.lists(st.sampled_from(sorted(FIELDS)), max_size=12),
)
def test_any_ticks_leave_a_table_that_the_settings_take_and_that_means_them(
    patterns: tuple[str, ...], ticks: list[str]
) -> None:
    edited = draft(*patterns)
    for name in ticks:
        before = edited.find_ticked(FIELDS)
        edited = edited.toggle(name, FIELDS)
        assert edited.find_ticked(FIELDS) == (before ^ {name} if name in FREE else before)
    if edited.is_complete:
        values = {"entities.orders.model": "sale.order", "entities.orders.fields": edited.patterns}
        assert build_settings([read_answer_layer(values)]).declared_entities[0].fields == edited.patterns


def test_many_are_ticked_and_unticked_at_once() -> None:
    names = list(FIELDS)
    assert draft("name").tick(names, FIELDS).find_ticked(FIELDS) == frozenset(FREE)
    assert draft("*").untick(names, FIELDS).find_ticked(FIELDS) == frozenset()


def test_a_built_in_entity_takes_the_names_of_fields_that_it_does_not_read_itself() -> None:
    assert BUILT_IN.take(("*",), FIELDS).patterns == tuple(
        name for name in FREE if name not in {"name", "display_name", "order_line", "x_score"}
    )
    assert BUILT_IN.take(CUSTOM_FIELDS, FIELDS).patterns == ("x_region", "x_score")
    assert BUILT_IN.toggle("order_line", FIELDS).patterns == ("order_line",)
    assert BUILT_IN.toggle("name", FIELDS) == BUILT_IN
    assert BUILT_IN.explain_fixed(FIELDS["name"]) == "name is read by accounts in any case."


def test_a_name_that_no_settings_can_hold_is_not_ticked() -> None:
    odd = replace(FIELDS["note"], name='a"b')
    assert draft("*").explain_fixed(odd) == 'a"b cannot be a name in the settings.'


def test_a_table_that_was_written_takes_its_place_before_a_new_one() -> None:
    model = ModelDraft(FIELDS, (draft("*"),)).add_new("order", "sale.order")
    saved = model.choose_next().draft.rename("mine")
    after = model.choose_next().add_declared(saved, "order", "sale.order")
    assert [(each.name, each.table.name) for each in after.drafts] == [("orders",) * 2, ("mine",) * 2, ("order",) * 2]
    assert after.draft == saved
    again = after.add_declared(after.draft.toggle("note", FIELDS), "order", "sale.order")
    assert [each.name for each in again.drafts] == ["orders", "mine", "order"]
