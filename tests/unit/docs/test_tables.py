"""What the manual says in tables is what the program does: made from it, or compared with it."""

from __future__ import annotations

import re

import pytest

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.parser import build_parser
from odoo_sync_tui.notify.targets import AlertKind
from odoo_sync_tui.settings.model import find_setting_field, get_setting_fields
from odoo_sync_tui.settings.names import ENV_PREFIX, from_env_variable, to_env_variable
from odoo_sync_tui.settings.sections.alerts import Alert
from odoo_sync_tui.settings.sections.base import NamedTable
from odoo_sync_tui.settings.sections.entities import BuiltInEntity, DeclaredEntity, list_built_ins
from odoo_sync_tui.settings.sections.fleet import HostSettings
from odoo_sync_tui.settings.sections.schedule import SyncSchedule
from odoo_sync_tui.settings.sections.selections import NamedSelection
from odoo_sync_tui.store.indexes import INDEXES
from odoo_sync_tui.tui.commands.keymap import format_key_table
from odoo_sync_tui.tui.commands.registry import COMMANDS
from tests.unit.docs.pages import (
    COMMANDS_WITHOUT_OPTIONS,
    DOCS,
    README,
    assert_generated,
    commands,
    described_commands,
    entities_table,
    metrics_table,
    named_table,
    options_of,
    rows,
    settings_table,
    table,
    text_of,
)

ALL_TEXTS = [*sorted(DOCS.glob("*.md")), README]


def test_the_table_of_keys_holds_every_command_of_the_dashboard() -> None:
    assert_generated("keys", "keys", format_key_table())
    assert all(f"`{command.id}`" in text_of("keys") for command in COMMANDS)


def test_the_table_of_settings_holds_every_setting_with_its_default() -> None:
    assert_generated("settings", "settings", settings_table())


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("declared entities", DeclaredEntity),
        ("built-in entities", BuiltInEntity),
        ("selections", NamedSelection),
        ("schedule", SyncSchedule),
        ("hosts", HostSettings),
    ],
)
def test_the_table_of_a_kind_of_named_table_holds_every_key(name: str, model: type[NamedTable]) -> None:
    assert_generated("settings", name, named_table(model))


def test_the_table_of_alerts_holds_every_key() -> None:
    assert_generated("alerts", "alerts", named_table(Alert))
    told = re.findall(r"^\| `(\w+)` \| a (?:run|sync|key)", text_of("alerts"), re.MULTILINE)
    assert told == list(AlertKind)


def test_the_page_of_settings_names_the_table_of_every_built_in_entity() -> None:
    told = text_of("settings").partition("The tables of built-in entities are")[2].partition(". ")[0]
    assert re.findall(r"`(\w+)`", told) == list(list_built_ins())


def test_the_table_of_entities_holds_every_entity_with_its_fields() -> None:
    assert_generated("data", "entities", entities_table())


def test_the_table_of_metrics_holds_every_metric() -> None:
    assert_generated("operations", "metrics", metrics_table())


def test_the_table_of_commands_holds_every_command() -> None:
    lines = [(f"`{name}`", description) for name, description in described_commands()]
    assert_generated("commands", "commands", table(("command", "what it does"), lines))


@pytest.mark.parametrize("command", sorted(set(commands()) - COMMANDS_WITHOUT_OPTIONS))
def test_the_options_of_each_command_are_those_of_the_parser(command: str) -> None:
    lines = options_of(commands()[command])
    assert_generated("commands", f"options {command}", table(("option", "what it does"), lines))


@pytest.mark.parametrize("command", sorted(COMMANDS_WITHOUT_OPTIONS))
def test_a_command_without_a_table_has_no_options_of_its_own(command: str) -> None:
    assert [option for option, _ in options_of(commands()[command]) if option.startswith("`-")] == []


def test_the_options_of_every_command_stand_in_a_table_of_their_own() -> None:
    lines = options_of(build_parser(), shared=True)
    assert_generated("commands", "options", table(("option", "what it does"), lines))


def test_every_command_has_a_section_of_its_own_on_the_page_of_commands() -> None:
    sections = re.findall(r"^## ([a-z]+)$", text_of("commands"), re.MULTILINE)
    assert sections == [name for name in commands() if " " not in name]


