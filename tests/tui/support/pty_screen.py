"""A screen in a pseudo terminal: what it shows, and how many bytes it draws."""

from __future__ import annotations

import time

from tests.support.pty_program import PtyProgram
from tests.support.terminal_screen import TerminalScreen


class PtyScreen(PtyProgram):
    """A module that draws a screen, in a terminal of true colour. A context manager."""

    def __init__(self, module: str, *arguments: str, columns: int = 120, lines: int = 40, **environment: str) -> None:
        colours = {"COLORTERM": "truecolor", **environment}
        super().__init__("-m", module, *arguments, columns=columns, lines=lines, **colours)
        self._shown = TerminalScreen()
        self._fed = 0
        self._at_rest = False

    def type(self, keys: str) -> None:
        """Press keys, which it answers by drawing."""
        self._at_rest = False
        super().type(keys)

    def screen(self) -> TerminalScreen:
        """What the terminal shows when it has come to rest."""
        self.come_to_rest()
        self._shown.feed(self.output[self._fed :])
        self._fed = len(self.output)
        return self._shown

    def drawn_after(self, keys: str) -> int:
        """How many bytes it draws after these keys until it has come to rest."""
        before = len(self.output.encode())
        self.type(keys)
        self.come_to_rest()
        return len(self.output.encode()) - before

    def drawn_within(self, seconds: float) -> int:
        """How many bytes it draws in the next ``seconds``."""
        before, end = len(self.output.encode()), time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._read_once(left)
        return len(self.output.encode()) - before

    def come_to_rest(self) -> None:
        """Read until nothing has been drawn for a while; at once where it has come to rest since the last key."""
        self._at_rest = self._at_rest or any(not self.drawn_within(1.5) for _ in range(20))
        assert self._at_rest, "the screen never comes to rest"
