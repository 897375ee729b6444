"""What goes to stderr: how a run is getting on, for whoever watches.

On a terminal one line is redrawn in place; elsewhere (cron, a log, ``TERM=dumb``) plain lines appear now and then. A
terminal that went away must never end a run, so a failing write only ends the narration.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import TextIO

from odoo_sync_tui.cli.words import duration, grouped
from odoo_sync_tui.core.progress import EntityProgress, RunProgress
from odoo_sync_tui.core.result import Counts, EntityState
from odoo_sync_tui.core.text import clean

REDRAW_SECONDS = 0.25
LINE_SECONDS = 10.0

_UNFINISHED = frozenset({EntityState.WAITING, EntityState.RUNNING})


class Narrator:
    """Tells a run's progress and its news on one stream. May be called from any thread.

    Args:
        stream: where to write, normally ``sys.stderr``.
        clock: monotonic seconds.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._redraws = stream.isatty() and os.environ.get("TERM") != "dumb"
        self._lock = threading.Lock()
        self._told_at: float | None = None
        self._finished: set[str] = set()
        self._drawn = False
        self._gone = False

    def say(self, text: str) -> None:
        """Print news on lines of their own."""
        with self._lock:
            self._say(text)

    def progress(self, progress: RunProgress) -> None:
        """Show how far the run is: a progress listener."""
        with self._lock:
            news = [entity for entity in progress.entities if self._newly_finished(entity)]
            for entity in news:
                self._say(_completion(entity))
            if self._due():
                self._show(progress_line(progress))

    def close(self) -> None:
        """Leave the terminal as it was: without a progress line."""
        with self._lock:
            self._write(self._erased())
            self._drawn = False

    def _newly_finished(self, entity: EntityProgress) -> bool:
        if entity.state in _UNFINISHED or entity.name in self._finished:
            return False
        self._finished.add(entity.name)
        return True

    def _due(self) -> bool:
        now = self._clock()
        pause = REDRAW_SECONDS if self._redraws else LINE_SECONDS
        if self._told_at is None and not self._redraws:
            self._told_at = now  # the first plain line after a while, not before anything has happened
        if self._told_at is not None and now - self._told_at < pause:
            return False
        self._told_at = now
        return True

    def _show(self, line: str) -> None:
        if not line:
            return
        if not self._redraws:
            self._write(f"{line}\n")
            return
        self._write(f"\r{line[: self._columns() - 1]}\x1b[K")
        self._drawn = True

    def _say(self, text: str) -> None:
        lines = [clean(line, 2000) for line in text.splitlines()]
        self._write(self._erased() + "".join(f"{line}\n" for line in lines))
        self._drawn = False

    def _erased(self) -> str:
        return "\r\x1b[K" if self._drawn else ""

    def _columns(self) -> int:
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or 80
        except (OSError, ValueError):
            return 80

    def _write(self, text: str) -> None:
        if self._gone or not text:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):  # the terminal hung up, or the stream was closed
            self._gone = True


def figures(counts: Counts) -> str:
    """The figures that are not zero, in words: "1 204 created, 83 updated"."""
    told = [f"{grouped(number)} {name}" for name, number in counts.as_dict().items() if number and name != "synced"]
    return ", ".join(told) or "nothing"


def _completion(entity: EntityProgress) -> str:
    return f"{entity.name}: {entity.state} in {duration(entity.seconds)}, {figures(entity.counts)}"


def progress_line(progress: RunProgress) -> str:
    """What the run is at: the entity in work, how far, how fast, how long still; empty between entities."""
    entity = next((entity for entity in progress.entities if entity.state is EntityState.RUNNING), None)
    if entity is None:
        return ""
    parts = [f"{entity.name} {grouped(entity.done)}"]
    if entity.total is not None:
        share = 100 * entity.done // entity.total if entity.total else 100
        parts[0] += f" of {grouped(entity.total)} ({min(share, 100)} %)"
    if entity.phase:
        parts.append(str(entity.phase))
    if entity.rate is not None:
        parts.append(f"{grouped(round(entity.rate))} rows/s")
    if entity.eta is not None:
        parts.append(f"ETA {duration(entity.eta)}")
    if progress.retries:
        parts.append(f"{grouped(progress.retries)} retries")
    if progress.stopping:
        parts.append("stopping")
    return clean("  ".join(parts))
