"""The signs of the screen: one set for Unicode terminals, one for all others.

Every sign is one cell wide in every font, and every state has a shape of its own beside its word, so that nothing
depends on colour alone.
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
        bar: the done part of a progress bar, its half step (empty: none), and the rest.
        levels: rising heights for a small chart, lowest first.
        none: placeholder for "no value".
        dot: separator of two facts on one line.
        cut: end of a truncated text.
        chosen: marks of the selected one of several, and of the others.
        arrows: sort order newest first, and oldest first.
        pointer: mark of the line under the cursor.
        unicode: whether text from outside may contain more than ASCII.
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
        """Return the sign of a state; a blank for a word without a sign."""
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
    """Choose the set: ASCII if requested, or if the terminal's encoding needs it."""
    return ASCII if ascii_only or not terminal_is_unicode() else UNICODE
