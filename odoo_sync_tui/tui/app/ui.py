"""What controllers may do to the screen. The application implements it; tests have a plain object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from textual.notifications import SeverityLevel
from textual.screen import ModalScreen, Screen

from odoo_sync_tui.tui.screens.base import PageScreen

Answer = TypeVar("Answer")


class Ui(Protocol):
    """The screen as controllers see it."""

    @property
    def front(self) -> PageScreen | None:
        """The full screen in front, dialogs aside; ``None`` while the application starts or closes."""
        ...

    @property
    def is_dashboard_uncovered(self) -> bool:
        """Whether nothing lies on the dashboard, not even a dialog."""
        ...

    @property
    def is_focused(self) -> bool:
        """Whether the terminal's window is the one in front."""
        ...

    def toast(self, text: str, title: str, severity: SeverityLevel) -> None:
        """Show a text for some seconds, in place of the one before. It is never read as markup."""
        ...

    def ask(self, dialog: ModalScreen[Answer], then: Callable[[Answer | None], None]) -> None:
        """Open a dialog, and call ``then`` with its answer."""
        ...

    def show(self, screen: Screen[None], *, in_place: bool = False) -> None:
        """Open a screen on top, or in place of the one in front."""
        ...

    def every(self, seconds: float, call: Callable[[], None]) -> Callable[[], None]:
        """Call at this interval until the returned function is called."""
        ...

    def close(self) -> None:
        """Close the dashboard."""
        ...
