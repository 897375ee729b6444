"""The real command line on the fake backend: ``python -m tests.unit.cli.fake_program SCRIPT ARGUMENT...``."""

import sys

from odoo_sync_tui.__main__ import run_program
from tests.unit.cli.scripts import SCRIPTS
from tests.unit.cli.values import make_backend

if __name__ == "__main__":
    sys.modules["odoo_sync_tui.pipeline.backend"] = make_backend(SCRIPTS[sys.argv.pop(1)]).as_module()
    run_program()
