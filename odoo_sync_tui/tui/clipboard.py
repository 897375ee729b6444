"""Handing text to the operator's clipboard, which is on the other side of an SSH session.

A terminal can be asked to take text (the control sequence OSC 52), but it never answers, and some programs between it
and us swallow the question: tmux in its default configuration does, GNU screen too. Inside tmux its own command hands
the text on. Whatever is done is told as it is: "sent", never "copied". What cannot be sent goes into a file.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from odoo_sync_tui.tui.files import write_file

OSC52_BYTES_AT_MOST = 74_000
"""What terminals take: many cut or refuse sequences beyond 100 000 bytes of base64 (hterm, kitty, xterm)."""

TMUX_BYTES_AT_MOST = 1_000_000
TMUX_SECONDS = 5.0

DEAF_TERMINALS = ("linux", "vt", "cons", "sun")
"""Beginnings of TERM for consoles that know no clipboard."""


class Route(StrEnum):
    """How a text can leave."""

    TERMINAL = "terminal"
    TMUX = "tmux"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Clipping:
    """A text to hand over. ``subject`` and ``ending`` name the file that it may end up in."""

    text: str
    subject: str
    ending: str

    @property
    def size(self) -> int:
        """Bytes of UTF-8."""
        return len(self.text.encode("utf-8", "replace"))


def route_of(clipping: Clipping, environment: Mapping[str, str]) -> Route:
    """How this text leaves this terminal."""
    if environment.get("TMUX"):
        usable = clipping.size <= TMUX_BYTES_AT_MOST and shutil.which("tmux", path=environment.get("PATH"))
        return Route.TMUX if usable else Route.FILE
    deaf = bool(environment.get("STY")) or environment.get("TERM", "").startswith(DEAF_TERMINALS)
    return Route.FILE if deaf or clipping.size > OSC52_BYTES_AT_MOST else Route.TERMINAL


def sent_to_terminal(clipping: Clipping, send: Callable[[str], None]) -> str:
    """Send it with OSC 52; what was done, in words."""
    send(clipping.text)
    return f"Sent to the terminal, {clipping.size} bytes. A terminal that allows it (OSC 52) has it on its clipboard."


def given_to_tmux(clipping: Clipping, at: datetime, directory: Path | None = None) -> str:
    """Load it into tmux's buffer; what was done, in words. Belongs in a worker thread.

    ``-w`` makes tmux hand it on to its own terminal; versions before 3.2 do not know it.

    Raises:
        FileError: tmux did not take it, and no file could be written either.
    """
    buffered = f"In tmux's buffer, {clipping.size} bytes; prefix ] pastes it."
    if _tmux(clipping.text, "-w"):
        return f"{buffered} tmux was asked to hand it on to the terminal."
    if _tmux(clipping.text):
        return buffered
    return written_to_file(clipping, at, directory)


def written_to_file(clipping: Clipping, at: datetime, directory: Path | None = None) -> str:
    """Write it into a file; what was done, in words. Belongs in a worker thread.

    Raises:
        FileError: it could not be written.
    """
    path = write_file([clipping.text], clipping.subject, clipping.ending, at, directory)
    return f"Not sent: no clipboard takes it from here. Written to {path}"


def _tmux(text: str, *options: str) -> bool:
    try:
        done = subprocess.run(  # noqa: S603 -- a fixed command; the text goes to its stdin
            ["tmux", "load-buffer", *options, "-"],  # noqa: S607 -- the operator's own tmux, by their PATH
            input=text.encode("utf-8", "replace"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TMUX_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
