"""Footer with the keys of the commands that are available now, as many as fit.

One line of text. Textual's own footer is a widget for each key, made anew whenever the focus moves or a screen opens or
closes: a third of the time that opening the help took.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import ClassVar

from textual import events
from textual.app import App
from textual.binding import Binding
from textual.content import Content
from textual.keys import format_key
from textual.screen import Screen
from textual.signal import Signal
from textual.widget import Widget

from odoo_sync_tui.tui.commands.keymap import build_action
from odoo_sync_tui.tui.commands.registry import COMMANDS, COMMANDS_BY_ID
from odoo_sync_tui.tui.format import render

WIDE_ONLY_ACTIONS = frozenset(build_action(command) for command in COMMANDS if command.wide_footer_only)

LAST_KEYS = 3  # menu, help and quit, which lead to all others, stay whole on any terminal

KEY_STYLE = "bold $footer-key-foreground"
DESCRIPTION_STYLE = "$footer-description-foreground"


@dataclass(frozen=True, slots=True)
class _Key:
    """One key of the footer."""

    name: str
    content: Content
    wide_only: bool


class CommandFooter(Widget):
    """Footer of keys. A click on a key presses it.

    Args:
        is_offered: whether the command of this id can do something now.
    """

    ALLOW_SELECT: ClassVar[bool] = False
    DEFAULT_CSS = """
    CommandFooter {
        dock: bottom;
        height: 1;
        text-wrap: nowrap;
        color: $footer-foreground;
        background: $footer-background;
    }
    """

    def __init__(self, is_offered: Callable[[str], bool]) -> None:
        super().__init__()
        self._is_offered = is_offered
        self._keys: Sequence[_Key] = ()

    def on_mount(self) -> None:
        """Subscribe to changes of the active bindings."""
        self._bindings_signal.subscribe(self, self._update_keys)

    def on_unmount(self) -> None:
        """Unsubscribe from changes of the active bindings."""
        self._bindings_signal.unsubscribe(self)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Press the key under the pointer."""
        end = self.content_region.x - self.region.x
        keys, gap = self._fit_keys(self.content_size.width)
        for key in keys:
            start, end = end, end + key.content.cell_length + gap
            if start <= event.x < end - gap:
                self._application.simulate_key(key.name)

    def render(self) -> Content:
        """Render as many keys as fit."""
        keys, gap = self._fit_keys(self.content_size.width)
        return Content(" " * gap).join(key.content for key in keys)

    @property
    def _application(self) -> App[object]:
        return self.app  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # Textual leaves its app's type open

    @property
    def _bindings_signal(self) -> Signal[Screen[object]]:
        return self.screen.bindings_updated_signal  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # too

    def _update_keys(self, screen: Screen[object]) -> None:
        # While the terminal's window is not the one in front nothing has the focus: no reason to draw other keys.
        if screen is not self.screen or not self._application.app_focus:
            return
        actives = screen.active_bindings.values()
        bindings = [active.binding for active in actives if active.enabled and active.binding.show]
        offered = [binding for binding in bindings if binding.id not in COMMANDS_BY_ID or self._is_offered(binding.id)]
        pressable = [binding for binding in offered if not _is_typed(screen, binding.key)]
        by_action = {binding.action: binding for binding in reversed(pressable)}  # a command may have two keys
        shown = [binding for binding in pressable if by_action[binding.action] is binding]
        keys = [self._key(binding, after) for binding, after in zip_longest(shown, shown[1:])]
        if keys != self._keys:
            self._keys = keys
            self.refresh()

    def _key(self, binding: Binding, after: Binding | None) -> _Key:
        """Build a key; keys in a row that mean the same, each for another thing, share the word of the last one."""
        key = render.assemble((self._application.get_key_display(binding), KEY_STYLE))
        is_shared = after is not None and after.description == binding.description
        content = key if is_shared else render.assemble(key, " ", (binding.description, DESCRIPTION_STYLE))
        return _Key(binding.key, content, binding.action in WIDE_ONLY_ACTIONS)

    def _fit_keys(self, width: int) -> tuple[Sequence[_Key], int]:
        """Select the most keys that fit, and the number of blanks between them."""
        narrow = [key for key in self._keys if not key.wide_only]
        layouts: list[tuple[Sequence[_Key], int]] = [(self._keys, 2), (narrow, 2), (narrow, 1)]
        while len(narrow) > LAST_KEYS and _keys_width(narrow, 1) > width:
            narrow = [*narrow[: -LAST_KEYS - 1], *narrow[-LAST_KEYS:]]
            layouts.append((narrow, 1))
        return next((layout for layout in layouts if _keys_width(*layout) <= width), layouts[-1])


def _is_typed(screen: Screen[object], key: str) -> bool:
    """Whether the key is typed into the focused field. Textual has the same test, but it does not know the slash."""
    character, field = format_key(key), screen.focused
    is_character = len(character) == 1 and character.isascii()  # Enter is an arrow
    return field is not None and is_character and field.check_consume_key(key, character)


def _keys_width(keys: Sequence[_Key], gap: int) -> int:
    return sum(key.content.cell_length + gap for key in keys) - gap
