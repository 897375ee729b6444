"""``sync --detach``: start a run that continues without its terminal.

The run is a separate process: the same command line once more, in a new session, so that no terminal can hang it up,
and with a log file for its output. The process reports over a pipe when the run has begun; the command that started
it ends then. The run is visible in the store, like any other.
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
from odoo_sync_tui.cli.command_parser import PROGRAM
from odoo_sync_tui.cli.options.sync import ACTIONS
from odoo_sync_tui.cli.output.stdout import emit, emit_json
from odoo_sync_tui.cli.parser import list_given_options
from odoo_sync_tui.cli.signals import SignalReceived, defer_signals
from odoo_sync_tui.core.errors import ConfigurationError, SyncError
from odoo_sync_tui.core.scope import Scope, list_scope_options
from odoo_sync_tui.runtime.files import private_directory, translate_os_errors
from odoo_sync_tui.runtime.paths import detached_log_directory

if TYPE_CHECKING:
    from argparse import Namespace

    from odoo_sync_tui.cli.session import Session
    from odoo_sync_tui.core.actions import Action

DETACH_OPTION = "--detach"
REPORT_OPTION = "--report-to"
"""Option for the detached process: the file descriptor of the pipe for its report."""

MAX_KEPT_LOGS = 50


@dataclass(frozen=True, slots=True)
class RunStarted:
    """Report of a detached process: the run that has begun, or a waiting one (``run_id`` is ``None``)."""

    run_id: str | None


class Reporter:
    """Writing end of the pipe in the detached process; reports once."""

    def __init__(self, descriptor: int) -> None:
        os.set_inheritable(descriptor, False)  # a mongod that we start must not hold it open
        self._descriptor = descriptor

    def report(self, started: RunStarted) -> None:
        """Report to the starting process, if it still listens, and close."""
        if self._descriptor < 0:
            return
        try:
            os.write(self._descriptor, json.dumps({"run_id": started.run_id}).encode() + b"\n")
        except BrokenPipeError:
            pass  # its terminal was closed before the run had begun: detaching is meant for that
        finally:
            os.close(self._descriptor)
            self._descriptor = -1


def run(session: Session) -> int:
    """Start the run, wait until it has begun, and print its id, process and log.

    Raises:
        ConfigurationError: the log cannot be written.
    """
    if DETACH_OPTION not in sys.orig_argv:
        raise ConfigurationError(
            f"{DETACH_OPTION} works from a command line only, which is started once more for the run."
        )
    log = new_log()
    reading, writing = os.pipe()
    process: subprocess.Popen[bytes] | None = None
    try:
        # No signal may arrive between the start of the process and the assignment of `process`.
        with log.open("ab") as output, defer_signals() as deliver_signals:
            process = _start(writing, output.fileno())
        os.close(writing)
        deliver_signals()
        report = _first_line(reading)
    except SignalReceived as end:
        if process and end.number != signal.SIGHUP:  # the operator ends the run; a lost connection does not
            process.terminate()
        raise
    if not report:
        return _failed(session, process.wait(), log)
    _report_started(session, RunStarted(json.loads(report)["run_id"]), process.pid, log)
    process.returncode = 0  # no warning at exit: nobody waits for the process any more
    return exit_codes.SUCCESS


def start_from_dashboard(options: Namespace, action: Action, scope: Scope, *, wait: bool) -> None:
    """Start a run as ``sync --detach`` does, with the settings file and the ``--set`` of these options.

    It is that command itself, in a session of its own: the terminal of the dashboard can end neither.

    Args:
        options: those of the dashboard.
        action: the sync.
        scope: its entities, its mode, its selection, whether it is a dry run and starts over.
        wait: whether it waits for its turn.

    Raises:
        SyncError: the run cannot begin, or the log cannot be written.
    """
    command = [sys.executable, "-m", "odoo_sync_tui", *_sync_arguments(options, action, scope), DETACH_OPTION, "--json"]
    ended = subprocess.run(  # noqa: S603 - this program, with the operator's own options
        [*command, "--wait"] if wait else command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        start_new_session=True,
        check=False,
    )
    if ended.returncode:
        answer = next((line for line in ended.stdout.splitlines() if is_answer(line)), "{}")
        facts = json.loads(answer)
        message = facts.get("error") or f"The run could not be started (exit code {ended.returncode})."
        raise SyncError(message, facts.get("hint") or "")


def _sync_arguments(options: Namespace, action: Action, scope: Scope) -> list[str]:
    what = next(name for name, each in ACTIONS.items() if each is action)
    differences = ["--differences=0"] if scope.dry_run else []  # no log of a process is to hold all records
    return [*list_given_options(options), "sync", what, *list_scope_options(scope), *differences]


def _start(report_to: int, output: int) -> subprocess.Popen[bytes]:
    """Start the same command in a new session, with SIGHUP ignored from its first instant."""
    command = [
        f"{REPORT_OPTION}={report_to}" if argument == DETACH_OPTION else argument for argument in sys.orig_argv[1:]
    ]
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
    """Print the log of a process that ended before its run had begun, its answer in JSON to stdout.

    Raises:
        SignalReceived: a signal ended it.
    """
    lines = log.read_text(errors="replace").splitlines()
    answers = [line for line in lines if session.options.json and is_answer(line)]
    session.progress_writer.print(*(line for line in lines if line not in answers))
    if code < 0:
        raise SignalReceived(-code)
    for answer in answers:
        emit_json(json.loads(answer))
    return code


def is_answer(line: str) -> bool:
    """Whether the line is an object in JSON."""
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _report_started(session: Session, began: RunStarted, pid: int, log: Path) -> None:
    facts = {"run_id": began.run_id, "pid": pid, "log": str(log)}
    if session.options.json:
        emit_json(facts)
    else:
        emit(*(f"{name:<8}{'waiting for its turn' if fact is None else fact}" for name, fact in facts.items()))
    stop = f"{PROGRAM} cancel {began.run_id}" if began.run_id else f"kill {pid}"
    session.progress_writer.print(
        f"It goes on without this terminal. Follow it with: {PROGRAM} runs, {PROGRAM} status, the dashboard, or"
        f" tail -f {shlex.quote(str(log))}",
        f"Stop it with: {stop}",
    )


def new_log() -> Path:
    """Create an empty log that only its owner can read; delete the oldest ones."""
    directory = detached_log_directory()
    path = directory / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{os.getpid()}.log"
    message = f"The log of a detached run cannot be written to {directory}"
    hint = "Make it writable, or name another place in XDG_STATE_HOME."
    with translate_os_errors(ConfigurationError, message, hint):
        private_directory(directory)
        path.touch(mode=0o600, exist_ok=False)
        for old in sorted(directory.glob("*.log"))[:-MAX_KEPT_LOGS]:
            old.unlink(missing_ok=True)
    return path
