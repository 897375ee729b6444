"""Entry point: run one command, print its errors, return its exit code."""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.command_parser import PROGRAM, UsageError
from odoo_sync_tui.cli.options.sources import is_for_many
from odoo_sync_tui.cli.parser import parse
from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.runtime.terminal import can_show_unicode

TYPE_CHECKING = False  # importing typing would cost --help more than all commands and options do
if TYPE_CHECKING:  # loaded when a command runs
    from argparse import Namespace

    from odoo_sync_tui.cli.session import Session

MAX_STANDARD_DESCRIPTOR = 2
"""File descriptor of stderr."""


_MODULES: Mapping[str | None, str] = {
    None: "fleet.screen",
    "cancel": "runs",
    "fleet": "fleet.view",
    "fleet run": "fleet.run",
    "fleet worker": "fleet.worker",
    "history": "export",
    "metrics": "status",
    "resume": "pause",
}
"""The modules of commands that are not called like them."""

_FOR_MANY = "fleet.sources"
"""The module that runs any command for many sources."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; never raises.

    Args:
        argv: the arguments; ``None``: those of the process.

    Returns:
        The exit code.
    """
    _open_missing_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = "ascii" if stream.isatty() and not can_show_unicode() else None
            stream.reconfigure(encoding=encoding, errors="backslashreplace")  # no name may break an old locale
    arguments = sys.argv[1:] if argv is None else argv
    try:
        options = parse(arguments)
    except UsageError as error:
        if "--json" in arguments:
            _emit_failure("usage", f"Wrong usage: {error.message}.", f"See: {PROGRAM} --help")
        return exit_codes.USAGE
    except SystemExit:  # the help or the version, printed
        return _flush_stdout()
    try:
        return _run(options)
    except KeyboardInterrupt:  # during the imports: a command handles signals itself
        return _report_signal(options, signal.SIGINT)


def _open_missing_streams() -> None:
    """Put the null device where the caller has closed a standard stream: else the next file opened takes its place."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= MAX_STANDARD_DESCRIPTOR:
        pass
    os.close(descriptor)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))


def _run(options: Namespace) -> int:
    from odoo_sync_tui.runtime.memory import disable_core_dumps, relax_gc, tune_malloc

    disable_core_dumps()  # before any secret is read
    relax_gc()
    tune_malloc()
    from odoo_sync_tui.cli.log import open_log
    from odoo_sync_tui.cli.output.progress import ProgressWriter
    from odoo_sync_tui.cli.session import Session
    from odoo_sync_tui.runtime.paths import log_file

    with open_log(log_file()) as log:
        name = _FOR_MANY if is_for_many(options) else options.command
        return _run_command(_load_command(name), Session(options, log, ProgressWriter(sys.stderr)))


def _load_command(name: str | None) -> Callable[[Session], int]:
    """Import the one command that runs, and nothing of the others."""
    return import_module(f"odoo_sync_tui.cli.commands.{_MODULES.get(name, name)}").run


def _run_command(command: Callable[[Session], int], session: Session) -> int:
    """Run the command; return its exit code, or that of the signal or error that ended it."""
    from odoo_sync_tui.cli.output.stdout import StdoutClosed
    from odoo_sync_tui.cli.signals import SignalReceived, raise_on_signal
    from odoo_sync_tui.core.errors import RunCancelled, SyncError

    try:
        with raise_on_signal():
            return command(session)
    except SyncError as error:
        first, *others = error.sentences
        session.progress_writer.print(f"{PROGRAM}: {first}", *others)
        if _wants_json(session.options):
            outcome = Outcome.CANCELLED if isinstance(error, RunCancelled) else Outcome.FAILED
            _emit_failure(error.kind, error.message, error.hint, outcome)
        return exit_codes.of_error(error)
    except StdoutClosed:
        return exit_codes.BROKEN_PIPE
    except SignalReceived as end:
        return _report_signal(session.options, end.number)
    except KeyboardInterrupt:
        return _report_signal(session.options, signal.SIGINT)
    except Exception as error:  # noqa: BLE001 - the last boundary: printed in one line, logged in full
        return _report_crash(error, session)


def _report_crash(error: Exception, session: Session) -> int:
    session.log.record_crash(error)
    location = f"The full report is in {session.log.path}." if session.log.path else "No log file could be written."
    text = session.log.redact(f"{type(error).__name__}: {error}")
    message = f"unexpected error: {' '.join(text.splitlines())[:500]}"
    session.progress_writer.print(f"{PROGRAM}: {message}", location)
    if _wants_json(session.options):
        _emit_failure("unexpected", message, location)
    return exit_codes.FAILED


def _report_signal(options: Namespace, number: int) -> int:
    if _wants_json(options):
        _emit_failure("cancelled", f"Stopped by {signal.Signals(number).name}.", "", Outcome.CANCELLED)
    return exit_codes.of_signal(number)


def _wants_json(options: Namespace) -> bool:
    return getattr(options, "json", False)


def _emit_failure(kind: str, error: str, hint: str, outcome: Outcome = Outcome.FAILED) -> None:
    """Print the answer of a command with ``--json`` that has no other: a script's log must never be silent."""
    from odoo_sync_tui.cli.output.stdout import StdoutClosed, emit_json
    from odoo_sync_tui.core.errors import ConfigurationError

    with suppress(StdoutClosed, ConfigurationError):  # the exit code is all that is left to answer with
        emit_json({"outcome": outcome, "error": error, "hint": hint, "kind": kind})


def _flush_stdout() -> int:
    from odoo_sync_tui.cli.output.stdout import StdoutClosed, raise_if_not_writable
    from odoo_sync_tui.core.errors import ConfigurationError
    from odoo_sync_tui.core.text.sanitize import sanitize

    try:
        with raise_if_not_writable():
            sys.stdout.flush()
    except StdoutClosed:
        return exit_codes.BROKEN_PIPE
    except ConfigurationError as error:
        print(sanitize(f"{PROGRAM}: {error}"), file=sys.stderr)
        return exit_codes.of_error(error)
    return exit_codes.SUCCESS
