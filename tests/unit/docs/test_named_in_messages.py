"""Every option, setting, variable and command that a text of the package names exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from odoo_sync_tui.cli.command_parser import PROGRAM
from odoo_sync_tui.settings.model import get_setting_fields
from odoo_sync_tui.settings.names import ENV_PREFIX, to_env_variable
from tests.unit.docs.pages import GLOBAL, PACKAGE, commands

PROSE = {"of"}
"""Words that follow the program's name in a sentence."""

COMMANDS = commands()
OPTIONS = GLOBAL | {
    name for parser in COMMANDS.values() for action in parser._actions for name in action.option_strings
}
SETTINGS = set(get_setting_fields())
VARIABLES = {to_env_variable(name) for name in SETTINGS}


def texts() -> list[str]:
    """The texts for people in the package: words with blanks between them."""
    sources = (path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py")))
    return [text for source in sources for text in constants_of(source) if " " in text.strip()]


def constants_of(source: str) -> Iterator[str]:
    """Every text of a module but its docstrings; a gap of a formatted text is a pair of braces."""
    tree = ast.parse(source)
    nodes = list(ast.walk(tree))
    skipped = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}  # docstrings
    skipped |= {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in nodes:
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
            yield text


def unknown_names(text: str) -> set[str]:
    """What the text names and the program does not have."""
    options = set(re.findall(r"(?<![\w-])--[a-z][\w-]+", text)) - OPTIONS
    settings = set(re.findall(r"(?<![\w./@-])(?:odoo|mongo|sync|ui)\.[a-z_]+\b(?!\.\w|[(/-])", text)) - SETTINGS
    variables = set(re.findall(rf"{ENV_PREFIX}[A-Z_]+\b", text)) - VARIABLES
    called = set(re.findall(rf"{PROGRAM} ([a-z]+)", text)) - set(COMMANDS) - PROSE
    misplaced = {
        f"{name} {option}"
        for name, parser in COMMANDS.items()
        for option in re.findall(rf"\b{name} (--[a-z][\w-]+)", text)
        if option not in GLOBAL | {each for action in parser._actions for each in action.option_strings}
    }
    return options | settings | variables | called | misplaced


@pytest.mark.parametrize(
    "text",
    [
        "Set mongo.uri or --mongo-address.",
        "Set odoo.adress.",
        "Set ODOO_SYNC_MONGO_URI.",
        "Run: odoo-sync-tui repair",
        "Wait (status --wait).",
    ],
)
def test_a_name_that_nothing_bears_is_noticed(text: str):
    assert len(unknown_names(text)) == 1


def test_every_name_in_a_text_of_the_package_exists():
    found = texts()
    assert len(found) > 500
    assert {text: names for text in found if (names := unknown_names(text))} == {}
