"""A screen that is a place of its own: commands say on which places they can be used."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual.screen import Screen

from odoo_sync_tui.tui.commands import DASHBOARD, Situation


class PlacedScreen(Screen[None]):
    """A whole screen, as opposed to a dialog. It may know more of the situation than the application does."""

    PLACE: ClassVar[str] = DASHBOARD

    def situation(self, of_application: Situation) -> Situation:
        """What the availability of commands depends on while this screen is in front."""
        return replace(of_application, place=self.PLACE)
