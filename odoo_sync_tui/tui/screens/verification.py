"""Screen of a verification: the store compared with Odoo, live, with the differences and their repair."""

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
    """Lines of a running verification or of its result."""

    shown: Comparing | Verification | None = None

    def build(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build all lines of the verification, of any number."""
        del height
        match self.shown:
            case None:
                return []
            case Comparing():
                return [Line(content) for content in comparing_lines(self.shown, state.glyphs, width)]
            case Verification():
                return [Line(content) for content in verification_lines(self.shown, state.glyphs, width)]


@dataclass(frozen=True, slots=True)
class _Comparison:
    """A verification running in a thread."""

    sample: int | None
    cancel: CancelToken = field(default_factory=CancelToken)
    progress: Newest[RunProgress] = field(default_factory=Newest[RunProgress])


class VerificationScreen(PlacedScreen):
    """Compares some entities with Odoo when it is opened. Leaving the screen stops the comparison."""

    PLACE = VERIFICATION
    AUTO_FOCUS: ClassVar[str | None] = "#verification"

    class Ended(Message):
        """The verification ended."""

        def __init__(self, found: Verification) -> None:
            super().__init__()
            self.found = found

    class Failed(Message):
        """The verification was stopped, or one of the two sides could not be read."""

        def __init__(self, problem: Problem) -> None:
            super().__init__()
            self.problem = problem

    def __init__(self, surroundings: Surroundings, verifier: NewVerifier, entities: Sequence[Entity]) -> None:
        super().__init__(surroundings)
        self._verifier = verifier
        self._entities = entities
        self._comparison: _Comparison | None = None
        self._sample: int | None = SAMPLE
        self._was_stopped = False
        self._current_entity: EntityProgress | None = None
        self._poll_timer: Timer | None = None
        self.found: Verification | None = None

    @property
    def comparing(self) -> bool:
        """Whether a comparison is running."""
        return self._comparison is not None

    @property
    def repairs(self) -> tuple[tuple[Action, Scope], ...]:
        """The runs that repair the differences."""
        return tuple(self.found.repairs()) if self.found and not self.comparing else ()

    def parts(self) -> Iterable[Widget]:
        """Compose the comparison or its result, and a note on it."""
        yield panel("Verification", VerificationLines(id="verification"))
        yield Static(id="note", classes="note", markup=False)

    def on_mount(self) -> None:
        """Start the comparison."""
        self._poll_timer = self.set_interval(SECONDS_BETWEEN_LOOKS, self._poll_progress, pause=True)
        super().on_mount()

    def on_unmount(self) -> None:
        """Stop the comparison: its result would not be shown."""
        self.stop()

    def situation(self, of_application: Situation) -> Situation:
        """Enable stopping while a comparison is running, and repairing when it found differences."""
        mendable = bool(self.repairs)
        return replace(of_application, place=self.PLACE, comparing=self.comparing, mendable=mendable)

    def read(self) -> None:
        """Compare again, with the sample size of the last time."""
        self.compare(self._sample)

    def compare(self, sample: int | None) -> None:
        """Compare all ids, and the content of ``sample`` rows of each entity; ``None``: of all rows."""
        if self._comparison is not None:
            return
        comparison = self._comparison = _Comparison(sample)
        self._sample, self._was_stopped, self.problem, self._current_entity = sample, False, None, None
        self.ask("verification", lambda: self.Ended(self._verify(comparison)), self.Failed)
        self._update_view()

    def stop(self) -> None:
        """Stop the comparison at the next page."""
        if self._comparison is not None:
            self._comparison.cancel.request("the verification was left")

    def _verify(self, comparison: _Comparison) -> Verification:
        verifier = self._verifier(on_progress=comparison.progress.note, cancel=comparison.cancel)
        return verifier.verify(self._entities, comparison.sample)

    def _poll_progress(self) -> None:
        progress = self._comparison.progress.news() if self._comparison else None
        if progress is not None:
            self._current_entity = progress.entities[0]
            self.draw()

    def on_verification_screen_ended(self, message: Ended) -> None:
        """Show the result."""
        self._comparison, self.found = None, message.found
        self._update_view()

    def on_verification_screen_failed(self, message: Failed) -> None:
        """Show the reason why there is no result, or no new one."""
        comparison, self._comparison = self._comparison, None
        self._was_stopped = bool(comparison and comparison.cancel.requested)
        self.problem = None if self._was_stopped else message.problem
        self._update_view()

    def _update_view(self) -> None:
        if self._poll_timer is not None:
            (self._poll_timer.resume if self.comparing else self._poll_timer.pause)()
        self.draw()
        self.refresh_bindings()

    def draw(self) -> None:
        """Draw the progress or the result."""
        titles = tuple(entity.title for entity in self._entities)
        for lines in self.query(VerificationLines):
            lines.shown = Comparing(titles, self._current_entity) if self.comparing else self.found
            lines.show(self.state)
        for note in self.query("#note").results(Static):
            note.update(self._format_note())

    def _format_note(self) -> Content:
        state, glyphs = self.state, self.state.glyphs
        if self.comparing:
            return Content(f"comparing {extent(self._sample, glyphs)} {glyphs.cut}")
        if self.problem is not None:
            return self.told_problem()
        if self._was_stopped:
            return Content(f"It was stopped; {key_of(state, 'view.refresh')} compares again.")
        if BY_ID["verification.mend"].available(self.situation(situation_of(state))):
            return Content(f"{key_of(state, 'verification.mend')} mends what is out of step by a full sync of it.")
        if self.repairs:
            return Content("A full sync mends what is out of step.")
        in_step = self.found is not None and self.found.verdict is Verdict.IN_STEP
        return Content("The store is in step with Odoo." if in_step else "Not everything could be compared.")
