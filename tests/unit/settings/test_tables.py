"""Named tables: what may stand in them, where they may stand, and what a wrong one is answered with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from odoo_sync_tui.entities.declaration import EntityChanges, EntityDeclaration, LostFields, NewFields
from odoo_sync_tui.settings.load import load_settings
from odoo_sync_tui.settings.model import NAMED_TABLES
from odoo_sync_tui.settings.names import TABLE_SECTIONS, from_env_variable, to_env_variable
from odoo_sync_tui.settings.sections.entities import list_built_ins
from tests.unit.settings.files import load_here, refusal, shown, write

ORDERS = '[entities.orders]\nmodel = "sale.order"\n'


class TestDeclaredEntities:
    def test_all_but_the_model_has_a_default(self, place: Path):
        write(place / "settings.toml", ORDERS)
        assert load_here().declared_entities == (EntityDeclaration("orders", "sale.order"),)
        (declared,) = load_here().declared_entities
        assert (declared.domain, declared.fields) == ((), ("*",))
        assert (declared.on_new_fields, declared.on_lost_fields) == (NewFields.TELL, LostFields.TELL)

    def test_everything_can_be_set(self, place: Path):
        text = """domain = [["state", "!=", "cancel"]]
        fields = ["*", "x_*", "-note", "order_line"]
        on_new_fields = "take"
        on_lost_fields = "freeze"
        """
        write(place / "settings.toml", ORDERS + text)
        assert load_here().declared_entities == (
            EntityDeclaration(
                "orders",
                "sale.order",
                (("state", "!=", "cancel"),),
                ("*", "x_*", "-note", "order_line"),
                NewFields.TAKE,
                LostFields.FREEZE,
            ),
        )

    def test_they_come_in_the_order_of_their_names(self, place: Path):
        write(place / "settings.toml", '[entities.tickets]\nmodel = "t"\n[entities.claims]\nmodel = "c"\n' + ORDERS)
        assert [each.name for each in load_here().declared_entities] == ["claims", "orders", "tickets"]

    def test_without_any_there_are_none(self):
        settings = load_here()
        assert (settings.declared_entities, settings.entity_changes) == ((), ())


class TestBuiltInEntities:
    def test_the_names_of_their_tables(self):
        assert list(list_built_ins()) == [
            "departments", "users", "accounts", "opportunities", "invoices", "lake_users",
        ]  # fmt: skip

    def test_more_fields_fewer_rows_or_none(self, place: Path):
        text = """[entities.accounts]
        extra_fields = ["x_segment", "category_id"]
        domain = [["country_id.code", "=", "BE"]]
        [entities.lake_users]
        enabled = false
        [entities.invoices]
        """
        write(place / "settings.toml", text)
        assert load_here().declared_entities == ()
        assert load_here().entity_changes == (
            EntityChanges("data_lake:accounts", ("x_segment", "category_id"), (("country_id.code", "=", "BE"),)),
            EntityChanges("data_lake:invoices"),
            EntityChanges("data_lake:users", enabled=False),
        )


class TestSources:
    def test_every_source_counts_key_by_key(self, place: Path, monkeypatch: pytest.MonkeyPatch):
        write(place / "settings.toml", ORDERS + 'fields = ["name"]\ndomain = [["a", "=", 1]]\non_new_fields = "take"\n')
        monkeypatch.setenv("ODOO_SYNC_ENTITIES__ORDERS__FIELDS", '["*", "-note"]')
        monkeypatch.setenv("ODOO_SYNC_ENTITIES__ORDERS__DOMAIN", "[]")
        given = {"entities.orders.domain": '[["state", "in", ["sale", "done"]]]'}
        (declared,) = load_here(**given).declared_entities
        assert declared == EntityDeclaration(
            "orders", "sale.order", (("state", "in", ("sale", "done")),), ("*", "-note"), NewFields.TAKE
        )
        assert shown(**given) == {
            "entities.orders.model": ("sale.order", "file settings.toml"),
            "entities.orders.domain": ((("state", "in", ("sale", "done")),), "option --set entities.orders.domain"),
            "entities.orders.fields": (("*", "-note"), "environment variable ODOO_SYNC_ENTITIES__ORDERS__FIELDS"),
            "entities.orders.on_new_fields": ("take", "file settings.toml"),
            "entities.orders.on_lost_fields": ("tell", "default"),
            "entities.orders.mask": ({}, "default"),
        }

    def test_no_file_is_needed(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("ODOO_SYNC_ENTITIES__ORDERS__MODEL", "sale.order")
        given = {"entities.accounts.enabled": "false"}
        settings = load_settings(None, given)
        assert settings.declared_entities == (EntityDeclaration("orders", "sale.order"),)
        assert settings.entity_changes == (EntityChanges("data_lake:accounts", enabled=False),)
        assert shown(**given)["entities.accounts.extra_fields"] == ((), "default")

    @pytest.mark.parametrize(
        "name", ["entities.orders.model", "entities.a__b.model", "entities.a_.on_new_fields", "entities.orders"]
    )
    def test_the_variable_of_a_setting_sets_that_and_no_other(self, name: str):
        assert from_env_variable(to_env_variable(name)) == name

    def test_an_empty_text_counts_as_not_set(self, place: Path):
        write(place / "settings.toml", ORDERS + 'fields = ""\n')
        assert load_here().declared_entities == (EntityDeclaration("orders", "sale.order"),)

    def test_a_weaker_source_may_hold_no_more_than_the_name_of_the_table(self, place: Path):
        write(place / "settings.toml", "[entities.orders]\n")
        (declared,) = load_here(**{"entities.orders.model": "sale.order"}).declared_entities
        assert declared.model == "sale.order"


FILE = "(from the file settings.toml)"

REFUSED = {
    '[entities.Orders]\nmodel = "x"': (
        '"Orders" cannot be a name in [entities] (setting entities.Orders.model in settings.toml). A name begins with a'
        " small letter and has at most 31 small letters, digits and underscores."
    ),
    f'[entities.{"x" * 32}]\nmodel = "x"': "A name begins with a small letter and has at most 31",
    '[entities."a.b"]\nmodel = "x"': '"a.b" cannot be a name in [entities]',
    '[entities.""]\nmodel = "x"': '"" cannot be a name in [entities]',
    "[entities.Orders]": '"Orders" cannot be a name in [entities] (setting entities.Orders in settings.toml).',
    '[entities.account]\nmodel = "x"': (
        '"account" cannot be a name in [entities] (setting entities.account.model in settings.toml). The lake has the'
        " documents of accounts under this name: choose another one, or write [entities.accounts]."
    ),
    '[entities.opportunity]\nmodel = "x"': "choose another one, or write [entities.opportunities].",
    '[entities.invoice]\nmodel = "x"': "choose another one, or write [entities.invoices].",
    '[entities.user]\nmodel = "x"': "choose another one, or write [entities.lake_users].",
    "[entities.orders]": (
        "entities.orders.model is not set, and [entities.orders] (from the file settings.toml) needs it: a text, such"
        ' as "sale.order", is accepted.'
    ),
    '[entities.orders]\nfields = ["*"]': "entities.orders.model is not set",
    '[entities.accounts]\nmodel = "res.partner"': (
        "There is no setting entities.accounts.model in settings.toml. accounts is built in: what can be set of it is"
        " extra_fields, domain, enabled, mask."
    ),
    '[entities.accounts]\nfields = ["*"]': "There is no setting entities.accounts.fields in settings.toml.",
    '[entities.acounts]\nextra_fields = ["x"]': (
        "There is no setting entities.acounts.extra_fields in settings.toml. extra_fields is for built-in entities, and"
        " acounts is none of them; the nearest is [entities.accounts]."
    ),
    "[entities.acounts]\ndomain = []": (
        f'entities.acounts.model is not set, and [entities.acounts] {FILE} needs it: a text, such as "sale.order", is'
        " accepted. Did you mean [entities.accounts]?"
    ),
    ORDERS + "enabled = false": (
        "enabled is for built-in entities, and orders is none of them; they are departments, users, accounts,"
        " opportunities, invoices, lake_users."
    ),
    '[entities.orders]\nmodle = "x"': (
        "There is no setting entities.orders.modle in settings.toml. The nearest name is entities.orders.model."
    ),
    "[entities.accounts]\nextra_field = []": "The nearest name is entities.accounts.extra_fields.",
    ORDERS + "zzz = 1": (
        "There is no setting entities.orders.zzz in settings.toml. There are model, domain, fields, on_new_fields,"
        " on_lost_fields, mask."
    ),
    ORDERS + "[entities.orders.fields]\na = 1": "entities.orders.fields is \"{'a': 1}\"",
    "[entities]\norders = 1": "There is no setting entities.orders in settings.toml. Write [entities.orders]",
    '[[entities.orders]]\nmodel = "x"': "Write [entities.orders]",
    "entities = 1": "There is no setting entities in settings.toml. Write [entities.orders]",
    '[entites.orders]\nmodel = "x"': "The nearest name is entities.orders.",
    "[entities.orders]\nmodel = 5": f'entities.orders.model is "5" {FILE}: the technical name of an Odoo model',
    '[entities.orders]\nmodel = "Sale Order"': 'such as "sale.order", is accepted.',
    ORDERS + 'fields = "*"': (
        f'entities.orders.fields is "*" {FILE}: a list is accepted, in a variable and with --set as JSON: ["name",'
        ' "email"].'
    ),
    ORDERS + "fields = []": "a list of names of fields, at its beginning one to add, is accepted:",
    ORDERS + 'fields = ["-note"]': "at its beginning one to add",
    ORDERS + 'fields = ["*", 5]': "entities.orders.fields is \"['*', 5]\"",
    ORDERS + 'fields = ["a b"]': 'is accepted: ["*", "-note"].',
    ORDERS + 'on_new_fields = "freeze"': f'entities.orders.on_new_fields is "freeze" {FILE}: tell or take is accepted.',
    ORDERS + 'on_lost_fields = "take"': "tell or freeze is accepted.",
    ORDERS + "domain = 1": "a list of conditions like",
    ORDERS + 'mask = { name = "hide" }': (
        f"entities.orders.mask is \"{{'name': 'hide'}}\" {FILE}: a table of Odoo fields is accepted, each with drop,"
        ' hash or initials: { email = "hash" }; in a variable and with --set as JSON.'
    ),
    ORDERS + 'mask = ["name"]': "a table of Odoo fields is accepted",
    '[entities.accounts]\nmask = { emial = "hash" }': "emial is none of its fields; did you mean email?",
    '[entities.accounts]\nmask = { active = "drop" }': "active is none of its fields",
    '[entities.users]\nmask = { work_email = "hash" }': (
        "by work_email the accounts of other programs in users are linked with Odoo, which a mask would end; what the"
        " data lake has of the same people can be masked"
    ),
    '[entities.users]\nmask = { user_id = "drop" }': "by user_id the accounts of other programs",
    '[masking]\nkey = "short"': "masking.key has a value (from the file settings.toml): a text of 32 characters",
    '[entities.accounts]\nextra_fields = ["x_*"]': "a list of names of fields is accepted:",
    '[entities.accounts]\nenabled = "perhaps"': "true or false is accepted.",
    '[entities.accounts]\ndomain = [["a"]]': f"\"[['a']]\" {FILE}: its part 1 has not three",
}


class TestRefusals:
    @pytest.mark.parametrize("text", REFUSED, ids=lambda text: text.splitlines()[-1])
    def test_a_wrong_table_is_refused_with_its_place_and_what_to_do(self, place: Path, text: str):
        write(place / "settings.toml", text)
        assert REFUSED[text] in refusal()

    def test_a_variable_is_named_with_its_nearest_name(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("ODOO_SYNC_ENTITIES__ORDERS__MODEL", "sale.order")
        monkeypatch.setenv("ODOO_SYNC_ENTITIES__ORDERS__FIELD", '["*"]')
        assert refusal() == (
            "There is no environment variable ODOO_SYNC_ENTITIES__ORDERS__FIELD."
            " The nearest name is ODOO_SYNC_ENTITIES__ORDERS__FIELDS."
        )

    def test_a_variable_without_a_key_is_answered_with_one(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("ODOO_SYNC_ENTITIES__ORDERS", "sale.order")
        assert "such as ODOO_SYNC_ENTITIES__ORDERS__MODEL." in refusal()

    def test_an_option_is_named(self):
        assert refusal(**{"entities.orders.model": "Sale"}).startswith(
            'entities.orders.model is "Sale" (from the option --set entities.orders.model):'
        )
        assert "(option --set entities.account.model)" in refusal(**{"entities.account.model": "x"})

    def test_what_is_no_json_is_refused(self):
        for text in ("*", '["*"', "[" * 100_000, "name"):
            assert "as JSON" in refusal(**{"entities.orders.model": "x", "entities.orders.fields": text})

    def test_every_wrong_value_is_told_at_once(self, place: Path):
        write(place / "settings.toml", "[entities.accounts]\nenabled = 5\n[entities.orders]\nfields = 1\n")
        told = [line.split()[0] for line in refusal().splitlines()]
        assert sorted(told) == ["entities.accounts.enabled", "entities.orders.fields", "entities.orders.model"]


def test_every_section_of_tables_says_what_may_stand_in_it():
    assert set(NAMED_TABLES) == set(TABLE_SECTIONS)
    for section in NAMED_TABLES.values():
        assert section.find_name_flaw(section.example) == ""
        fields = section.find_model(section.example).get_key_fields()
        assert [key for key, field in fields.items() if not field.description] == []
        assert all(re.fullmatch("[a-z][a-z0-9]*(_[a-z0-9]+)*", key) for key in fields)
