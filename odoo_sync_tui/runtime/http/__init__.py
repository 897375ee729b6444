"""HTTP below Odoo and messages: one session with a server, its proxy, its deadlines, and its answers."""
