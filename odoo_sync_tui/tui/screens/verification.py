"""Screen of a verification: the store compared with Odoo, live, with the differences and their repair."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.progress import EntityProgress, RunProgress
from odoo_sync_tui.core.reports.verification import DEFAULT_SAMPLE_SIZE, Verdict, Verification
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.tui.backend import VerifierFactory
from odoo_sync_tui.tui.commands.command import VERIFICATION, CommandContext
from odoo_sync_tui.tui.commands.keymap import get_key_display
from odoo_sync_tui.tui.commands.registry import COMMANDS_BY_ID
from odoo_sync_tui.tui.format.verification import (
    VerificationProgress,
    describe_coverage,
    format_verification,
    format_verification_progress,
    list_addresses,
)
from odoo_sync_tui.tui.messages import CopyAddresses
from odoo_sync_tui.tui.model.state import DashboardState, Problem
from odoo_sync_tui.tui.screens.base import PageScreen, ScreenContext
from odoo_sync_tui.tui.tasks import LatestValue
from odoo_sync_tui.tui.widgets.chrome.panel import Panel
from odoo_sync_tui.tui.widgets.lines import Line, ScrollingLines


class VerificationLines(ScrollingLines):
    """Lines of a running verification or of its result."""

    value: VerificationProgress | Verification | None = None

    def build_lines(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build all lines of the verification, of any number."""
        del height
        match self.value:
            case None:
                return []
            case VerificationProgress():
                return [Line(content) for content in format_verification_progress(self.value, state.glyphs, width)]
            case Verification():
                return [Line(content) for content in format_verification(self.value, state, width)]


@dataclass(frozen=True, slots=True)
class _Comparison:
    """A verification running in a thread."""

    sample: int | None
    cancel: CancelToken = field(default_factory=CancelToken)
    progress: LatestValue[RunProgress] = field(default_factory=LatestValue[RunProgress])


Repair = Callable[[Sequence[tuple[Action, Scope]], Callable[[], None]], None]
"""Runs full syncs once an operator has agreed, and then calls back."""


class VerificationScreen(PageScreen):
    """Compares some entities with Odoo when it is opened. Leaving the screen stops the comparison."""

    SCREEN_NAME = VERIFICATION
    AUTO_FOCUS: ClassVar[str | None] = "#verification"

    def __init__(
        self, context: ScreenContext, verifier: VerifierFactory, entities: Sequence[Entity], repair: Repair
    ) -> None:
        super().__init__(context)
        self._verifier = verifier
        self._repair = repair
        self._entities = entities
        self._comparison: _Comparison | None = None
        self._sample: int | None = DEFAULT_SAMPLE_SIZE
        self._was_stopped = False
        self._current_entity: EntityProgress | None = None
        self._stop_following: Callable[[], None] | None = None
        self.result: Verification | None = None

    @property
    def commands(self) -> Mapping[str, Callable[[], object]]:
        """The commands of every screen, and those of the comparison."""
        return {
            **super().commands,
            "verification.full": lambda: self.compare(None),
            "verification.stop": self.stop,
            "record.copy": self._copy_addresses,
            "verification.mend": lambda: self._repair(self.repairs, self.go_back),
        }

    @property
    def is_comparing(self) -> bool:
        """Whether a comparison is running."""
        return self._comparison is not None

    @property
    def repairs(self) -> tuple[tuple[Action, Scope], ...]:
        """The runs that repair the differences."""
        return tuple(self.result.plan_repairs()) if self.result and not self.is_comparing else ()

    @property
    def _addresses(self) -> list[str]:
        """The addresses in Odoo of the records that the result names."""
        return list_addresses(self.result, self.state) if self.result and not self.is_comparing else []

    def _copy_addresses(self) -> None:
        self.post_message(CopyAddresses(self._addresses))

    def compose_content(self) -> Iterable[Widget]:
        """Compose the comparison or its result, and a note on it."""
        yield Panel("Verification", VerificationLines(id="verification"))
        yield Static(id="note", classes="note", markup=False)

    def on_unmount(self) -> None:
        """Stop the comparison: its result would not be shown."""
        self.stop()
        self._end_comparison()

    @property
    def chosen_entity_id(self) -> str | None:
        """The entity that alone is compared."""
        return self._entities[0].id if len(self._entities) == 1 else None

    def refine_context(self, app_context: CommandContext) -> CommandContext:
        """Enable stopping while a comparison is running, and repairing when it found differences."""
        can_repair = bool(self.repairs)
        return replace(
            app_context,
            screen=self.SCREEN_NAME,
            comparing=self.is_comparing,
            can_repair=can_repair,
            has_record=bool(self._addresses),
        )

    def read(self) -> None:
        """Compare again, with the sample size of the last time."""
        self.compare(self._sample)

    def compare(self, sample: int | None) -> None:
        """Compare all ids, and the content of ``sample`` rows of each entity; ``None``: of all rows."""
        if self._comparison is not None:
            return
        comparison = self._comparison = _Comparison(sample)
        self._sample, self._was_stopped, self.problem, self._current_entity = sample, False, None, None
        self._stop_following = comparison.progress.follow(self._screen_context.every, self._show_progress)
        self.read_in_thread("verification", lambda: self._verify(comparison), self._show_result)
        self._update_view()

    def stop(self) -> None:
        """Stop the comparison at the next page."""
        if self._comparison is not None:
            self._comparison.cancel.request("the verification was left")

    def _verify(self, comparison: _Comparison) -> Verification:
        verifier = self._verifier(on_progress=comparison.progress.set, cancel=comparison.cancel)
        return verifier.verify(self._entities, comparison.sample)

    def _show_progress(self, progress: RunProgress) -> None:
        self._current_entity = progress.entities[0]
        self.draw()

    def _show_result(self, result: Verification) -> None:
        self._end_comparison()
        self.result = result
        self._update_view()

    def show_problem(self, problem: Problem) -> None:
        """Show the reason why there is no result, or no new one."""
        comparison = self._end_comparison()
        self._was_stopped = bool(comparison and comparison.cancel.is_requested)
        self.problem = None if self._was_stopped else problem
        self._update_view()

    def _end_comparison(self) -> _Comparison | None:
        """Follow the comparison no longer, and return it."""
        comparison, self._comparison = self._comparison, None
        if self._stop_following is not None:
            self._stop_following()
        return comparison

    def _update_view(self) -> None:
        self.draw()
        self.update_commands()

    def draw(self) -> None:
        """Draw the progress or the result."""
        titles = tuple(entity.title for entity in self._entities)
        for lines in self.query(VerificationLines):
            lines.value = VerificationProgress(titles, self._current_entity) if self.is_comparing else self.result
            lines.update(self.state)
        for note in self.query("#note").results(Static):
            note.update(self._format_note())

    def _format_note(self) -> Content:
        state, glyphs = self.state, self.state.glyphs
        if self.is_comparing:
            return Content(f"comparing {describe_coverage(self._sample, glyphs)} {glyphs.ellipsis}")
        if self.problem is not None:
            return self.format_problem()
        if self._was_stopped:
            return Content(f"It was stopped; {get_key_display(state, 'view.refresh')} verifies again.")
        if COMMANDS_BY_ID["verification.mend"].is_available(
            self.refine_context(self._screen_context.store.app_context)
        ):
            return Content(
                f"{get_key_display(state, 'verification.mend')} repairs what is out of step by a full sync of it."
            )
        if self.repairs:
            return Content("A full sync repairs what is out of step.")
        in_step = self.result is not None and self.result.verdict is Verdict.IN_STEP
        return Content("The store is in step with Odoo." if in_step else "Not everything could be compared.")
