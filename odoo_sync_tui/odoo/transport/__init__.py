"""Odoo's three protocols behind one interface. A transport speaks; it does not retry, throttle or judge."""
