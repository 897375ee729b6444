"""Handing text over: by the way that works in this terminal, told as it is."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from odoo_sync_tui.runtime.files import FileError, write_file
from odoo_sync_tui.tui.terminal import clipboard
from odoo_sync_tui.tui.terminal.clipboard import ClipboardText, Route, choose_route
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.history import history
from tests.support.fake_backend.overview_queries import FakeOverviewQueries
from tests.tui.support.screen import RunApp, Screen

AT = datetime(2026, 11, 23, 12, 31, 8, tzinfo=UTC)
SHORT = ClipboardText("a line", "audit-event", "txt")


@pytest.fixture
def tmux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tmux on PATH that notes how it was called and what it was given; refuses what the file ``refuses`` names."""
    program = tmp_path / "bin" / "tmux"
    program.parent.mkdir()
    program.write_text(
        '#!/bin/sh\nhere=$(dirname "$0")\necho "$@" >> "$here/calls"\n'
        'if [ -e "$here/refuses" ] && echo "$*" | grep -q -e "$(cat "$here/refuses")"; then exit 1; fi\n'
        'cat > "$here/given"\n'
    )
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setenv("TMUX", "/tmp/tmux-0/default,1,0")
    return program.parent


class TestRoute:
    def test_a_terminal_is_sent_what_it_can_take(self) -> None:
        assert choose_route(SHORT, {"TERM": "xterm-256color"}) is Route.TERMINAL
        assert choose_route(ClipboardText("x" * 74_000, "a", "txt"), {"TERM": "xterm"}) is Route.TERMINAL
        assert choose_route(ClipboardText("x" * 74_001, "a", "txt"), {"TERM": "xterm"}) is Route.FILE
        assert choose_route(ClipboardText("é" * 37_001, "a", "txt"), {"TERM": "xterm"}) is Route.FILE, "bytes count"

    @pytest.mark.parametrize("environment", [{"TERM": "linux"}, {"TERM": "vt100"}, {"TERM": "screen", "STY": "1.x"}])
    def test_where_no_clipboard_is_it_goes_into_a_file(self, environment: dict[str, str]) -> None:
        assert choose_route(SHORT, environment) is Route.FILE

    def test_inside_tmux_its_command_is_used_where_there_is_one(self, tmux: Path) -> None:
        environment = {"TMUX": "x", "TERM": "screen-256color", "PATH": str(tmux)}
        assert choose_route(SHORT, environment) is Route.TMUX
        assert choose_route(ClipboardText("x" * 1_000_001, "a", "txt"), environment) is Route.FILE
        assert choose_route(SHORT, environment | {"PATH": "/nowhere"}) is Route.FILE, "OSC 52 would be swallowed"


class TestTmux:
    def test_the_text_goes_through_stdin_and_on_to_the_terminal(self, tmux: Path) -> None:
        told = clipboard.load_into_tmux(ClipboardText("$(rm -rf /) `x` \u4f1a", "a", "txt"), AT)
        assert (tmux / "calls").read_text() == "load-buffer -w -\n"
        assert (tmux / "given").read_text() == "$(rm -rf /) `x` \u4f1a"
        assert told == "In tmux's buffer, 19 bytes; prefix ] pastes it. tmux was asked to hand it on to the terminal."

    def test_an_old_tmux_has_it_in_its_buffer(self, tmux: Path) -> None:
        (tmux / "refuses").write_text("-w")
        told = clipboard.load_into_tmux(SHORT, AT)
        assert (tmux / "given").read_text() == "a line"
        assert told == "In tmux's buffer, 6 bytes; prefix ] pastes it."

    def test_when_tmux_refuses_it_is_in_a_file(self, tmux: Path, tmp_path: Path) -> None:
        (tmux / "refuses").write_text("load-buffer")
        told = clipboard.load_into_tmux(SHORT, AT, tmp_path / "out")
        path = tmp_path / "out" / "audit-event-20261123-123108.txt"
        assert path.read_text() == "a line"
        assert told == f"Not sent: no clipboard takes it from here. Written to {path}"


