"""The application's magnifying glass: opens runs, the list of them, and entities, and goes back."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from textual import on
from textual.app import SystemCommand

from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.entities.registry import list_entities
from odoo_sync_tui.tui.app.run_controller import RunningApp
from odoo_sync_tui.tui.backend import CheckRunner
from odoo_sync_tui.tui.model.run_summary import find_shown_run_id
from odoo_sync_tui.tui.screens.base import PageScreen, ScreenContext
from odoo_sync_tui.runtime.paths import doc_pages
from odoo_sync_tui.tui.screens.doctor import DoctorScreen
from odoo_sync_tui.tui.screens.manual import ManualScreen
from odoo_sync_tui.tui.screens.entity import EntityScreen
from odoo_sync_tui.tui.screens.run import RunScreen
from odoo_sync_tui.tui.screens.runs import RunsScreen
from odoo_sync_tui.tui.screens.verification import VerificationScreen
from odoo_sync_tui.tui.widgets.entity_counts import EntityCountsPanel
from odoo_sync_tui.tui.widgets.lines import LineList


class InspectingApp(RunningApp):
    """Screens of single things lie on top of the dashboard; each goes back to the one below it."""

    @property
    @abstractmethod
    def surroundings(self) -> ScreenContext:
        """What a screen is opened with."""

    @property
    def inspecting_handlers(self) -> dict[str, Callable[[], object]]:
        """What each command for single things does."""
        return {
            "view.run": self._open_shown_run,
            "view.runs": self._open_runs,
            "view.entity": self._open_entity_under_cursor,
            "entity.search": lambda: self._on_entity_screen(EntityScreen.edit_search),
            "entity.further": lambda: self._on_entity_screen(EntityScreen.continue_search),
            "entity.next": lambda: self._on_entity_screen(partial(self._open_neighbour, step=1)),
            "entity.previous": lambda: self._on_entity_screen(partial(self._open_neighbour, step=-1)),
            "screen.back": self._back,
        }

    def entity_commands(self) -> Iterable[SystemCommand]:
        """One entry of the palette for each entity."""
        if self.backend is not None:
            for entity in list_entities():
                yield SystemCommand(
                    f"Open {entity.title}",
                    "Its figures, its quarantine, and its documents.",
                    partial(self.open_entity, entity.id),
                )

    def open_run(self, run_id: str) -> None:
        """Show a run."""
        if self.backend is not None:
            self.push_screen(RunScreen(self.surroundings, self.backend.detail_queries, run_id))

    def open_entity(self, entity_id: str) -> None:
        """Show an entity, in place of another one that is in front."""
        if self.backend is None:
            return
        title = next((entity.title for entity in list_entities() if entity.id == entity_id), entity_id)
        screen = EntityScreen(self.surroundings, self.backend.detail_queries, entity_id, title)
        if isinstance(self.screen, EntityScreen):
            self.switch_screen(screen)  # pyright: ignore[reportUnknownMemberType]  # Textual leaves its type open
        else:
            self.push_screen(screen)

    def cancel_shown(self) -> None:
        """Ask the run that is in front, on the dashboard or on a screen of its own, to stop at its next page."""
        front = self.placed_screen
        if isinstance(front, RunScreen) and self.state.own_run is None:
            self.ask_to_stop(front.run_id)
        else:
            self.cancel()

    def _open_shown_run(self) -> None:
        run_id = find_shown_run_id(self.state)
        if run_id is not None:
            self.open_run(run_id)

    def _open_runs(self) -> None:
        if self.backend is not None:
            self.push_screen(RunsScreen(self.surroundings, self.backend.detail_queries))

    @on(LineList.Chosen, "#runs")
    def _run_chosen(self, message: LineList.Chosen) -> None:
        self.open_run(message.key)

    @on(LineList.Chosen, "#entities")
    def _entity_chosen(self, message: LineList.Chosen) -> None:
        self.open_entity(message.key)

    def _open_entity_under_cursor(self) -> None:
        counts = self.screen_stack[0].query_one(EntityCountsPanel)
        entities = self.state.overview.entities if self.state.overview else ()
        if counts.cursor < len(entities):
            self.open_entity(entities[counts.cursor].name)

    def _open_neighbour(self, screen: EntityScreen, step: int) -> None:
        ids = [entity.id for entity in list_entities()]
        self.open_entity(ids[(ids.index(screen.entity_id) + step) % len(ids)])

    def _on_entity_screen(self, act: Callable[[EntityScreen], object]) -> None:
        front = self.placed_screen
        if isinstance(front, EntityScreen):
            act(front)

    def _back(self) -> None:
        front = self.placed_screen
        if isinstance(front, PageScreen):
            front.go_back()


class VerifyingApp(InspectingApp):
    """A verification has a screen of its own and ends with it; what mends is a run like any other."""

    examine: CheckRunner | None = None
    """Makes the doctor's checks; ``None`` until the settings are checked."""

    @property
    def verifying_handlers(self) -> dict[str, Callable[[], object]]:
        """What each command for verifications does."""
        return {
            "app.manual": lambda: self.push_screen(ManualScreen(self.surroundings, doc_pages())),
            "manual.next": lambda: self.placed_screen.show_neighbour(1),
            "manual.previous": lambda: self.placed_screen.show_neighbour(-1),
            "view.doctor": self._open_doctor,
            "view.verification": self._open_verification,
            "verification.full": lambda: self._on_verification(lambda screen: screen.compare(None)),
            "verification.stop": lambda: self._on_verification(VerificationScreen.stop),
            "verification.mend": lambda: self._on_verification(self._ask_to_mend),
        }

    def _open_doctor(self) -> None:
        if self.examine is not None:
            self.push_screen(DoctorScreen(self.surroundings, self.examine))

    def _open_verification(self) -> None:
        """Compare the entity in front, or all of them."""
        front = self.placed_screen
        shown = front.entity_id if isinstance(front, EntityScreen) else None
        self._verify([entity for entity in list_entities() if shown in {None, entity.id}])

    def _verify(self, entities: Sequence[Entity]) -> None:
        backend = self.backend
        if backend is not None:
            self.push_screen(VerificationScreen(self.surroundings, backend.verifier, entities))

    def _on_verification(self, act: Callable[[VerificationScreen], object]) -> None:
        front = self.placed_screen
        if isinstance(front, VerificationScreen):
            act(front)

    def _ask_to_mend(self, screen: VerificationScreen) -> None:
        repairs = screen.repairs
        names = ", ".join(name for _, scope in repairs for name in scope.entities)

        def mend() -> None:
            self.start_in_turn(repairs)
            screen.go_back()

        self.confirm_full(f"Mend {names}", f"Mend {names} by a full sync", mend)
