"""``status``: print the state of the dashboard, once and without a screen."""

from __future__ import annotations

from datetime import datetime

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.narration import progress_line
from odoo_sync_tui.cli.output import emit, json_line, table
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.cli.words import age, duration, grouped, moment
from odoo_sync_tui.core.overview import IntegrationStatus, Overview, StoreInfo
from odoo_sync_tui.core.run import LeaseState, RunRecord
from odoo_sync_tui.core.text import clean


def run(session: Session) -> int:
    """Print the integration's state and the counts of Odoo and the store.

    Raises:
        SyncError: the store cannot be read.
    """
    settings = session.settings()
    from odoo_sync_tui.pipeline.backend import open_backend

    with open_backend(settings) as backend:
        overview = backend.monitor.overview()
    emit(json_line(overview) if session.options.json else _report(overview))
    return exit_codes.SUCCESS


def _report(overview: Overview) -> str:
    facts = [
        ("Odoo", _server(overview.integration)),
        ("MongoDB", _store(overview.store)),
        ("status", _status(overview.integration)),
        ("last sync", _time_with_age(overview.integration.last_sync, overview.at)),
        ("last attempt", _time_with_age(overview.integration.last_attempt, overview.at)),
        ("error", clean(overview.integration.error_message or "none")),
        ("lease", _lease(overview.lease)),
    ]
    if overview.live_run:
        facts.append(("live run", _live(overview.live_run, overview.at)))
    counts = [
        [
            clean(entity.title),
            grouped(entity.odoo),
            grouped(entity.active),
            grouped(entity.inactive),
            grouped(entity.quarantined),
            grouped(entity.changed),
            age(entity.synced_at, overview.at),
        ]
        for entity in overview.entities
    ]
    header = ["entity", "Odoo", "active", "inactive", "quarantined", "changed", "synced"]
    lines = [f"{name:<14}{text}" for name, text in facts]
    return "\n".join([*lines, "", table(header, counts)])


def _server(integration: IntegrationStatus) -> str:
    if not integration.url:
        return "not set up"
    version = f" ({clean(integration.server_version)}, {integration.protocol})" if integration.server_version else ""
    return clean(f"{integration.database} as {integration.username} at {integration.url}") + version


def _store(store: StoreInfo) -> str:
    kind = "embedded, " if store.embedded else ""
    role = "" if store.primary else ", not primary"
    return clean(f"{store.version} {store.topology}{role}, {kind}database {store.database}")


def _status(integration: IntegrationStatus) -> str:
    if integration.interrupted:
        return "interrupted"
    return str(integration.status or "never synced")


def _time_with_age(at: datetime | None, now: datetime) -> str:
    return "never" if at is None else f"{moment(at)} ({age(at, now)})"


def _lease(lease: LeaseState | None) -> str:
    if lease is None or not lease.live:
        return "free"
    return f"held by {clean(lease.operator)} on {clean(lease.host)} since {moment(lease.since)}"


def _live(run: RunRecord, now: datetime) -> str:
    who = f"{run.action} by {run.operator.name} on {run.operator.host}"
    so_far = duration((now - run.started_at).total_seconds())
    progress = progress_line(run.progress) if run.progress else ""
    return clean(f"{who}, {so_far}  {progress}".rstrip())
