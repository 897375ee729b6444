"""The application's second look: compares the store with Odoo, mends what is out of step, and examines everything."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.entities.registry import all_entities
from odoo_sync_tui.tui.backend import Examine
from odoo_sync_tui.tui.inspecting import InspectingApp
from odoo_sync_tui.tui.screens.doctor import DoctorScreen
from odoo_sync_tui.tui.screens.entity import EntityScreen
from odoo_sync_tui.tui.screens.verification import VerificationScreen


class VerifyingApp(InspectingApp):
    """A verification has a screen of its own and ends with it; what mends is a run like any other."""

    examine: Examine | None = None
    """Makes the doctor's checks; ``None`` until the settings are checked."""

    @property
    def verifying_handlers(self) -> dict[str, Callable[[], object]]:
        """What each command for verifications does."""
        return {
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
        self._verify([entity for entity in all_entities() if shown in {None, entity.id}])

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
            screen.back()

        self.confirm_full(f"Mend {names}", f"Mend {names} by a full sync", mend)
