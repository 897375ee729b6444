"""Reading Odoo: connection, protocols, rate limits, errors and values. The only package that makes HTTP calls."""
