"""Text for the operator's clipboard, which is on the other side of an SSH session.

A terminal can be asked to take text (the control sequence OSC 52), but it never answers, and some programs between it
and us drop the request: tmux in its default configuration does, GNU screen too. Inside tmux its own command passes
the text on. The message therefore reads "sent", never "copied". Text that cannot be sent goes into a file.
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
"""Limit of OSC 52: many terminals cut or refuse sequences beyond 100 000 bytes of base64 (hterm, kitty, xterm)."""

TMUX_BYTES_AT_MOST = 1_000_000
TMUX_SECONDS = 5.0

DEAF_TERMINALS = ("linux", "vt", "cons", "sun")
"""Prefixes of TERM for consoles without a clipboard."""


class Route(StrEnum):
    """Way of a text to the operator."""

    TERMINAL = "terminal"
    TMUX = "tmux"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Clipping:
    """A text for the clipboard. ``subject`` and ``ending`` name the file if no clipboard takes the text."""

    text: str
    subject: str
    ending: str

    @property
    def size(self) -> int:
        """Size in bytes of UTF-8."""
        return len(self.text.encode("utf-8", "replace"))


def route_of(clipping: Clipping, environment: Mapping[str, str]) -> Route:
    """Choose the route for this text in this terminal."""
    if environment.get("TMUX"):
        usable = clipping.size <= TMUX_BYTES_AT_MOST and shutil.which("tmux", path=environment.get("PATH"))
        return Route.TMUX if usable else Route.FILE
    no_clipboard = bool(environment.get("STY")) or environment.get("TERM", "").startswith(DEAF_TERMINALS)
    return Route.FILE if no_clipboard or clipping.size > OSC52_BYTES_AT_MOST else Route.TERMINAL


def sent_to_terminal(clipping: Clipping, send: Callable[[str], None]) -> str:
    """Send the text with OSC 52; return a message about it."""
    send(clipping.text)
    return f"Sent to the terminal, {clipping.size} bytes. A terminal that allows it (OSC 52) has it on its clipboard."


def given_to_tmux(clipping: Clipping, at: datetime, directory: Path | None = None) -> str:
    """Load the text into tmux's buffer; return a message about it. Call it in a worker thread.

    ``-w`` makes tmux pass the text on to its own terminal; versions before 3.2 do not have that option.

    Raises:
        FileError: tmux did not take the text, and no file could be written either.
    """
    buffered = f"In tmux's buffer, {clipping.size} bytes; prefix ] pastes it."
    if _load_tmux_buffer(clipping.text, "-w"):
        return f"{buffered} tmux was asked to hand it on to the terminal."
    if _load_tmux_buffer(clipping.text):
        return buffered
    return written_to_file(clipping, at, directory)


def written_to_file(clipping: Clipping, at: datetime, directory: Path | None = None) -> str:
    """Write the text into a file; return a message about it. Call it in a worker thread.

    Raises:
        FileError: the file could not be written.
    """
    path = write_file([clipping.text], clipping.subject, clipping.ending, at, directory)
    return f"Not sent: no clipboard takes it from here. Written to {path}"


def _load_tmux_buffer(text: str, *options: str) -> bool:
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
