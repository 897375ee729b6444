"""This program once more, as a process of its own: a crash of it, or its two gigabytes, harm nobody else."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from odoo_sync_tui.core.errors import SyncError
from odoo_sync_tui.core.run import INTERRUPTED_BY_PERSON
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.signals import EXIT_CODE_BASE

PROGRAM = (sys.executable, "-m", "odoo_sync_tui")

GRACE_SECONDS = 20.0
"""How long a child may take to its next page before it is killed: a call that hangs is given up after 3 s."""
MAX_LINE_BYTES = 1024 * 1024
"""Longest line of stdout that is handed over whole; the rest of a longer one is dropped."""
MAX_TAIL_LINES, MAX_TAIL_LINE_BYTES = 20, 2000

PIPE_BYTES = 64 * 1024
"""What a pipe holds at most, on Linux and macOS."""

_POLL_SECONDS = 0.2

LineHandler = Callable[[str], object]


class ChildError(SyncError):
    """A process could not be started."""

    kind = "child"
    retryable = True


@dataclass(frozen=True, slots=True)
class ChildResult:
    """How a process ended.

    Attributes:
        exit_code: its own, or 128 + n where signal n ended it.
        stderr_tail: its last lines on stderr.
        pid: its process id; 0 where a stop was requested before it was started.
    """

    exit_code: int
    stderr_tail: str = ""
    pid: int = 0


def run_child(
    arguments: Sequence[str],
    cancel: CancelToken,
    on_line: LineHandler,
    on_error_line: LineHandler = lambda _line: None,
    *,
    program: Sequence[str] = PROGRAM,
    grace_seconds: float = GRACE_SECONDS,
) -> ChildResult:
    """Run this program with these arguments in a process of its own, until it has ended. No shell, nothing on stdin.

    It inherits the environment and no open file, and is in a process group of its own: Ctrl+C in a terminal reaches
    this process alone, which passes on one request to stop. A second one would end the child at once.

    Args:
        arguments: command and options; they hold no secret.
        cancel: a stop is passed on, so that a run ends at its next page; what does not end is killed. Where Ctrl+C
            ended this process it is SIGINT, for a person wants the run to end; else SIGTERM.
        on_line: takes each line of stdout. An error that it raises stops the child, and is raised here.
        on_error_line: takes each line of stderr.
        program: the program itself, and its first arguments.
        grace_seconds: time between the request to stop and the kill.

    Raises:
        ChildError: the process could not be started.
    """
    if cancel.is_requested:
        return ChildResult(EXIT_CODE_BASE + _choose_signal(cancel))
    process = _start([*program, *arguments])
    stop = _Stop(process, cancel, grace_seconds)
    tail: deque[str] = deque(maxlen=MAX_TAIL_LINES)

    def take_error_line(line: str) -> None:
        tail.append(line)
        on_error_line(line)

    with process:  # closes the pipes, and waits for the process
        try:
            _relay(process, cancel, stop, _Lines(on_line, MAX_LINE_BYTES), _Lines(take_error_line, MAX_TAIL_LINE_BYTES))
        except BaseException:
            stop.wait()
            raise
    code = process.returncode
    return ChildResult(EXIT_CODE_BASE - code if code < 0 else code, "\n".join(tail), process.pid)


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 -- this program, with options that hold no secret
            command,
            bufsize=0,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
        )
    except OSError as error:
        raise ChildError(
            f"A process for the run could not be started: {error.strerror}.",
            "Look at the limits of processes, memory and open files.",
        ) from error


def _choose_signal(cancel: CancelToken) -> int:
    return signal.SIGINT if cancel.reason == INTERRUPTED_BY_PERSON else signal.SIGTERM


class _Stop:
    """The end of a child on request: asked once, killed when its time is over."""

    def __init__(self, process: subprocess.Popen[bytes], cancel: CancelToken, grace_seconds: float) -> None:
        self._process = process
        self._cancel = cancel
        self._grace_seconds = grace_seconds
        self._kill_at: float | None = None

    def request(self) -> None:
        """Ask it to stop, once; kill it if it was asked too long ago."""
        if self._kill_at is None:
            self._kill_at = time.monotonic() + self._grace_seconds
            self._process.send_signal(_choose_signal(self._cancel))
        elif time.monotonic() >= self._kill_at:
            self._process.kill()

    def wait(self) -> None:
        """Ask it to stop, and wait until it has ended, one way or the other. Nobody reads what it prints."""
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe:
                pipe.close()
        while self._process.poll() is None:
            self.request()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_POLL_SECONDS)


class _Lines:
    """Makes lines of bytes, and cuts what is longer than ``limit``, so that no output fills the memory."""

    def __init__(self, take: LineHandler, limit: int) -> None:
        self._take = take
        self._limit = limit
        self._begun = bytearray()

    def feed(self, data: bytes) -> None:
        """Take the next bytes, and hand over the lines that they end."""
        *ended, rest = data.split(b"\n")
        for part in ended:
            self._append(part)
            self._hand_over()
        self._append(rest)

    def finish(self) -> None:
        """Hand over what has begun and has no end."""
        if self._begun:
            self._hand_over()

    def _hand_over(self) -> None:
        line, self._begun = self._begun, bytearray()
        self._take(line.rstrip(b"\r").decode(errors="replace"))

    def _append(self, part: bytes) -> None:
        self._begun += part[: self._limit - len(self._begun)]


def _relay(process: subprocess.Popen[bytes], cancel: CancelToken, stop: _Stop, stdout: _Lines, stderr: _Lines) -> None:
    """Hand over what the process prints until it has ended, whoever else holds its pipes open by then."""
    with selectors.DefaultSelector() as selector:
        for pipe, lines in ((process.stdout, stdout), (process.stderr, stderr)):
            if pipe:
                selector.register(pipe, selectors.EVENT_READ, lines)
        while not _has_ended(process, selector):
            if cancel.is_requested:
                stop.request()
            _read(selector, _POLL_SECONDS)
        _read(selector, 0)  # takes all that a pipe holds
    stdout.finish()
    stderr.finish()


def _has_ended(process: subprocess.Popen[bytes], selector: selectors.BaseSelector) -> bool:
    """Whether the process has ended; waits a moment for the end of one that has closed its output."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(0 if selector.get_map() else _POLL_SECONDS)
    return process.returncode is not None


def _read(selector: selectors.BaseSelector, seconds: float) -> None:
    if not selector.get_map():
        return
    for key, _ in selector.select(seconds):
        data = os.read(key.fd, PIPE_BYTES)
        if data:
            key.data.feed(data)
        else:
            selector.unregister(key.fileobj)
