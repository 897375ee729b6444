"""Entry point of ``python -m odoo_sync_tui`` and the command ``odoo-sync-tui``."""

import os
import sys
from contextlib import suppress
from typing import NoReturn

from odoo_sync_tui.cli.main import main


def run_program() -> NoReturn:
    """Run one command and exit the process at once with its exit code."""
    exit_process(main())


def exit_process(code: int) -> NoReturn:
    """Exit the process at once. All own resources have to be closed by now.

    A normal interpreter exit would wait up to half a second for threads of the MongoDB driver, which sleep that long
    and have nothing left to do (``pymongo.periodic_executor`` joins them at exit); and where the terminal is gone it
    would make 120 of the exit code, because the last output cannot be flushed.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # missing, without a reader, or closed
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    run_program()
