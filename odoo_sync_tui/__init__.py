"""Keep a MongoDB data lake in step with an Odoo ERP, from a terminal dashboard or from cron."""

__version__ = "0.1.0"
