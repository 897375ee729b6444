"""The real command line on the fake backend: ``python -m tests.unit.cli.fake_program SCRIPT ARGUMENT...``."""

import signal
import sys

from odoo_sync_tui.cli.main import main
from tests.unit.cli.scripts import SCRIPTS
from tests.unit.cli.values import make_backend

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a test runner in the background ignores it
    sys.modules["odoo_sync_tui.pipeline.backend"] = make_backend(SCRIPTS[sys.argv[1]]).as_module()
    sys.exit(main(sys.argv[2:]))
