"""Runs a program as a whole process, from start to exit, and tells what it took.

Imports next to nothing, as does everything that the bench itself consists of: on Linux a child inherits its parent's
peak memory, so that no peak below that of the bench (about 20 MB) can be told.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
BYTES_OF_MAXRSS = 1 if sys.platform == "darwin" else 1024


class BenchError(Exception):
    """Something that was measured did not do what it is measured for."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A process that has ended: wall seconds from start to exit, its own CPU seconds, its peak memory in MB (10^6).

    ``server_seconds`` are those that Odoo and PostgreSQL have computed meanwhile, where that can be told.
    """

    seconds: float
    cpu_seconds: float
    peak_mb: float
    code: int
    stdout: str
    stderr: str
    server_seconds: float | None = None


class Running:
    """A Python program at work."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        self._arguments = arguments
        self._out, self._err = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115  closed when it ends
        self._began = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, *arguments], stdout=self._out, stderr=self._err, env=environment, cwd=ROOT
        )

    def signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self._process.pid, number)

    def wait(self) -> Ended:
        """Wait for its end."""
        _, status, usage = os.wait4(self._process.pid, 0)
        seconds = time.perf_counter() - self._began
        self._process.returncode = os.waitstatus_to_exitcode(status)
        return Ended(
            seconds,
            usage.ru_utime + usage.ru_stime,
            usage.ru_maxrss * BYTES_OF_MAXRSS / 1e6,
            self._process.returncode,
            _all(self._out),
            _all(self._err),
        )


def run(arguments: Sequence[str], environment: Mapping[str, str]) -> Ended:
    """Run a Python program to its end.

    Raises:
        BenchError: it failed.
    """
    ended = Running(arguments, environment).wait()
    if ended.code != 0:
        told = ended.stderr[-2000:] or ended.stdout[-2000:]
        raise BenchError(f"{' '.join(arguments)} ended with exit code {ended.code}: {told}")
    return ended


def _all(file: object) -> str:
    with file:
        file.seek(0)
        return file.read().decode(errors="replace")
