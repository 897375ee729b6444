"""An Odoo look-alike for demonstrations and tests: real HTTP on loopback, three protocols, made-up data, faults.

The package imports nothing of the tested program, so that both cannot share a mistake.
"""

from odoo_sync_tui.demo import faults
from odoo_sync_tui.demo.calls import Call, CallRecord
from odoo_sync_tui.demo.live_edits import Edit, LiveEdits
from odoo_sync_tui.demo.server import DemoOdoo

__all__ = ["Call", "CallRecord", "DemoOdoo", "Edit", "LiveEdits", "faults"]
