"""``sync --detach``: a run that goes on without its terminal.

The run is a process of its own: the same command line once more, in a new session, so that no terminal can hang it
up, and with a log file for what it tells. It reports over a pipe when it has begun; the command that started it ends
then. Everybody sees the run in the store, like any other.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.output import emit, json_line
from odoo_sync_tui.cli.parser import PROGRAM
from odoo_sync_tui.cli.signals import Signalled, deferring_signals
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.paths import detached_logs

if TYPE_CHECKING:
    from odoo_sync_tui.cli.session import Session

OPTION = "--detach"
REPORT_OPTION = "--report-to"
"""Given to the detached process: the file descriptor of the pipe on which it reports."""

KEPT_LOGS = 50


@dataclass(frozen=True, slots=True)
class Began:
    """What a detached process reports: the run that has begun, or that it waits (``run_id`` is ``None``)."""

    run_id: str | None


class Reporter:
    """The detached process's end of the pipe; reports once."""

    def __init__(self, descriptor: int) -> None:
        os.set_inheritable(descriptor, False)  # a mongod that we start must not hold it open
        self._descriptor = descriptor

    def report(self, began: Began) -> None:
        """Tell whoever started us, if it still listens, and close."""
        if self._descriptor < 0:
            return
        try:
            os.write(self._descriptor, json.dumps({"run_id": began.run_id}).encode() + b"\n")
        except BrokenPipeError:
            pass  # its terminal was closed before we had begun: what detaching is for
        finally:
            os.close(self._descriptor)
            self._descriptor = -1


def run(session: Session) -> int:
    """Start the run, wait until it has begun, and say where it is.

    Raises:
        ConfigurationError: its log cannot be written.
    """
    if OPTION not in sys.orig_argv:
        raise ConfigurationError(f"{OPTION} works from a command line only, which is started once more for the run.")
    log = _new_log()
    reading, writing = os.pipe()
    process: subprocess.Popen[bytes] | None = None
    try:
        # A signal may not fall between the birth of the process and our knowing it.
        with log.open("ab") as output, deferring_signals() as deliver_signals:
            process = _start(writing, output.fileno())
        os.close(writing)
        deliver_signals()
        told = _first_line(reading)
    except Signalled as end:
        if process and end.number != signal.SIGHUP:  # the operator wants it no more; a lost connection means nothing
            process.terminate()
        raise
    if not told:
        return _failed(session, process.wait(), log)
    _tell(session, Began(json.loads(told)["run_id"]), process.pid, log)
    process.returncode = 0  # it is on its own now: nobody waits for it
    return exit_codes.SUCCESS


def _start(report_to: int, output: int) -> subprocess.Popen[bytes]:
    """The same command once more, in a session of its own, deaf to hang-ups from its first instant."""
    command = [f"{REPORT_OPTION}={report_to}" if word == OPTION else word for word in sys.orig_argv[1:]]
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        return subprocess.Popen(  # noqa: S603 - the operator's own command line
            [sys.executable, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=[report_to],
            start_new_session=True,
        )
    finally:
        signal.signal(signal.SIGHUP, before)


def _first_line(reading: int) -> bytes:
    with os.fdopen(reading, "rb") as pipe:
        return pipe.readline()


def _failed(session: Session, code: int, log: Path) -> int:
    """It ended before it had begun: what it told is the whole story."""
    session.narrator.say(log.read_text(errors="replace"))
    return exit_codes.of_signal(-code) if code < 0 else code


def _tell(session: Session, began: Began, pid: int, log: Path) -> None:
    facts = {"run_id": began.run_id, "pid": pid, "log": str(log)}
    if session.options.json:
        emit(json_line(facts))
    else:
        emit("\n".join(f"{name:<8}{'waiting for its turn' if fact is None else fact}" for name, fact in facts.items()))
    stop = f"{PROGRAM} cancel {began.run_id}" if began.run_id else f"kill {pid}"
    session.narrator.say(
        f"It goes on without this terminal. Follow it with: {PROGRAM} runs, {PROGRAM} status, the dashboard, or"
        f" tail -f {shlex.quote(str(log))}\nStop it with: {stop}"
    )


def _new_log() -> Path:
    """An empty log that only its owner can read; the oldest ones make room for it."""
    directory = detached_logs()
    path = directory / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{os.getpid()}.log"
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=False)
        for old in sorted(directory.glob("*.log"))[:-KEPT_LOGS]:
            old.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"The log of a detached run cannot be written to {directory}: {error.strerror}.",
            "Make it writable, or name another place in XDG_STATE_HOME.",
        ) from error
    return path
