"""A verification: the store compared with Odoo, live, with what is out of step and a way to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from odoo_sync_tui.core.cancel import CancelToken
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.progress import EntityProgress, RunProgress
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.core.verification import SAMPLE, Verdict, Verification
from odoo_sync_tui.core.words import Action
from odoo_sync_tui.tui.backend import NewVerifier
from odoo_sync_tui.tui.commands import BY_ID, VERIFICATION, Situation, key_of, situation_of
from odoo_sync_tui.tui.runner import SECONDS_BETWEEN_LOOKS, Newest
from odoo_sync_tui.tui.screens.placed import PlacedScreen, Surroundings, panel
from odoo_sync_tui.tui.state import DashboardState, Problem
from odoo_sync_tui.tui.verification_detail import Comparing, comparing_lines, extent, verification_lines
from odoo_sync_tui.tui.widgets.lines import Line
from odoo_sync_tui.tui.widgets.scrolling import ScrollingLines


class VerificationLines(ScrollingLines):
    """A verification at work, or what it found."""

    shown: Comparing | Verification | None = None

    def build(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """All of it, however long."""
        del height
        match self.shown:
            case None:
                return []
            case Comparing():
                return [Line(content) for content in comparing_lines(self.shown, state.glyphs, width)]
            case Verification():
                return [Line(content) for content in verification_lines(self.shown, state.glyphs, width)]


@dataclass(frozen=True, slots=True)
class _Work:
    """A verification at work in a thread."""

    sample: int | None
    cancel: CancelToken = field(default_factory=CancelToken)
    told: Newest[RunProgress] = field(default_factory=Newest[RunProgress])


class VerificationScreen(PlacedScreen):
    """Compares some entities with Odoo as soon as it is opened. Leaving it stops the comparison."""

    PLACE = VERIFICATION
    AUTO_FOCUS: ClassVar[str | None] = "#verification"

    class Ended(Message):
        """It came to its end."""

        def __init__(self, found: Verification) -> None:
            super().__init__()
            self.found = found

    class Failed(Message):
        """It was stopped, or one of the two sides could not be read."""

        def __init__(self, problem: Problem) -> None:
            super().__init__()
            self.problem = problem

    def __init__(self, surroundings: Surroundings, verifier: NewVerifier, entities: Sequence[Entity]) -> None:
        super().__init__(surroundings)
        self._verifier = verifier
        self._entities = entities
        self._work: _Work | None = None
        self._sample: int | None = SAMPLE
        self._stopped = False
        self._at_work: EntityProgress | None = None
        self._looks: Timer | None = None
        self.found: Verification | None = None

    @property
    def comparing(self) -> bool:
        """Whether a comparison is at work."""
        return self._work is not None

    @property
    def repairs(self) -> tuple[tuple[Action, Scope], ...]:
        """The runs that mend what was found to be out of step."""
        return tuple(self.found.repairs()) if self.found and not self.comparing else ()

    def parts(self) -> Iterable[Widget]:
        """What is compared or was found, and what that means."""
        yield panel("Verification", VerificationLines(id="verification"))
        yield Static(id="note", classes="note", markup=False)

    def on_mount(self) -> None:
        """Begin."""
        self._looks = self.set_interval(SECONDS_BETWEEN_LOOKS, self._look, pause=True)
        super().on_mount()

    def on_unmount(self) -> None:
        """Nobody is there any more to read what it finds."""
        self.stop()

    def situation(self, of_application: Situation) -> Situation:
        """What can be done depends on whether it is at work, and on what it found."""
        mendable = bool(self.repairs)
        return replace(of_application, place=self.PLACE, comparing=self.comparing, mendable=mendable)

    def read(self) -> None:
        """Compare, as much as the last time."""
        self.compare(self._sample)

    def compare(self, sample: int | None) -> None:
        """Compare all ids and the content of so many rows of each entity; ``None``: of all of them."""
        if self._work is not None:
            return
        work = self._work = _Work(sample)
        self._sample, self._stopped, self.problem, self._at_work = sample, False, None, None
        self.ask("verification", lambda: self.Ended(self._verify(work)), self.Failed)
        self._changed()

    def stop(self) -> None:
        """Stop at the next page."""
        if self._work is not None:
            self._work.cancel.request("the verification was left")

    def _verify(self, work: _Work) -> Verification:
        return self._verifier(on_progress=work.told.note, cancel=work.cancel).verify(self._entities, work.sample)

    def _look(self) -> None:
        news = self._work.told.news() if self._work else None
        if news is not None:
            self._at_work = news.entities[0]
            self.draw()

    def on_verification_screen_ended(self, message: Ended) -> None:
        """Show what was found."""
        self._work, self.found = None, message.found
        self._changed()

    def on_verification_screen_failed(self, message: Failed) -> None:
        """Say why there is nothing to show, or nothing new."""
        work, self._work = self._work, None
        self._stopped = bool(work and work.cancel.requested)
        self.problem = None if self._stopped else message.problem
        self._changed()

    def _changed(self) -> None:
        if self._looks is not None:
            (self._looks.resume if self.comparing else self._looks.pause)()
        self.draw()
        self.refresh_bindings()

    def draw(self) -> None:
        """Draw what is known."""
        titles = tuple(entity.title for entity in self._entities)
        for lines in self.query(VerificationLines):
            lines.shown = Comparing(titles, self._at_work) if self.comparing else self.found
            lines.show(self.state)
        for note in self.query("#note").results(Static):
            note.update(self._note())

    def _note(self) -> Content:
        state, glyphs = self.state, self.state.glyphs
        if self.comparing:
            return Content(f"comparing {extent(self._sample, glyphs)} {glyphs.cut}")
        if self.problem is not None:
            return self.told_problem()
        if self._stopped:
            return Content(f"It was stopped; {key_of(state, 'view.refresh')} compares again.")
        if BY_ID["verification.mend"].available(self.situation(situation_of(state))):
            return Content(f"{key_of(state, 'verification.mend')} mends what is out of step by a full sync of it.")
        if self.repairs:
            return Content("A full sync mends what is out of step.")
        in_step = self.found is not None and self.found.verdict is Verdict.IN_STEP
        return Content("The store is in step with Odoo." if in_step else "Not everything could be compared.")
