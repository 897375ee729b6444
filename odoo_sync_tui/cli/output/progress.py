"""Output on stderr: the progress of a run, for a person who watches.

On a terminal one line is redrawn in place; elsewhere (cron, a log, ``TERM=dumb``) plain lines appear now and then. A
closed terminal must never end a run, so a failing write only ends this output.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable
from typing import TextIO

from odoo_sync_tui.core.progress import EntityProgress, RunProgress, describe_trouble
from odoo_sync_tui.core.result import Counts, EntityState
from odoo_sync_tui.core.text.format import format_clock_span, format_duration, format_number
from odoo_sync_tui.core.text.sanitize import sanitize

REDRAW_INTERVAL_SECONDS = 0.25
LINE_INTERVAL_SECONDS = 10.0
MAX_MESSAGE_LENGTH = 2000

_UNFINISHED = frozenset({EntityState.WAITING, EntityState.RUNNING})


class ProgressWriter:
    """Write progress and messages of a run to one stream. May be called from any thread.

    Args:
        stream: the output, normally ``sys.stderr``.
        clock: monotonic seconds.
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._can_redraw = stream.isatty() and os.environ.get("TERM") != "dumb"
        self._lock = threading.Lock()
        self._last_progress_at: float | None = None
        self._finished_names: set[str] = set()
        self._has_progress_line = False
        self._is_closed = False

    def print(self, *messages: str) -> None:
        """Print each message on one line of its own, whatever it holds."""
        with self._lock:
            self._write_lines(messages)

    def show_progress(self, progress: RunProgress) -> None:
        """Show the progress of a run; a progress listener."""
        with self._lock:
            finished = [_format_completion(each) for each in progress.entities if self._is_newly_finished(each)]
            if finished:
                self._write_lines(finished)
            if self._is_progress_due():
                self._write_progress(format_progress(progress))

    def show_status(self, text: str) -> None:
        """Show this text as the progress line, where a line can be redrawn; nowhere else."""
        if self._can_redraw:
            with self._lock:
                self._write_progress(sanitize(text))

    def close(self) -> None:
        """Erase the progress line, and forget the run."""
        with self._lock:
            self._write(self._erase_sequence())
            self._has_progress_line = False
            self._finished_names.clear()
            self._last_progress_at = None

    def _is_newly_finished(self, entity: EntityProgress) -> bool:
        if entity.state in _UNFINISHED or entity.name in self._finished_names:
            return False
        self._finished_names.add(entity.name)
        return True

    def _is_progress_due(self) -> bool:
        now = self._clock()
        pause = REDRAW_INTERVAL_SECONDS if self._can_redraw else LINE_INTERVAL_SECONDS
        if self._last_progress_at is None and not self._can_redraw:
            self._last_progress_at = now  # the first plain line after a while, not before anything has happened
        if self._last_progress_at is not None and now - self._last_progress_at < pause:
            return False
        self._last_progress_at = now
        return True

    def _write_progress(self, line: str) -> None:
        if not line:
            return
        if not self._can_redraw:
            self._write(f"{line}\n")
            return
        self._write(f"\r{line[: self._columns() - 1]}\x1b[K")
        self._has_progress_line = True

    def _write_lines(self, messages: Iterable[str]) -> None:
        lines = [sanitize(each, MAX_MESSAGE_LENGTH) for each in messages]
        self._write(self._erase_sequence() + "".join(f"{line}\n" for line in lines))
        self._has_progress_line = False

    def _erase_sequence(self) -> str:
        return "\r\x1b[K" if self._has_progress_line else ""

    def _columns(self) -> int:
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or 80
        except (OSError, ValueError):
            return 80

    def _write(self, text: str) -> None:
        if self._is_closed or not text:
            return
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):  # the terminal hung up, or the stream was closed
            self._is_closed = True


def format_counts(counts: Counts) -> str:
    """Format the counts that are not zero: "1 204 created, 83 updated"."""
    parts = [
        f"{format_number(number)} {name}" for name, number in counts.as_dict().items() if number and name != "synced"
    ]
    return ", ".join(parts) or "nothing"


def _format_completion(entity: EntityProgress) -> str:
    return f"{entity.name}: {entity.state} in {format_duration(entity.seconds)}, {format_counts(entity.counts)}"


def format_progress(progress: RunProgress) -> str:
    """Format the trouble, or the entity at work with its progress, rate and remaining time; empty between entities."""
    if progress.trouble:
        return sanitize(describe_trouble(progress.trouble))
    entity = next((entity for entity in progress.entities if entity.state is EntityState.RUNNING), None)
    if entity is None:
        return ""
    parts = [f"{entity.name} {format_number(entity.done)}"]
    if entity.total is not None:
        share = 100 * entity.done // entity.total if entity.total else 100
        parts[0] += f" of {format_number(entity.total)} ({min(share, 100)} %)"
    if entity.phase:
        parts.append(str(entity.phase))
    if entity.rate is not None:
        parts.append(f"{format_number(round(entity.rate))} rows/s")
    if entity.eta is not None:
        parts.append(f"ETA {format_clock_span(entity.eta)}")
    if progress.retries:
        parts.append(f"{format_number(progress.retries)} retries")
    if progress.stopping:
        parts.append("stopping")
    return sanitize("  ".join(parts))
