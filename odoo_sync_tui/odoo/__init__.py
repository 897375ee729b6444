"""How we read Odoo: connection, dialects, limits, errors and values. The only room that makes HTTP calls."""
