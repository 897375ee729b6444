"""Screen of the doctor: every check as it is made, with a hint for each failed one; in the end the failures first."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import ClassVar

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from odoo_sync_tui.core.reports.diagnosis import Check, Grade, sort_worst_first
from odoo_sync_tui.tui.backend import CheckRunner
from odoo_sync_tui.tui.commands.command import DOCTOR
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.layout import Entry, layout_entries
from odoo_sync_tui.tui.model.glyphs import Glyphs
from odoo_sync_tui.tui.model.state import DashboardState, Problem
from odoo_sync_tui.tui.screens.base import PageScreen, ScreenContext
from odoo_sync_tui.tui.widgets.chrome.panel import Panel
from odoo_sync_tui.tui.widgets.lines import Line, ScrollingLines

HEALTH_STYLES = {
    Grade.OK: ("success", render.GOOD),
    Grade.WARN: ("stale", render.WARN),
    Grade.FAIL: ("failed", render.BAD),
    Grade.SKIPPED: ("waiting", render.MUTED),
}
"""Each health's sign and colour."""

MAX_NAME_WIDTH = 36
MAX_TEXT_LENGTH = 1000


class CheckList(ScrollingLines):
    """Checks, one below the other."""

    checks: Sequence[Check] = ()

    def build_lines(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build the lines of all checks, their texts in full."""
        del height
        return [Line(content) for content in format_checks(self.checks, state.glyphs, width)]


def format_checks(checks: Sequence[Check], glyphs: Glyphs, width: int) -> list[Content]:
    """Format checks as lines of at most ``width`` cells: sign, name, message, and hint."""
    name_width = min(MAX_NAME_WIDTH, width // 3, max((len(check.name) for check in checks), default=0))
    entries = [entry for check in checks for entry in _entries(check, name_width, glyphs)]
    lines = layout_entries(entries, name_width + 4, width).split("\n", allow_blank=True) if entries else []
    return [render.fit(line, width, glyphs) for line in lines]


def _entries(check: Check, name_width: int, glyphs: Glyphs) -> Iterator[Entry]:
    sign, tone = HEALTH_STYLES[check.health]
    label = render.assemble(
        (f"{glyphs.get_state_sign(sign)} ", tone), render.fit(render.safe_text(check.name, glyphs), name_width, glyphs)
    )
    message_style = render.MUTED if check.health is Grade.SKIPPED else ""
    yield Entry(render.assemble((render.safe_text(check.message, glyphs, MAX_TEXT_LENGTH), message_style)), label)
    if check.hint:
        yield Entry(render.assemble((render.safe_text(check.hint, glyphs, MAX_TEXT_LENGTH), tone)), Content(""))


class DoctorScreen(PageScreen):
    """Runs all checks when it is opened, even where the store cannot be opened."""

    SCREEN_NAME = DOCTOR
    AUTO_FOCUS: ClassVar[str | None] = "#checks"

    def __init__(self, context: ScreenContext, run_checks: CheckRunner) -> None:
        super().__init__(context)
        self._run_checks = run_checks
        self._is_closed = threading.Event()
        self._checks: tuple[Check, ...] = ()
        self._is_checking = False

    def compose_content(self) -> Iterable[Widget]:
        """Compose the checks and their totals."""
        yield Panel("Doctor", CheckList(id="checks"))
        yield Static(id="note", classes="note", markup=False)

    def on_unmount(self) -> None:
        """Stop before the next check."""
        self._is_closed.set()

    def read(self) -> None:
        """Run all checks, unless they are running."""
        if self._is_checking:
            return
        self._is_checking, self._checks, self.problem = True, (), None
        self.read_in_thread("doctor", self._make_checks, lambda _: self._show_end(None))
        self.draw()

    def _make_checks(self) -> None:
        for check in self._run_checks():
            if self._is_closed.is_set():
                break
            self._screen_context.tasks.deliver(partial(self._add_check, check), self)

    def _add_check(self, check: Check) -> None:
        self._checks = (*self._checks, check)
        self.draw()

    def show_problem(self, problem: Problem) -> None:
        """Keep the checks that were made, and show why no more are made."""
        self._show_end(problem)

    def _show_end(self, problem: Problem | None) -> None:
        # Sorted when no more come: until then rows would move under the operator's eyes.
        self._is_checking, self.problem, self._checks = False, problem, sort_worst_first(self._checks)
        self.draw()

    def draw(self) -> None:
        """Draw the checks and the note."""
        for checks in self.query(CheckList):
            checks.checks = self._checks
            checks.update(self.state)
        for note in self.query("#note").results(Static):
            note.update(self._format_note())

    def _format_note(self) -> Content:
        if self.problem is not None:
            return self.format_problem()
        if self._is_checking:
            return Content(f"examining {self.state.glyphs.ellipsis}")
        numbers = {health: sum(check.health is health for check in self._checks) for health in Grade}
        totals = [
            render.assemble((f"{number} {health}", HEALTH_STYLES[health][1]))
            for health, number in numbers.items()
            if number
        ]
        failed = [
            render.safe_text(check.name, self.state.glyphs) for check in self._checks if check.health is Grade.FAIL
        ]
        return Content(", ").join(totals) + Content(f": {', '.join(failed)}" if failed else "")
