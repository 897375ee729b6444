"""The progress line: one line in place on a terminal, few plain lines elsewhere, and never a failed run."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from odoo_sync_tui.cli.output.progress import ProgressWriter
from odoo_sync_tui.core.progress import EntityProgress
from odoo_sync_tui.core.result import Counts, EntityState
from tests.unit.cli.values import PROGRESS

LINE = "accounts 19 000 of 50 000 (38 %)  fetch  8 940 rows/s  ETA 0:04"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Clock:
    """Seconds that pass when told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def terminal_type(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TERM", "xterm")


def finished(name: str) -> EntityProgress:
    return EntityProgress(name, EntityState.SUCCESS, counts=Counts(created=1204, unchanged=3), seconds=41.9)


class TestOnATerminal:
    def test_the_progress_line_is_redrawn_in_place_and_cleared_at_the_end(self, clock: Clock):
        stream = Terminal()
        narrator = ProgressWriter(stream, clock)
        narrator.show_progress(PROGRESS)
        narrator.close()
        assert stream.getvalue() == f"\r{LINE}\x1b[K\r\x1b[K"

    def test_the_progress_line_is_redrawn_four_times_a_second_at_most(self, clock: Clock):
        stream = Terminal()
        narrator = ProgressWriter(stream, clock)
        for step in range(100):
            clock.now = step / 100
            narrator.show_progress(PROGRESS)
        assert stream.getvalue().count("accounts") == 4

    def test_news_stand_on_lines_of_their_own_above_the_progress_line(self, clock: Clock):
        stream = Terminal()
        narrator = ProgressWriter(stream, clock)
        narrator.show_progress(PROGRESS)
        narrator.print("SIGINT: stopping.")
        assert stream.getvalue().endswith("\r\x1b[KSIGINT: stopping.\n")

    def test_the_progress_line_never_reaches_the_last_column(self, clock: Clock, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(ProgressWriter, "_columns", lambda _self: 20)
        stream = Terminal()
        ProgressWriter(stream, clock).show_progress(PROGRESS)
        assert stream.getvalue() == f"\r{LINE[:19]}\x1b[K"

    def test_a_dumb_terminal_gets_progress_in_plain_lines(self, clock: Clock, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("TERM", "dumb")
        stream = Terminal()
        narrator = ProgressWriter(stream, clock)
        narrator.show_progress(PROGRESS)
        clock.now = 11
        narrator.show_progress(PROGRESS)
        assert stream.getvalue() == f"{LINE}\n"


class TestElsewhere:
    def test_progress_is_a_plain_line_every_ten_seconds_elsewhere(self, clock: Clock):
        stream = io.StringIO()
        narrator = ProgressWriter(stream, clock)
        for second in range(31):
            clock.now = float(second)
            narrator.show_progress(PROGRESS)
        assert stream.getvalue() == f"{LINE}\n" * 3

    def test_progress_elsewhere_tells_each_entity_once_when_it_is_done(self, clock: Clock):
        stream = io.StringIO()
        narrator = ProgressWriter(stream, clock)
        for _ in range(3):
            narrator.show_progress(replace(PROGRESS, entities=(finished("accounts"), *PROGRESS.entities[1:])))
        assert stream.getvalue() == "accounts: success in 41.9 s, 1 204 created, 3 unchanged\n"


class TestALostTerminal:
    @pytest.mark.parametrize("error", [OSError(5, "Input/output error"), ValueError("I/O operation on closed file")])
    def test_a_run_that_lost_its_terminal_goes_on_without_progress(self, clock: Clock, error: Exception):
        class Gone(Terminal):
            def write(self, text: str) -> int:
                raise error

        narrator = ProgressWriter(Gone(), clock)
        narrator.show_progress(PROGRESS)
        narrator.print("news")
        narrator.close()


def test_progress_makes_text_from_outside_safe(clock: Clock):
    stream = io.StringIO()
    ProgressWriter(stream, clock).print("a\x1b[2Jb\nno second line", "a message of its own")
    assert stream.getvalue() == "a\ufffd[2Jb\u23ceno second line\na message of its own\n"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x0b", "\x85", "\u2029"])
def test_the_name_of_an_entity_cannot_become_a_line_of_the_program(clock: Clock, end: str):
    stream = io.StringIO()
    forged = replace(PROGRESS, entities=(finished(f"accounts{end}odoo-sync-tui: all is well"),))
    ProgressWriter(stream, clock).show_progress(forged)
    assert len(stream.getvalue().splitlines()) == 1
