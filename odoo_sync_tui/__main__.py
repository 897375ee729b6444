"""``python -m odoo_sync_tui``, and the command ``odoo-sync-tui``."""

import os
import sys
from contextlib import suppress
from typing import NoReturn

from odoo_sync_tui.cli.main import main


def program() -> NoReturn:
    """Run one command and leave the process with its exit code, at once.

    The interpreter's own end would wait up to half a second for threads of the MongoDB driver, which sleep that long
    and have nothing left to do (``pymongo.periodic_executor`` joins them at exit). All of ours is closed by now.
    """
    code = main()
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # missing, nobody reads it, or closed
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    program()
