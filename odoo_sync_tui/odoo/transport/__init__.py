"""Odoo's three protocols behind one interface. A transport makes calls; it does not retry, throttle or classify."""
