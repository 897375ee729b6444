"""Text that must not reach a terminal as it is."""

from __future__ import annotations

import unicodedata

HOSTILE = (
    "[/foo]",
    "[@click=app.quit]x[/]",
    "[bold",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x1b[2J\x1b[H",
    "\x9b31m",
    "abc\u202etxt.exe",
    "\ud800",
    "名前が広い会社",
    "e\u0301\u200d\U0001f469\u200d\U0001f4bb",
    "a\r\nb\tc\x00",
    "x" * 10_000,
    "",
)

HOSTILE_ON_SCREEN = (
    "[/foo]",
    "[@click=app.quit]x[/]",
    "\x1b]52;c;eA==\x07\x1b[2J\x9b31m",
    "a\u202e\ud800\r\n\x00名",
    "x" * 10_000,
    "",
)
"""Each kind once, short enough to be seen whole: for tests that start a dashboard for each. The formats take all."""


def harmless(text: str) -> bool:
    """No control but the line end, nothing that turns the direction of writing, nothing that is not UTF-8."""
    text.encode("utf-8")
    return all(
        unicodedata.category(c) != "Cc" and c not in "\u202a\u202b\u202d\u202e\u2066\u2067" for c in text if c != "\n"
    )
