"""All commands of the dashboard, in one registry.

Key bindings, footer, menu, buttons and the help screen are all built from it, so that they always agree.
"""

from __future__ import annotations

from odoo_sync_tui.tui.commands.dashboard_commands import DASHBOARD_COMMANDS
from odoo_sync_tui.tui.commands.entity_commands import ENTITY_COMMANDS
from odoo_sync_tui.tui.commands.fleet_commands import FLEET_COMMANDS
from odoo_sync_tui.tui.commands.screen_commands import SCREEN_COMMANDS

COMMANDS = (*DASHBOARD_COMMANDS, *ENTITY_COMMANDS, *FLEET_COMMANDS, *SCREEN_COMMANDS)
"""All commands, in the order of the footer and the help."""

COMMANDS_BY_ID = {command.id: command for command in COMMANDS}
