"""The sources of all models."""

from __future__ import annotations

from odoo_sync_tui.demo.data.fixed import ROWS, fixed
from odoo_sync_tui.demo.data.leads import leads
from odoo_sync_tui.demo.data.moves import moves
from odoo_sync_tui.demo.data.partners import partners
from odoo_sync_tui.demo.data.people import departments, employees, users, versions
from odoo_sync_tui.demo.data.world import Source, World


def sources(world: World, username: str) -> dict[str, Source]:
    """Build the source of every model, by name; `username` is the login of user 2."""
    generated = {
        "hr.department": departments(world),
        "hr.employee": employees(world),
        "hr.version": versions(world),
        "res.partner": partners(world),
        "crm.lead": leads(world),
        "account.move": moves(world),
        "res.users": users(world, username),
    }
    return generated | {model: fixed(world, model) for model in ROWS}
