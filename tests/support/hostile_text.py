"""Text that must not reach a terminal as it is."""

from __future__ import annotations

import unicodedata

from tests.support.slow import slow

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

MARKUP, ESCAPES, LONG = "[@click=app.quit]x[/]", "\x1b]52;c;eA==\x07\x1b[2J\x9b31m", "x" * 10_000
HOSTILE_ON_SCREEN = (
    "[/foo]",
    MARKUP,
    ESCAPES,
    "a\u202e\ud800\r\n\x00名",
    LONG,
    "",
)
"""Each kind once, short enough to be seen whole: for tests that start a dashboard for each. The formats take all."""

HOSTILE_ON_FURTHER_SCREENS = [
    *(MARKUP, ESCAPES),
    *slow(text for text in HOSTILE_ON_SCREEN if text not in (MARKUP, ESCAPES)),
]
"""The dashboard meets all of them; screens that are built of the same widgets meet what reaches them in another way."""


def harmless(text: str) -> bool:
    """No control but the line end, nothing that turns the direction of writing, nothing that is not UTF-8."""
    text.encode("utf-8")
    return all(
        unicodedata.category(c) != "Cc" and c not in "\u202a\u202b\u202d\u202e\u2066\u2067" for c in text if c != "\n"
    )


FORGED = "FORGED RECORD"
"""What begins a line only where a line break in a text was obeyed."""

MAX_TEXT_LENGTH = 60_000
"""Characters of the longest text of any output, in JSON with its escapes."""

LINE_BREAKS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"


def make_hostile_text(*secrets: str, length: int = 0) -> str:
    """A text with controls, all line breaks, turned writing and the secrets, repeated up to ``length`` characters."""
    controls = "\x1b]52;c;ZXZpbA==\x07\x1b[2J\x1b[H\x9b31m\u202e[@click=app.quit]"
    once = f"{controls} {' '.join(secrets)} " + "".join(f"{line_break}{FORGED}" for line_break in LINE_BREAKS)
    return (once * -(-length // len(once)))[:length] if length else once


def find_harm(shown: str, *secrets: str) -> list[str]:
    """What an output holds that none may: secrets, controls, lines that a text began, and lines without a bound.

    One of JSON has a bound for each of its texts, whose escapes take six characters.
    """
    lines = shown.splitlines()
    texts = [text for line in lines for text in (line.split('"') if line.startswith("{") else [line])]
    found = [f"secret {secret[:3]}" for secret in secrets if secret in shown]
    found += [f"control {char!a}" for char in sorted(char for char in set(shown) if not harmless(char))]
    found += [f"forged line {line[:40]!a}" for line in lines if line.lstrip().startswith(FORGED)]
    return found + [f"text of {len(text)} characters" for text in texts if len(text) > MAX_TEXT_LENGTH]
