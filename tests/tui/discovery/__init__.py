"""The screen of what Odoo has."""
