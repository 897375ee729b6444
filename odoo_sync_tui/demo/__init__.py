"""An Odoo look-alike for demonstrations and tests: real HTTP on loopback, three protocols, made-up data, faults.

The package imports nothing of the tested program, so that both cannot share a mistake.
"""

from odoo_sync_tui.demo import faults
from odoo_sync_tui.demo.calls import Call, Logged
from odoo_sync_tui.demo.live import Edit, LiveEdits
from odoo_sync_tui.demo.server import DemoOdoo

__all__ = ["Call", "DemoOdoo", "Edit", "LiveEdits", "Logged", "faults"]
