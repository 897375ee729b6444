"""The signs that the screen draws with: one set for terminals that speak Unicode, one for those that do not.

Every sign is one cell wide in every font, and every state has a shape of its own beside its word, so that nothing
rests on colour alone.
"""

from __future__ import annotations

import locale
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Glyphs:
    """A set of signs.

    Attributes:
        states: a sign per state or outcome, by its word.
        bar: what is done of a bar, its half step (empty: none), and what is left.
        levels: rising heights for a small chart, lowest first.
        none: stands for "no value".
        dot: between two facts on one line.
        cut: at the end of a text that was cut.
        chosen: before the chosen one of several.
        arrows: time runs down from the newest, and from the oldest.
        pointer: before the line under the cursor.
        unicode: whether text from outside may go beyond ASCII.
    """

    states: Mapping[str, str]
    bar: tuple[str, str, str]
    levels: str
    none: str
    dot: str
    cut: str
    chosen: tuple[str, str]
    arrows: tuple[str, str]
    pointer: str
    unicode: bool

    def state(self, word: str) -> str:
        """The sign of a state; a blank for a word that has none."""
        return self.states.get(word, " ")


UNICODE = Glyphs(
    states=MappingProxyType({
        "success": "✓", "partial": "◐", "failed": "✗", "cancelled": "■", "interrupted": "▲", "unavailable": "○",
        "running": "▶", "stopping": "■", "waiting": "·", "never": "○", "stale": "▲", "started": "▶",
    }),
    bar=("━", "╸", "─"),
    levels="▁▂▃▄▅▆▇█",
    none="–",
    dot="·",
    cut="…",
    chosen=("●", " "),
    arrows=("↓", "↑"),
    pointer="▸",
    unicode=True,
)  # fmt: skip

ASCII = Glyphs(
    states=MappingProxyType({
        "success": "+", "partial": "~", "failed": "x", "cancelled": "#", "interrupted": "!", "unavailable": "o",
        "running": ">", "stopping": "#", "waiting": ".", "never": "o", "stale": "!", "started": ">",
    }),
    bar=("#", "", "-"),
    levels="_.:-=+*#",
    none="-",
    dot="-",
    cut="~",
    chosen=("*", " "),
    arrows=("v", "^"),
    pointer=">",
    unicode=False,
)  # fmt: skip


def terminal_is_unicode() -> bool:
    """Whether the locale's encoding can carry every character."""
    return locale.getpreferredencoding(do_setlocale=False).upper().replace("-", "") in {"UTF8", "UTF16", "GB18030"}


def glyphs_for(ascii_only: bool) -> Glyphs:
    """The set to draw with: ASCII when asked for, or when the terminal's encoding needs it."""
    return ASCII if ascii_only or not terminal_is_unicode() else UNICODE
