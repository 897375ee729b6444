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

from odoo_sync_tui.runtime.files import write_file

MAX_OSC52_BYTES = 74_000
"""Limit of OSC 52: many terminals cut or refuse sequences beyond 100 000 bytes of base64 (hterm, kitty, xterm)."""

MAX_TMUX_BYTES = 1_000_000
TMUX_TIMEOUT = 5.0

PLAIN_CONSOLES = ("linux", "vt", "cons", "sun")
"""Prefixes of TERM for consoles without clipboard and links."""


class Route(StrEnum):
    """Way of a text to the operator."""

    TERMINAL = "terminal"
    TMUX = "tmux"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class ClipboardText:
    """A text for the clipboard. ``subject`` and ``extension`` name the file if no clipboard takes the text."""

    text: str
    subject: str
    extension: str

    @property
    def size(self) -> int:
        """Size in bytes of UTF-8."""
        return len(self.text.encode("utf-8", "replace"))


def choose_route(content: ClipboardText, environment: Mapping[str, str]) -> Route:
    """Choose the route for this text in this terminal."""
    if environment.get("TMUX"):
        usable = content.size <= MAX_TMUX_BYTES and shutil.which("tmux", path=environment.get("PATH"))
        return Route.TMUX if usable else Route.FILE
    no_clipboard = bool(environment.get("STY")) or environment.get("TERM", "").startswith(PLAIN_CONSOLES)
    return Route.FILE if no_clipboard or content.size > MAX_OSC52_BYTES else Route.TERMINAL


def send_to_terminal(content: ClipboardText, send: Callable[[str], None]) -> str:
    """Send the text with OSC 52; return a message about it."""
    send(content.text)
    return f"Sent to the terminal, {content.size} bytes. A terminal that allows it (OSC 52) has it on its clipboard."


def load_into_tmux(content: ClipboardText, now: datetime, directory: Path | None = None) -> str:
    """Load the text into tmux's buffer; return a message about it. Call it in a worker thread.

    ``-w`` makes tmux pass the text on to its own terminal; versions before 3.2 do not have that option.

    Raises:
        FileError: tmux did not take the text, and no file could be written either.
    """
    buffered = f"In tmux's buffer, {content.size} bytes; prefix ] pastes it."
    if _load_tmux_buffer(content.text, "-w"):
        return f"{buffered} tmux was asked to hand it on to the terminal."
    if _load_tmux_buffer(content.text):
        return buffered
    return write_to_file(content, now, directory)


def write_to_file(content: ClipboardText, now: datetime, directory: Path | None = None) -> str:
    """Write the text into a file; return a message about it. Call it in a worker thread.

    Raises:
        FileError: the file could not be written.
    """
    path = write_file([content.text], content.subject, content.extension, now, directory)
    return f"Not sent: no clipboard takes it from here. Written to {path}"


def _load_tmux_buffer(text: str, *options: str) -> bool:
    try:
        done = subprocess.run(  # noqa: S603 -- a fixed command; the text goes to its stdin
            ["tmux", "load-buffer", *options, "-"],  # noqa: S607 -- the operator's own tmux, by their PATH
            input=text.encode("utf-8", "replace"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TMUX_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
