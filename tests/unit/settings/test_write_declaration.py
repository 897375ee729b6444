"""Declarations of entities that the program writes: private, read back as they were, and never in place of a file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.text.masking import MaskKind
from odoo_sync_tui.entities.declaration import (
    MODEL_NAME,
    EntityChanges,
    EntityDeclaration,
    EntityTable,
    LostFields,
    NewFields,
)
from odoo_sync_tui.runtime.paths import config_file
from odoo_sync_tui.settings.load import load_settings
from odoo_sync_tui.settings.sections.entities import list_built_ins
from odoo_sync_tui.settings.writer import choose_name, format_declaration, write_declaration
from tests.unit.settings.files import write

ORDERS = EntityDeclaration(
    "orders",
    "sale.order",
    (("state", "!=", "cancel"), "|", ("partner_id.name", "=like", 'a"b\\%'), ("x_size", "in", (1, 2.5, False))),
    ("*", "x_*", "-note"),
    NewFields.TAKE,
    LostFields.FREEZE,
)


def refusal(declaration: EntityTable, config: Path | None = None) -> str:
    with pytest.raises(ConfigurationError) as caught:
        write_declaration(declaration, config)
    return str(caught.value)


def test_what_was_written_is_what_the_program_then_loads():
    path = write_declaration(ORDERS)
    assert path == config_file().with_name("entities.d") / "orders.toml"
    assert load_settings().declared_entities == (ORDERS,)
    assert "odoo-sync-tui docs settings" in path.read_text().splitlines()[0]


def test_it_stands_beside_the_settings_file_that_is_named(place: Path):
    config = write(place / "settings.toml", "")
    path = write_declaration(ORDERS, Path(config.name))
    assert path == place / "entities.d" / "orders.toml"
    assert load_settings(config).declared_entities == (ORDERS,)


def test_file_and_directory_are_the_owners_alone():
    before = os.umask(0)
    try:
        path = write_declaration(ORDERS)
    finally:
        os.umask(before)
    assert [stat.S_IMODE(each.stat().st_mode) for each in (path, path.parent)] == [0o600, 0o700]
    assert [each.name for each in path.parent.iterdir()] == ["orders.toml"]


@pytest.mark.parametrize("text", ["", "no TOML that could be read"])
def test_an_existing_file_is_left_as_it_is(text: str):
    path = write(config_file().with_name("entities.d") / "orders.toml", text)
    assert str(path) in refusal(ORDERS)
    assert path.read_text() == text


def test_a_link_in_its_place_is_left_as_it_is(tmp_path: Path):
    path = write_declaration(ORDERS)
    path.unlink()
    path.parent.rename(path.parent.with_name("kept"))
    path.parent.mkdir()
    path.with_name("orders.toml").symlink_to(tmp_path / "nowhere")
    assert "orders.toml" in refusal(ORDERS)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("name", ["settings.toml", "entities.d/others.toml"])
def test_an_entity_that_another_file_declares_is_not_declared_again(name: str):
    path = write(config_file().with_name("settings.toml").parent / name, '[entities.orders]\nmodel = "x"\n')
    assert refusal(ORDERS) == (
        f"There is an entity orders already (file {path}). Choose another name, or edit what is there."
    )
    assert not path.with_name("orders.toml").exists()


@pytest.mark.parametrize(
    "declaration",
    [
        EntityDeclaration("../orders", "sale.order"),
        EntityDeclaration("account", "sale.order"),
        EntityDeclaration("accounts", "sale.order"),
        EntityDeclaration("orders", "Sale Order"),
        EntityDeclaration("orders", "sale.order", ("&", ("a", "=", 1))),
        EntityDeclaration("orders", "sale.order", (("a", "=", "\ud800"),)),
        EntityDeclaration("orders", "sale.order", fields=()),
    ],
    ids=str,
)
def test_what_could_not_be_read_is_not_written(tmp_path: Path, declaration: EntityDeclaration):
    assert "entities" in refusal(declaration)
    assert list(tmp_path.rglob("*.toml")) == []


def test_a_directory_that_anybody_may_write_to_is_not_written_to():
    directory = write_declaration(ORDERS).parent
    directory.chmod(0o777)
    other = EntityDeclaration("tickets", "helpdesk.ticket")
    assert "Run: chmod o-w" in refusal(other)
    assert [each.name for each in directory.iterdir()] == ["orders.toml"]


def test_a_directory_that_cannot_be_made_is_told(place: Path, monkeypatch: pytest.MonkeyPatch):
    write(place / "file", "")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(place / "file"))
    assert "orders.toml could not be written" in refusal(ORDERS)


def test_further_fields_stand_in_the_list_commented_out_with_their_remarks(place: Path):
    remarks = {"line_ids": 'Lines\n]\nmodel = "x"', "tag_ids": "Tags"}
    path = write_declaration(ORDERS, further_fields=remarks)
    assert load_settings().declared_entities == (ORDERS,)
    text = path.read_text().replace('# "tag_ids"', '"tag_ids"')
    path.write_text(text)
    assert load_settings().declared_entities[0].fields == (*ORDERS.fields, "tag_ids")


def test_a_table_has_the_keys_that_are_asked_for():
    assert format_declaration(EntityDeclaration("orders", "sale.order"), ("model", "fields")) == [
        "[entities.orders]",
        'model = "sale.order"',
        'fields = ["*"]',
    ]


def test_a_long_list_of_fields_takes_several_lines_and_is_read_back():
    names = tuple(f"field_{number}" for number in range(60))
    path = write_declaration(EntityDeclaration("orders", "sale.order", fields=names))
    assert load_settings().declared_entities[0].fields == names
    assert max(map(len, path.read_text().splitlines())) <= 100


def test_changes_of_a_built_in_entity_have_its_name_and_keys():
    changes = EntityChanges("data_lake:accounts", ("x_segment", "category_id"), mask={"x_segment": MaskKind.HASH})
    path = write_declaration(changes)
    assert path.name == "accounts.toml"
    assert load_settings().entity_changes == (changes,)
    assert format_declaration(changes) == [
        "[entities.accounts]",
        'extra_fields = ["x_segment", "category_id"]',
        "domain = []",
        "enabled = true",
        'mask = { "x_segment" = "hash" }',
    ]
    assert "accounts already" in refusal(changes)


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("sale.order", "order"),
        ("x_custom", "x_custom"),
        ("res.users", "res_users"),
        ("account.account", "account_account"),
        ("account.move", "move"),
        ("account.invoice", "account_invoice"),
        ("crm.lead", "crm_lead"),
        ("project.task.2nd", "task_2nd"),
        ("a.2", "a_2"),
        ("x.order", "x_order"),
        ("lead", "entity_1"),
        ("users", "entity_1"),
        ("2", "entity_1"),
        ("account.analytic.everything_there_is_in_the_world", "everything_there_is_in_the_worl"),
    ],
)
def test_the_name_of_an_entity_is_chosen_by_its_model(model: str, name: str):
    assert choose_name(model, {*list_built_ins(), "order" if model.startswith("x.") else "lead"}) == name


@settings(deadline=None, max_examples=50)
@given(st.from_regex(MODEL_NAME, fullmatch=True).filter(str.isascii))
def test_any_model_gets_a_name_with_which_it_can_be_declared(tmp_path_factory: pytest.TempPathFactory, model: str):
    config = write(tmp_path_factory.mktemp("any") / "settings.toml", "")
    declaration = EntityDeclaration(choose_name(model, list_built_ins()), model)
    write_declaration(declaration, config)
    assert load_settings(config).declared_entities == (declaration,)


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
VALUES = st.one_of(TEXTS, st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False))


@settings(deadline=None, max_examples=50)
@given(VALUES, st.lists(VALUES))
def test_any_value_of_a_condition_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, one: object, several: list[object]
):
    config = write(tmp_path_factory.mktemp("any") / "settings.toml", "")
    declaration = EntityDeclaration("orders", "sale.order", (("a", "=", one), ("b", "in", tuple(several))))
    write_declaration(declaration, config)
    assert repr(load_settings(config).declared_entities) == repr((declaration,))
