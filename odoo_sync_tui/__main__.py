"""``python -m odoo_sync_tui``: the same command as ``odoo-sync-tui``."""

import sys

from odoo_sync_tui.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
