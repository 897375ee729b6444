"""One call to Odoo with care: throttled, tried again, and sized to what the server can answer."""
