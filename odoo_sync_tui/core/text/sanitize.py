"""Sanitizing of text from outside, so that it is safe to show.

Names in Odoo, messages of servers and details of audit events can hold escape sequences that write the operator's
clipboard, reorder a line or redraw the screen. All code that shows or logs such text calls :func:`sanitize`
first, so that one function decides what may reach a terminal.
"""

from __future__ import annotations

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
    """Convert a value to one safe line: no control, no bidirectional override, at most ``limit`` characters and "…".

    Control characters, lone surrogates and direction marks become U+FFFD, tabs a space, line ends "⏎".
    """
    text = str(value)[: limit + 1].replace("\r\n", "\n").translate(_SAFE)
    return text if len(text) <= limit else text[:limit] + "\u2026"
