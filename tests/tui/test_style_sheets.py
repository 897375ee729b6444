"""A selector that matches nothing is silent in Textual, so it is found here."""

from __future__ import annotations

import ast
import re
import sys
from functools import cache
from pathlib import Path

import pytest
import textual.command
import textual.widgets

import odoo_sync_tui.tui
from tests.tui.support.screen import RunApp

TUI = Path(odoo_sync_tui.tui.__file__).parent
TEXTUALS = [  # parts of Textual's own are styled by their ids and classes
    Path(path).read_text(encoding="utf-8")
    for path in (textual.command.__file__, sys.modules[textual.widgets.OptionList.__module__].__file__ or "")
]
SOURCES = [path.read_text(encoding="utf-8") for path in TUI.rglob("*.py")]
SHEETS = sorted(TUI.rglob("*.tcss"))


@cache
def words_in_code() -> set[str]:
    """Every word of every string in the code, f-strings included."""
    texts = (
        node.value
        for source in (*SOURCES, *TEXTUALS)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant)
    )
    return {word for text in texts if isinstance(text, str) for word in re.findall(r"[-\w.]+", text)}


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_every_selector_of_a_style_sheet_occurs_in_the_code(sheet: Path) -> None:
    known = words_in_code()
    known = known | {word.replace(".", "-") for word in known}  # a button's id is its command's
    known |= {f"{word}-panel" for word in known} | {f"-{word}" for word in known}  # a panel's is its content's
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    used = re.findall(r"(?:^|[\s&,])[#.&]*[#.]([-\w]+)", re.sub(r":[^;{]*;", ";", text))
    assert used
    assert [name for name in used if name not in known] == []


async def test_every_style_sheet_is_loaded(run_app: RunApp) -> None:
    async with run_app() as screen:
        loaded = [Path(path) for path, _ in screen.app.stylesheet.source]
        assert sorted(path for path in loaded if path.suffix == ".tcss") == SHEETS


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_colours_come_from_the_theme(sheet: Path) -> None:
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\s*;|rgb\(|hsl\(", sheet.read_text(encoding="utf-8"))


def test_no_text_is_read_as_markup() -> None:
    assert not [source for source in SOURCES if "from_markup" in source or "markup=True" in source]
