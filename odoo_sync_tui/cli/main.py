"""Entry point: run one command, print its errors, return its exit code."""

from __future__ import annotations

import io
import signal
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.parser import PROGRAM, parse

TYPE_CHECKING = False  # importing typing would cost --help more than all commands and options do
if TYPE_CHECKING:  # loaded when a command runs
    from argparse import Namespace

    from odoo_sync_tui.cli.session import Session


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; never raises.

    Args:
        argv: the arguments; ``None``: those of the process.

    Returns:
        The exit code.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # no name may break an old locale
    try:
        options = parse(argv)
    except SystemExit as end:
        return _flush_stdout(end.code if isinstance(end.code, int) else exit_codes.USAGE)
    try:
        return _run(options)
    except KeyboardInterrupt:  # during the imports: a command handles signals itself
        return exit_codes.of_signal(signal.SIGINT)


def _run(options: Namespace) -> int:
    from odoo_sync_tui.runtime.memory import relax_gc, tune_malloc

    relax_gc()
    tune_malloc()
    from odoo_sync_tui.cli.log import open_log
    from odoo_sync_tui.cli.output.progress import ProgressWriter
    from odoo_sync_tui.cli.session import Session
    from odoo_sync_tui.runtime.paths import log_file

    with open_log(log_file()) as log:
        return _run_command(_load_command(options.command), Session(options, log, ProgressWriter(sys.stderr)))


def _load_command(name: str | None) -> Callable[[Session], int]:
    """Import the one command that runs, and nothing of the others."""
    return import_module(f"odoo_sync_tui.cli.commands.{name or 'dashboard'}").run


def _run_command(command: Callable[[Session], int], session: Session) -> int:
    """Run the command; return its exit code, or that of the signal or error that ended it."""
    from odoo_sync_tui.cli.output.stdout import StdoutClosed
    from odoo_sync_tui.cli.signals import SignalReceived, raise_on_signal
    from odoo_sync_tui.core.errors import SyncError

    try:
        with raise_on_signal():
            return command(session)
    except SyncError as error:
        session.progress_writer.print(f"{PROGRAM}: {error}")
        return exit_codes.of_error(error)
    except StdoutClosed:
        return exit_codes.BROKEN_PIPE
    except SignalReceived as end:
        return exit_codes.of_signal(end.number)
    except KeyboardInterrupt:
        return exit_codes.of_signal(signal.SIGINT)
    except Exception as error:  # noqa: BLE001 - the last boundary: printed in one line, logged in full
        return _report_crash(error, session)


def _report_crash(error: Exception, session: Session) -> int:
    session.log.record_crash(error)
    location = f"The full report is in {session.log.path}." if session.log.path else "No log file could be written."
    message = session.log.redact(f"{type(error).__name__}: {error}")
    session.progress_writer.print(f"{PROGRAM}: unexpected error: {' '.join(message.splitlines())[:500]}\n{location}")
    return exit_codes.FAILED


def _flush_stdout(code: int) -> int:
    from odoo_sync_tui.cli.output.stdout import StdoutClosed, raise_if_stdout_closed

    try:
        with raise_if_stdout_closed():
            sys.stdout.flush()
    except StdoutClosed:
        return exit_codes.BROKEN_PIPE
    return code
