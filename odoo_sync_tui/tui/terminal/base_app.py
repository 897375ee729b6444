"""Application that sends the terminal only what changes, and no colour to one that wants none."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events, on
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.color import Color
from textual.driver import Driver
from textual.filter import LineFilter, Monochrome, NoColor
from textual.screen import Screen

from odoo_sync_tui.tui.terminal.clipboard import PLAIN_CONSOLES
from odoo_sync_tui.tui.terminal.picture import ChangedCells, Picture

ScreenType = TypeVar("ScreenType", bound=Screen[Any])


class Colorless(LineFilter):
    """Filter that leaves of a style what is no colour: bold, reverse, underline. Textual's own makes greys."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Remove the colours."""
        del background
        return [Segment(text, style and _remove_color(style), control) for text, style, control in segments]


class Unlinked(LineFilter):
    """Filter that leaves out the addresses of links, for consoles that would print them."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Remove the addresses."""
        del background
        return [Segment(text, style and style.update_link(None), control) for text, style, control in segments]


class TerminalApp(App[None]):
    """Application that keeps what the terminal shows, and sends only cells that differ from it.

    With ``NO_COLOR`` it sends no colour, to a plain console no link. Where colours are few, it has the class
    ``-few-colors``.
    """

    def __init__(self) -> None:
        super().__init__()
        self._picture = Picture()
        self.no_color = bool(os.environ.get("NO_COLOR"))
        self._filters = [each for each in self._filters if not isinstance(each, (Monochrome, NoColor))]
        if self.no_color:
            self._filters.append(Colorless())
        if os.environ.get("TERM", "").startswith(PLAIN_CONSOLES):
            self._filters.append(Unlinked())

    def on_mount(self) -> None:
        """Note whether the terminal has but 16 colours."""
        self.set_class(not self.is_headless and self.console.color_system == "standard", "-few-colors")

    def get_screen(self, *arguments: Any, **keywords: Any) -> Any:  # noqa: ANN401 -- as Textual declares it
        """Return the screen; a new one with the classes of the terminal's size, which its first layout needs."""
        screen: Screen[Any] = super().get_screen(*arguments, **keywords)  # pyright: ignore[reportUnknownMemberType]  # it leaves it open
        return screen if screen.is_running else self.fit_to_size(screen)

    def fit_to_size(self, screen: ScreenType) -> ScreenType:
        """Give a new screen the classes of the breakpoints; Textual sets them only after the first layout."""
        names: list[str] = []
        for breakpoints, cells in (
            (self.HORIZONTAL_BREAKPOINTS, self.size.width), (self.VERTICAL_BREAKPOINTS, self.size.height)
        ):  # fmt: skip
            names += [name for least, name in breakpoints or () if cells >= least][-1:]
        screen.add_class(*names, update=screen.is_running)  # a new one is styled when it is mounted
        return screen

    def paint_anew(self) -> None:
        """Paint everything anew, whatever the terminal shows: another program may have written on it."""
        self._picture.forget()
        self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        """Paint everything anew: each terminal does something else with what it showed before."""
        del event
        self._picture.forget()

    @on(Driver.SignalResume)
    def _resumed(self) -> None:
        self.paint_anew()

    def _display(self, screen: Screen[Any], renderable: Any) -> None:  # noqa: ANN401 -- a renderable or an update
        if isinstance(renderable, LayoutUpdate | ChopsUpdate):
            renderable = ChangedCells(self._picture, renderable)
        super()._display(screen, renderable)  # pyright: ignore[reportUnknownMemberType]  # Textual leaves it open


@lru_cache(maxsize=4096)
def _remove_color(style: Style) -> Style:
    return style.without_color + Style.from_meta(style.meta) if style.meta else style.without_color
