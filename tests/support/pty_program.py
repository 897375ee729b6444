"""Runs a program on a terminal of its own and reads what it draws: what no in-process test can see."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]

_LIMIT_SECONDS = 60.0
_GRACE_SECONDS = 10.0


class PtyProgram:
    """A Python program whose stdin, stdout and stderr are a terminal of ``columns`` x ``lines``. A context manager."""

    def __init__(self, *arguments: str, columns: int = 80, lines: int = 24, **environment: str) -> None:
        self.output = ""
        self._status: int | None = None
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            os.chdir(ROOT)
            os.execve(
                sys.executable, [sys.executable, *arguments], {**os.environ, "TERM": "xterm-256color", **environment}
            )
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def wait_for(self, pattern: str) -> str:
        """Read until the output matches; the output so far."""
        self._read(lambda: re.search(pattern, self.output) is not None)
        assert re.search(pattern, self.output), f"{pattern!r} never came; at the end there was {self.text()[-1500:]!r}"
        return self.output

    def text(self) -> str:
        """The output without escape codes, in the order in which it was written."""
        return re.sub(r"\x1b\[[0-9;?>$]*[a-zA-Z]|\x1b\][^\x07]*\x07", " ", self.output)

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._terminal, keys.encode())

    def kill(self, number: int) -> None:
        """Send a signal."""
        os.kill(self._pid, number)

    def suspend_and_resume(self) -> None:
        """Stop it as a shell's Ctrl+Z does, and let it go on."""
        self.kill(signal.SIGTSTP)
        _, status = os.waitpid(self._pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        self.kill(signal.SIGCONT)

    def hang_up(self) -> None:
        """Close the terminal, as a broken SSH connection does."""
        os.close(self._terminal)
        self._terminal = -1

    def exit_code(self) -> int:
        """Read to the end and wait; 128 + n for a process that signal n killed."""
        if self._terminal >= 0:
            self._read(lambda: False)
        return self.exit_code_unread()

    def exit_code_unread(self) -> int:
        """The same without reading what it still draws."""
        deadline = time.monotonic() + _LIMIT_SECONDS
        while self._status is None and time.monotonic() < deadline:
            ended, status = os.waitpid(self._pid, os.WNOHANG)
            if ended:
                self._status = status
            time.sleep(0.02)
        assert self._status is not None, f"it does not end; at the end there was {self.text()[-1500:]!r}"
        return self._code(self._status)

    @staticmethod
    def _code(status: int) -> int:
        code = os.waitstatus_to_exitcode(status)
        return code if code >= 0 else 128 - code

    def _read(self, enough: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _LIMIT_SECONDS
        while not enough() and time.monotonic() < deadline and self._read_once(1.0):
            pass

    def __enter__(self) -> PtyProgram:
        return self

    def __exit__(self, *_: object) -> None:
        if self._status is None:
            self._end()
        if self._terminal >= 0:
            os.close(self._terminal)

    def _end(self) -> None:
        """End what a failed test left running: first with a request, so that it takes its own children along."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            os.kill(self._pid, number)
            deadline = time.monotonic() + _GRACE_SECONDS
            while time.monotonic() < deadline:
                if os.waitpid(self._pid, os.WNOHANG)[0]:
                    return
                self._read_once(0.1)

    def _read_once(self, seconds: float) -> bool:
        """Take what the program has drawn within ``seconds``; False at its end."""
        if self._terminal < 0:
            time.sleep(seconds)
            return False
        if not select.select([self._terminal], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self._terminal, 65_536)
        except OSError:  # EIO: the other side has closed
            return False
        self.output += data.decode(errors="replace")
        return bool(data)
