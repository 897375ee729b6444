"""``metrics``: print figures for a monitoring system."""

from __future__ import annotations

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.output.stdout import emit
from odoo_sync_tui.cli.session import Session


def run(session: Session) -> int:
    """Print the state of the integration as Prometheus reads it.

    Raises:
        SyncError: the store cannot be read.
    """
    settings = session.load_settings()
    from odoo_sync_tui.pipeline.backend import open_backend
    from odoo_sync_tui.pipeline.queries.metrics import format_metrics

    with open_backend(settings) as backend:
        overview = backend.overview_queries.get_overview(events=1)
    emit(*format_metrics(overview))
    return exit_codes.SUCCESS
