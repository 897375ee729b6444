"""Sanitizing of text from outside, so that it is safe to show.

Names in Odoo, messages of servers and details of audit events can hold escape sequences that write the operator's
clipboard, reorder a line or redraw the screen, and secrets of ours that a server repeats. All code that shows or logs
such text calls :func:`sanitize`, so that one function decides what may reach a terminal.
"""

from __future__ import annotations

from odoo_sync_tui.core.text.redaction import shorten

_REPLACEMENT = "\ufffd"
_NEWLINE = "\u23ce"

_CONTROLS = (*range(0x20), 0x7F, *range(0x80, 0xA0))
_BIDI = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_SURROGATES = range(0xD800, 0xE000)  # a lone one cannot be written as UTF-8

_SAFE: dict[int, str] = {
    **dict.fromkeys((*_CONTROLS, *_BIDI, *_SURROGATES), _REPLACEMENT),
    **dict.fromkeys((ord("\n"), 0x2028, 0x2029), _NEWLINE),
    ord("\t"): " ",
}


def sanitize(value: object, limit: int = 500) -> str:
    """Convert a value to one safe line: no secret, no control, at most ``limit`` characters and "…".

    Control characters, lone surrogates and direction marks become U+FFFD, tabs a space, line ends "⏎".
    """
    return clean(shorten(str(value), limit + 1))


def clean(text: str) -> str:
    """Make a text one safe line, as :func:`sanitize` does, but show all of it: what the operator typed is no secret."""
    if text.isprintable():  # which no character is that is replaced below
        return text
    return text.replace("\r\n", "\n").translate(_SAFE)
