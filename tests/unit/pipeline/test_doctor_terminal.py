"""What ``doctor`` says of terminals."""

from __future__ import annotations

import io
import os
import stat
import sys
from pathlib import Path

import pytest

from odoo_sync_tui.core.reports.diagnosis import Check, Grade, run_checks
from odoo_sync_tui.pipeline.doctor.terminal import TerminalDoctor


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def look(name: str, **environ: str) -> Check:
    return next(check for check in run_checks(TerminalDoctor(environ).steps()) if check.name == f"terminal.{name}")


@pytest.mark.parametrize(("kind", "health"), [("xterm-256color", "ok"), ("dumb", "warn"), ("", "warn")])
def test_a_terminal_that_cannot_place_text_is_told(kind: str, health: str):
    assert look("type", TERM=kind).health == health


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"COLORTERM": "truecolor", "TERM": "xterm"}, "16 million"),
        ({"TERM": "xterm-256color"}, "256"),
        ({"TERM": "linux"}, "16."),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "None"),
    ],
)
def test_colours(environ: dict[str, str], words: str):
    assert words in look("colours", **environ).message


def test_without_a_terminal_the_commands_for_scripts_are_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "__stdin__", io.StringIO())
    check = look("tty", TERM="xterm")
    assert check.health is Grade.WARN
    assert "status" in check.hint


def test_a_small_window_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "__stdout__", Terminal())
    for size, health in (((79, 24), Grade.WARN), ((80, 23), Grade.WARN), ((80, 24), Grade.OK)):
        monkeypatch.setenv("COLUMNS", str(size[0]))
        monkeypatch.setenv("LINES", str(size[1]))
        assert look("size").health is health


def test_an_encoding_that_cannot_show_names_is_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LC_ALL", "C")
    check = look("encoding")
    assert check.health is Grade.WARN
    assert "the locale" in check.message
    assert "ui.ascii" in check.hint


class TestTmux:
    def pretend(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Check:
        program = tmp_path / "tmux"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        return look("tmux", TMUX="/tmp/tmux-0/default,1,0")

    @pytest.mark.parametrize(("version", "health"), [("3.3a", Grade.OK), ("3.2", Grade.OK), ("3.1c", Grade.WARN)])
    def test_its_version_counts(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, health: Grade):
        check = self.pretend(tmp_path, monkeypatch, f"echo tmux {version}")
        assert check.health is health
        assert version in check.message

    def test_one_that_fails_is_no_crash(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        assert self.pretend(tmp_path, monkeypatch, "exit 1").health is Grade.WARN

    def test_outside_it_is_not_asked(self):
        assert look("tmux").health is Grade.SKIPPED
