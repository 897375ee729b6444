"""The keys at the bottom: what can be done now, and as much more of it as there is room for.

One line of text. Textual's own footer is a widget for each key, made anew whenever the focus moves or a screen opens or
closes: a third of what opening the help took.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import App
from textual.binding import Binding
from textual.content import Content
from textual.keys import format_key
from textual.screen import Screen
from textual.signal import Signal
from textual.widget import Widget

from odoo_sync_tui.tui import view
from odoo_sync_tui.tui.commands import COMMANDS, action_of

ONLY_IF_ROOMY = frozenset(action_of(command) for command in COMMANDS if command.if_roomy)

KEY = "bold $footer-key-foreground"
DESCRIPTION = "$footer-description-foreground"


@dataclass(frozen=True, slots=True)
class _Key:
    """One key that can be pressed."""

    name: str
    shown: Content
    only_if_roomy: bool


class Keys(Widget):
    """A footer. A click on a key presses it."""

    ALLOW_SELECT: ClassVar[bool] = False
    DEFAULT_CSS = """
    Keys {
        dock: bottom;
        height: 1;
        text-wrap: nowrap;
        color: $footer-foreground;
        background: $footer-background;
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._keys: Sequence[_Key] = ()

    def on_mount(self) -> None:
        """Follow what can be done."""
        self._changed.subscribe(self, self._note_keys)

    def on_unmount(self) -> None:
        """Follow no longer."""
        self._changed.unsubscribe(self)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Press the key under the pointer."""
        end = self.content_region.x - self.region.x
        keys, gap = self._fitting(self.content_size.width)
        for key in keys:
            start, end = end, end + key.shown.cell_length + gap
            if start <= event.x < end - gap:
                self._application.simulate_key(key.name)

    def render(self) -> Content:
        """As many keys as there is room for."""
        keys, gap = self._fitting(self.content_size.width)
        return Content(" " * gap).join(key.shown for key in keys)

    @property
    def _application(self) -> App[object]:
        return self.app  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # Textual leaves its app's type open

    @property
    def _changed(self) -> Signal[Screen[object]]:
        return self.screen.bindings_updated_signal  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # too

    def _note_keys(self, screen: Screen[object]) -> None:
        # While the terminal's window is not the one in front nothing has the focus: no reason to draw other keys.
        if screen is not self.screen or not self._application.app_focus:
            return
        bindings = [each.binding for each in screen.active_bindings.values() if each.enabled and each.binding.show]
        active = [binding for binding in bindings if not _is_typed(screen, binding.key)]
        by_action = {binding.action: binding for binding in reversed(active)}  # a command may have two keys
        keys = [self._key(binding) for binding in active if by_action[binding.action] is binding]
        if keys != self._keys:
            self._keys = keys
            self.refresh()

    def _key(self, binding: Binding) -> _Key:
        shown = view.line((self._application.get_key_display(binding), KEY), " ", (binding.description, DESCRIPTION))
        return _Key(binding.key, shown, binding.action in ONLY_IF_ROOMY)

    def _fitting(self, width: int) -> tuple[Sequence[_Key], int]:
        """The keys to show and the blanks between them: the most that fit."""
        few = [key for key in self._keys if not key.only_if_roomy]
        arrangements: list[tuple[Sequence[_Key], int]] = [(self._keys, 2), (few, 2), (few, 1)]
        return next((each for each in arrangements if _width(*each) <= width), arrangements[-1])


def _is_typed(screen: Screen[object], key: str) -> bool:
    """Whether the key ends up as text in the field that has the focus. Textual asks this too, but knows no slash."""
    character, field = format_key(key), screen.focused
    is_character = len(character) == 1 and character.isascii()  # Enter is an arrow
    return field is not None and is_character and field.check_consume_key(key, character)


def _width(keys: Sequence[_Key], gap: int) -> int:
    return sum(key.shown.cell_length + gap for key in keys) - gap
