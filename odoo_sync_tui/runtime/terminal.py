"""What the terminal can show."""

from __future__ import annotations

import codecs
import locale
import os

UNICODE_CODECS = frozenset({"utf-8", "utf-16", "gb18030"})


def can_show_unicode() -> bool:
    """Whether the terminal shows every character, as the locale says that it was started with.

    Python's own encoding says nothing: with the locale C it takes UTF-8 all the same (PEP 538, PEP 540), while tmux and
    the terminal show a sign for each character that they do not know.
    """
    variables = (os.environ.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    name = next(filter(None, variables), "C")
    if name.partition("@")[0].upper() in {"C", "POSIX"}:
        return False
    codeset = name.partition(".")[2].partition("@")[0]
    return is_unicode_encoding(codeset or locale.getencoding())


def is_unicode_encoding(name: str) -> bool:
    """Whether an encoding has every character; ``False`` for an unknown one."""
    try:
        return codecs.lookup(name).name in UNICODE_CODECS
    except LookupError:
        return False
