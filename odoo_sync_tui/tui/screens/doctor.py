"""Screen of the doctor: every check as it is made, with a hint for each failed one."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from odoo_sync_tui.core.diagnosis import Check, Health
from odoo_sync_tui.tui import view
from odoo_sync_tui.tui.backend import Examine
from odoo_sync_tui.tui.commands import DOCTOR
from odoo_sync_tui.tui.glyphs import Glyphs
from odoo_sync_tui.tui.screens.placed import PlacedScreen, Surroundings, panel
from odoo_sync_tui.tui.state import DashboardState, Problem
from odoo_sync_tui.tui.widgets.definitions import Entry, laid_out
from odoo_sync_tui.tui.widgets.lines import Line
from odoo_sync_tui.tui.widgets.scrolling import ScrollingLines

HEALTHS = {
    Health.OK: ("success", view.GOOD),
    Health.WARN: ("stale", view.WARN),
    Health.FAIL: ("failed", view.BAD),
    Health.SKIPPED: ("waiting", view.MUTED),
}
"""Each health's sign and colour."""

WIDEST_NAME = 36
LONGEST = 1000


class Checks(ScrollingLines):
    """Checks, one below the other."""

    checks: Sequence[Check] = ()

    def build(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build the lines of all checks, their texts in full."""
        del height
        return [Line(content) for content in check_lines(self.checks, state.glyphs, width)]


def check_lines(checks: Sequence[Check], glyphs: Glyphs, width: int) -> list[Content]:
    """Format checks as lines of at most ``width`` cells: sign, name, message, and hint."""
    name_width = min(WIDEST_NAME, width // 3, max((len(check.name) for check in checks), default=0))
    entries = [entry for check in checks for entry in _entries(check, name_width, glyphs)]
    lines = laid_out(entries, name_width + 4, width).split("\n", allow_blank=True) if entries else []
    return [view.fit(line, width, glyphs) for line in lines]


def _entries(check: Check, name_width: int, glyphs: Glyphs) -> Iterator[Entry]:
    sign, tone = HEALTHS[check.health]
    label = view.line((f"{glyphs.state(sign)} ", tone), view.fit(view.safe(check.name, glyphs), name_width, glyphs))
    message_style = view.MUTED if check.health is Health.SKIPPED else ""
    yield Entry(view.line((view.safe(check.message, glyphs, LONGEST), message_style)), label)
    if check.hint:
        yield Entry(view.line((view.safe(check.hint, glyphs, LONGEST), tone)), Content(""))


class DoctorScreen(PlacedScreen):
    """Runs all checks when it is opened, even where the store cannot be opened."""

    PLACE = DOCTOR
    AUTO_FOCUS: ClassVar[str | None] = "#checks"

    class Made(Message):
        """One more check was made."""

        def __init__(self, check: Check) -> None:
            super().__init__()
            self.check = check

    class Ended(Message):
        """The end of the checks; ``problem`` is the reason of a failure."""

        def __init__(self, problem: Problem | None = None) -> None:
            super().__init__()
            self.problem = problem

    def __init__(self, surroundings: Surroundings, examine: Examine) -> None:
        super().__init__(surroundings)
        self._run_checks = examine
        self._is_closed = threading.Event()
        self._checks: tuple[Check, ...] = ()
        self._is_checking = False

    def parts(self) -> Iterable[Widget]:
        """Compose the checks and their totals."""
        yield panel("Doctor", Checks(id="checks"))
        yield Static(id="note", classes="note", markup=False)

    def on_unmount(self) -> None:
        """Stop before the next check."""
        self._is_closed.set()

    def read(self) -> None:
        """Run all checks, unless they are running."""
        if self._is_checking:
            return
        self._is_checking, self._checks, self.problem = True, (), None
        self.ask("doctor", self._post_checks, self.Ended)
        self.draw()

    def _post_checks(self) -> Ended:
        for check in self._run_checks():
            if self._is_closed.is_set():
                break
            self.post_message(self.Made(check))
        return self.Ended()

    def on_doctor_screen_made(self, message: Made) -> None:
        """Add the check."""
        self._checks = (*self._checks, message.check)
        self.draw()

    def on_doctor_screen_ended(self, message: Ended) -> None:
        """Show the totals of the checks."""
        self._is_checking, self.problem = False, message.problem
        self.draw()

    def draw(self) -> None:
        """Draw the checks and the note."""
        for checks in self.query(Checks):
            checks.checks = self._checks
            checks.show(self.state)
        for note in self.query("#note").results(Static):
            note.update(self._format_note())

    def _format_note(self) -> Content:
        if self.problem is not None:
            return self.told_problem()
        if self._is_checking:
            return Content(f"examining {self.state.glyphs.cut}")
        numbers = {health: sum(check.health is health for check in self._checks) for health in Health}
        totals = [view.line((f"{number} {health}", HEALTHS[health][1])) for health, number in numbers.items() if number]
        failed = [view.safe(check.name, self.state.glyphs) for check in self._checks if check.health is Health.FAIL]
        return Content(", ").join(totals) + Content(f": {', '.join(failed)}" if failed else "")
