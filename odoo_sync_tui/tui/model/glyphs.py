"""The signs of the screen: one set for Unicode terminals, one for all others.

Every sign is one cell wide in every font, and every state has a shape of its own beside its word, so that nothing
depends on colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from odoo_sync_tui.runtime.terminal import can_show_unicode


@dataclass(frozen=True, slots=True)
class Glyphs:
    """A set of signs.

    Attributes:
        state_signs: a sign per state or outcome, by its word.
        bar: the done part of a progress bar, its half step (empty: none), and the rest.
        chart_levels: rising heights for a small chart, lowest first.
        no_value: placeholder for "no value".
        separator: separator of two facts on one line.
        ellipsis: end of a truncated text.
        selection_marks: marks of the selected one of several, and of the others.
        sort_arrows: sort order newest first, and oldest first.
        pointer: mark of the line under the cursor.
        is_unicode: whether text from outside may contain more than ASCII.
    """

    state_signs: Mapping[str, str]
    bar: tuple[str, str, str]
    chart_levels: str
    no_value: str
    separator: str
    ellipsis: str
    selection_marks: tuple[str, str]
    sort_arrows: tuple[str, str]
    pointer: str
    is_unicode: bool

    def get_state_sign(self, word: str) -> str:
        """Return the sign of a state; a blank for a word without a sign."""
        return self.state_signs.get(word, " ")


UNICODE = Glyphs(
    state_signs=MappingProxyType({
        "success": "✓", "partial": "◐", "failed": "✗", "cancelled": "■", "interrupted": "▲", "unavailable": "○",
        "running": "▶", "stopping": "■", "waiting": "·", "never": "○", "stale": "▲", "started": "▶",
        "not begun": "·", "in step": "✓", "attention": "▲", "wrong": "✗", "never synced": "○", "late": "◔",
    }),
    bar=("━", "╸", "─"),
    chart_levels="▁▂▃▄▅▆▇█",
    no_value="–",
    separator="·",
    ellipsis="…",
    selection_marks=("●", " "),
    sort_arrows=("↓", "↑"),
    pointer="▸",
    is_unicode=True,
)  # fmt: skip

ASCII = Glyphs(
    state_signs=MappingProxyType({
        "success": "+", "partial": "~", "failed": "x", "cancelled": "#", "interrupted": "!", "unavailable": "o",
        "running": ">", "stopping": "#", "waiting": ".", "never": "o", "stale": "!", "started": ">",
        "not begun": ".", "in step": "+", "attention": "!", "wrong": "x", "never synced": "o", "late": "@",
    }),
    bar=("#", "", "-"),
    chart_levels="_.:-=+*#",
    no_value="-",
    separator="-",
    ellipsis="~",
    selection_marks=("*", " "),
    sort_arrows=("v", "^"),
    pointer=">",
    is_unicode=False,
)  # fmt: skip


def choose_glyphs(ascii_only: bool) -> Glyphs:
    """Choose the set: ASCII if requested, or if the terminal shows no other characters."""
    return ASCII if ascii_only or not can_show_unicode() else UNICODE
