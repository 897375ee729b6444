"""The theme of the settings, or the one that was picked since."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from textual.theme import Theme

from odoo_sync_tui.tui.app.theme import Preferences, ThemeMemory
from odoo_sync_tui.tui.model.glyphs import UNICODE


class App:
    """The themes of an application."""

    available_themes = ("nord", "textual-dark")
    theme = "textual-dark"

    def __init__(self) -> None:
        self.theme_changed_signal = self
        self.warnings: list[tuple[str, str]] = []

    def register_theme(self, theme: Theme) -> None:
        self.available_themes = (*self.available_themes, theme.name)

    def subscribe(self, node: object, callback: Callable[[object], None]) -> None:
        assert node is self
        self._changed = callback

    def pick(self, name: str) -> None:
        self.theme = name
        self._changed(SimpleNamespace(name=name))


@pytest.fixture
def preferences(tmp_path: Path) -> Preferences:
    return Preferences(tmp_path / "state" / "dashboard.json")


def start(setting: str, preferences: Preferences | None) -> App:
    app = App()
    ThemeMemory(app, lambda text, title: app.warnings.append((title, text)), UNICODE, setting, preferences).start()
    return app


def test_the_theme_of_the_settings_is_used(preferences: Preferences) -> None:
    assert start("nord", preferences).theme == "nord"
    assert not preferences.path.exists()


def test_a_picked_theme_is_used_the_next_time(preferences: Preferences) -> None:
    start("textual-dark", preferences).pick("nord")
    assert start("textual-dark", preferences).theme == "nord"


def test_a_setting_that_was_changed_since_wins(preferences: Preferences) -> None:
    start("textual-dark", preferences).pick("textual-dark")
    preferences.save_theme("textual-dark", "gruvbox")
    assert start("nord", preferences).theme == "nord"


def test_an_unknown_theme_is_reported_with_the_known_ones() -> None:
    app = start("no-such", None)
    assert app.warnings == [
        ("Setting ui.theme", 'There is no theme "no-such". There are: nord, odoo-sync, odoo-sync-light, textual-dark.'),
    ]


def test_a_file_that_cannot_be_understood_is_reported_and_replaced(preferences: Preferences) -> None:
    preferences.path.parent.mkdir()
    preferences.path.write_text("{")
    app = start("textual-dark", preferences)
    assert [title for title, _ in app.warnings] == ["Theme"]
    app.pick("nord")
    assert preferences.load_theme("textual-dark") == "nord"


def test_without_preferences_nothing_is_kept() -> None:
    app = start("textual-dark", None)
    app.pick("nord")
    assert app.warnings == []