EXIT_CODES = dict(re.findall(r"^  (\S+) +(.+)$", exit_codes.TABLE, re.MULTILINE))
"""The meaning of each exit code, as the help tells it."""


class TestExitCodes:
    def test_the_page_of_commands_explains_each_exit_code_in_the_words_of_the_help(self) -> None:
        section = text_of("commands").partition("## Exit codes")[2].partition("\n\n| command")[0]
        told: dict[str, str] = dict(rows(section))
        assert told.keys() == EXIT_CODES.keys()
        assert [code for code, meaning in told.items() if not meaning.startswith(EXIT_CODES[code])] == []

    def test_the_page_of_operations_says_what_to_do_about_each_exit_code(self) -> None:
        section = text_of("operations").partition("## Exit codes in use")[2].partition("```")[0]
        assert [code for code, _ in rows(section)] == list(EXIT_CODES)

    def test_the_table_of_the_help_holds_the_codes_that_the_program_ends_with(self) -> None:
        codes = (exit_codes.SUCCESS, exit_codes.FAILED, exit_codes.USAGE, exit_codes.TRY_AGAIN)
        assert list(EXIT_CODES) == [*map(str, codes), f"{exit_codes.of_signal(0)}+n"]


class TestNamesInTheText:
    @pytest.mark.parametrize("path", ALL_TEXTS, ids=lambda path: path.name)
    def test_every_setting_that_is_named_exists(self, path) -> None:
        known = {*get_setting_fields(), *(command.id for command in COMMANDS), "section.name", "odoo.com"}
        named = re.findall(
            r"(?<![\w.-])((?:odoo|mongo|sync|metrics|ui|section)\.[a-z_]+)\b(?!\.)(?=[`= ])", path.read_text()
        )
        assert [name for name in named if name not in known] == []

    @pytest.mark.parametrize("path", ALL_TEXTS, ids=lambda path: path.name)
    def test_every_environment_variable_that_is_named_sets_a_setting(self, path) -> None:
        named = set(re.findall(rf"{ENV_PREFIX}\w+", path.read_text())) - {f"{ENV_PREFIX}SECTION__NAME"}
        settings = {each: from_env_variable(each) for each in named}
        assert [each for each, name in settings.items() if find_setting_field(name) is None] == []
        assert [each for each, name in settings.items() if to_env_variable(name) != each] == []

    @pytest.mark.parametrize("path", ALL_TEXTS, ids=lambda path: path.name)
    def test_every_command_line_that_is_shown_is_understood(self, path) -> None:
        lines = re.findall(r"odoo-sync-tui ([a-z-]+[^`\n|;>#]*)", "\n".join(_code(path.read_text())))
        wrong = [line for line in map(_filled_in, lines) if not _is_understood(line)]
        assert wrong == []

    def test_every_collection_with_an_index_has_a_line_in_the_table_of_collections(self) -> None:
        section = text_of("data").partition("## Collections")[2].partition("\n## ")[0]
        told = {name for names, _ in rows(section) for name in re.findall(r"`(\w+)`", names)}
        assert {index.collection for index in INDEXES} <= told


def _code(text: str) -> list[str]:
    """Code blocks, and code within sentences."""
    blocks = re.findall(r"^```(?:sh|cron|ini)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return [*blocks, *re.findall(r"`([^`\n]+)`", rest)]


def _filled_in(line: str) -> list[str]:
    """The words of a command line, what stands for a value replaced by one; optional parts are there."""
    examples = {
        "COUNT": "3",
        "RUN_ID": "a1b2",
        "RUN": "a1b2",
        "SHELL": "bash",
        "PAGE": "index",
        "WHAT": "all",
        "NAME": "anna",
        "ENTITY": "invoices",
        "ID": "4711",
        "N": "20",
    }
    return [examples.get(word, word) for word in line.translate(str.maketrans("", "", "[]'")).split()]


def _is_understood(words: list[str]) -> bool:
    try:
        build_parser().parse_args(words)
    except SystemExit as end:
        return end.code == 0
    return True
