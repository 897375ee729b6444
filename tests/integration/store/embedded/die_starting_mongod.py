"""Program: start the embedded mongod of a directory, and be killed in the very act."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from odoo_sync_tui.store.embedded.server import open_embedded

spawn = os.posix_spawn


def spawn_and_die(*arguments: Any, **options: Any) -> int:
    pid = spawn(*arguments, **options)
    if "--dbpath" not in arguments[1]:
        return pid  # only asks the loader for libraries
    os.write(1, f"{pid}\n".encode())
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


if __name__ == "__main__":
    os.posix_spawn = spawn_and_die
    open_embedded(Path(sys.argv[1]))
