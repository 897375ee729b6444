"""The theme that an operator picks is remembered, whatever is wrong with the file; 256 colours tell states apart."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from rich.color import ColorSystem
from textual.style import Style

from odoo_sync_tui.runtime.paths import preferences_file
from odoo_sync_tui.tui.app.theme import Preferences, PreferencesError
from odoo_sync_tui.tui.format.render import BAD, FAINT, MUTED, WARN
from odoo_sync_tui.tui.widgets.dashboard.lists import RecentEvents
from tests.support.fake_backend.options import Ui
from tests.support.slow import slow
from tests.tui.support.screen import RunApp, Screen


@pytest.fixture
def remembered(tmp_path: Path) -> Preferences:
    return Preferences(tmp_path / "state" / "dashboard.json")


async def pick(screen: Screen, name: str) -> None:
    await screen.press("T")
    await screen.until(lambda: len(screen.app.screen_stack) == 2, "the themes are offered")
    await screen.press(*name)
    await screen.shows(name)
    await screen.press("enter")
    await screen.until(lambda: screen.app.theme == name, "the theme is used")


async def test_a_picked_theme_is_used_and_remembered(remembered: Preferences, run_app: RunApp) -> None:
    async with run_app(preferences=remembered) as screen:
        await pick(screen, "nord")
        await screen.until(remembered.path.exists, "it is written")
    assert stat.S_IMODE(remembered.path.stat().st_mode) == 0o600
    assert [path.name for path in remembered.path.parent.iterdir()] == ["dashboard.json"]
    async with run_app(preferences=remembered) as screen:
        assert screen.app.theme == "nord"


async def test_a_setting_that_was_changed_since_wins(remembered: Preferences, run_app: RunApp) -> None:
    remembered.save_theme("nord", "odoo-sync")
    async with run_app(ui=Ui(theme="gruvbox"), preferences=remembered) as screen:
        assert screen.app.theme == "gruvbox"
        assert screen.toasts() == []


async def test_nothing_is_written_until_something_is_picked(remembered: Preferences, run_app: RunApp) -> None:
    async with run_app(ui=Ui(theme="gruvbox"), preferences=remembered) as screen:
        await screen.settled()
    assert not remembered.path.exists()


CORRUPT = [b"", b"{", b"[]", b"\xff\xfe", b'{"theme": ' + b"[" * 5000, b"null", b'"nord"']


@pytest.mark.parametrize("content", CORRUPT, ids=lambda content: repr(content[:8]))
def test_preferences_that_are_corrupt_are_one_kind_of_error(content: bytes, remembered: Preferences) -> None:
    remembered.path.parent.mkdir()
    remembered.path.write_bytes(content)
    with pytest.raises(PreferencesError, match="cannot be read or understood and is ignored"):
        remembered.load_theme("odoo-sync")


async def test_a_corrupt_file_is_ignored_and_told(remembered: Preferences, run_app: RunApp) -> None:
    remembered.path.parent.mkdir()
    remembered.path.write_bytes(CORRUPT[0])
    async with run_app(preferences=remembered) as screen:
        assert screen.app.theme == "odoo-sync"
        (told,) = screen.toasts()
        assert "cannot be read or understood and is ignored" in told
        await pick(screen, "nord")
        await screen.until(lambda: b"nord" in remembered.path.read_bytes(), "it is replaced")


@pytest.mark.parametrize("theme", ["no-such-theme", 7, None])
async def test_a_theme_that_is_not_there_any_more_is_passed_over(
    theme: object, remembered: Preferences, run_app: RunApp
) -> None:
    remembered.path.parent.mkdir()
    remembered.path.write_text(json.dumps({"theme": theme, "instead_of": "odoo-sync"}))
    async with run_app(preferences=remembered) as screen:
        assert screen.app.theme == "odoo-sync"
        assert screen.toasts() == []


async def test_a_choice_that_cannot_be_written_is_used_all_the_same(tmp_path: Path, run_app: RunApp) -> None:
    (tmp_path / "file").write_text("")
    async with run_app(preferences=Preferences(tmp_path / "file" / "dashboard.json")) as screen:
        await pick(screen, "nord")
        await screen.until(lambda: "used now, but not remembered" in "".join(screen.toasts()), "it is told")
        assert len(screen.toasts()) == 1, "the newest stands alone"


def test_a_failed_write_leaves_the_old_file(remembered: Preferences, monkeypatch: pytest.MonkeyPatch) -> None:
    remembered.save_theme("nord", "odoo-sync")

    def no_room(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", no_room)
    with pytest.raises(Exception, match="No space left on device"):
        remembered.save_theme("gruvbox", "odoo-sync")
    assert remembered.load_theme("odoo-sync") == "nord"
    assert [path.name for path in remembered.path.parent.iterdir()] == ["dashboard.json"]


async def test_an_unknown_theme_in_the_settings_is_told_with_those_that_exist(run_app: RunApp) -> None:
    async with run_app(ui=Ui(theme="[/nope]")) as screen:
        (told,) = screen.toasts()
        assert 'There is no theme "[/nope]"' in told
        assert "nord" in told


def test_the_remembered_theme_lies_in_the_state_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert preferences_file() == tmp_path / "odoo-sync-tui" / "dashboard.json"


@pytest.mark.parametrize("theme", ["odoo-sync", "textual-light", *slow(["odoo-sync-light", "nord"])])
async def test_in_256_colours_what_is_wrong_what_waits_what_is_faint_and_the_cursor_differ(
    theme: str, run_app: RunApp
) -> None:
    async with run_app(ui=Ui(theme=theme)) as screen:
        await screen.settled()
        events = screen.app.screen.query_one(RecentEvents)
        styles = [Style.parse(text, screen.app.theme_variables) for text in (BAD, WARN, FAINT, MUTED, "$foreground")]
        shown = [(events.visual_style + style).rich_style.color for style in styles]
        events.focus()
        await screen.until(lambda: events.has_focus, "the cursor is in use")
        await screen.settled()
        ground, used = events.visual_style, events.get_visual_style("line-list--cursor")
        screen.app.screen.set_focus(None)
        await screen.until(lambda: events.get_visual_style("line-list--cursor") != used, "the cursor is not in use")
        cursor = events.get_visual_style("line-list--cursor")
        ground, cursor, used = (style.rich_style.bgcolor for style in (ground, cursor, used))
        assert None not in (*shown, used, cursor, ground)
        text_colours = {color.downgrade(ColorSystem.EIGHT_BIT).number for color in (*shown, ground) if color}
        assert len(text_colours) == len(shown) + 1
        assert len({color.downgrade(ColorSystem.EIGHT_BIT).number for color in (used, cursor, ground)}) == 3