class TestFiles:
    def test_a_file_is_its_operators_alone_and_replaces_no_other(self, tmp_path: Path) -> None:
        first = write_file(["a", "b"], "audit", "csv", AT, tmp_path)
        second = write_file(["c"], "audit", "csv", AT, tmp_path)
        assert (first.read_text(), second.read_text()) == ("ab", "c")
        assert second.name == "audit-20261123-123108-2.csv"
        assert stat.S_IMODE(first.stat().st_mode) == 0o600
        assert sorted(tmp_path.iterdir()) == sorted([first, second])

    def test_nothing_appears_before_it_is_complete(self, tmp_path: Path) -> None:
        def pieces():
            yield "a"
            assert [path.suffix for path in tmp_path.iterdir()] == [".part"]
            raise RuntimeError("in the middle")

        with pytest.raises(RuntimeError):
            write_file(pieces(), "audit", "csv", AT, tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_a_place_that_cannot_be_written_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(FileError, match=f"No file could be written into {tmp_path}/file/x: Not a directory"):
            write_file(["a"], "audit", "csv", AT, tmp_path / "file" / "x")


class TestKeys:
    async def open(self, screen: Screen) -> None:
        await screen.press("A")
        await screen.shows("3 of 3")

    @pytest.fixture(autouse=True)
    def usual_terminal(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        for name in ("TMUX", "STY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.setenv("XDG_DOWNLOAD_DIR", str(tmp_path))

    async def test_y_sends_the_line_and_tells_how_it_went(self, run_app: RunApp) -> None:
        async with run_app(FakeBackend(FakeOverviewQueries(events=history(3)))) as screen:
            await self.open(screen)
            await screen.press("down", "down", "y")
            await screen.until(screen.toasts, "a toast")
            assert screen.app.clipboard == (
                "2026-11-23 12:17:08 UTC  sync_data_lake  svc-odoo-sync  success  2 changed · 1 002 in step"
            )
            assert screen.toasts() == [
                "Row: Sent to the terminal, 91 bytes. A terminal that allows it (OSC 52) has it on its clipboard."
            ]

    async def test_capital_y_sends_all_of_it_as_json(self, run_app: RunApp) -> None:
        async with run_app(FakeBackend(FakeOverviewQueries(events=history(3)))) as screen:
            await self.open(screen)
            await screen.press("Y")
            await screen.until(lambda: screen.app.clipboard, "it is sent")
            assert screen.app.clipboard.startswith('{\n  "id": "e000000",\n  "action": "sync_users"')
            assert screen.toasts()[0].startswith("Event as JSON: Sent to the terminal")

    async def test_inside_tmux_it_is_in_tmuxs_buffer(
        self, tmux: Path, monkeypatch: pytest.MonkeyPatch, run_app: RunApp
    ) -> None:
        monkeypatch.setenv("TMUX", "x")
        async with run_app(FakeBackend(FakeOverviewQueries(events=history(3)))) as screen:
            await self.open(screen)
            await screen.press("y")
            await screen.until(screen.toasts, "a toast")
            assert screen.toasts()[0].startswith("Row: In tmux's buffer")
            assert screen.app.clipboard == "", "it was sent to the terminal, too"

    async def test_what_is_too_big_is_written_to_a_file(self, tmp_path: Path, run_app: RunApp) -> None:
        (big,) = history(1)
        big.details["text"] = "x" * 80_000
        async with run_app(FakeBackend(FakeOverviewQueries(events=(big, *history(3)[1:])))) as screen:
            await self.open(screen)
            await screen.press("Y")
            await screen.until(screen.toasts, "a toast")
            (path,) = tmp_path.glob("audit-event-*.json")
            assert screen.toasts() == [f"Event as JSON: Not sent: no clipboard takes it from here. Written to {path}"]
            assert "x" * 80_000 in path.read_text()
