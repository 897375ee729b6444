"""``status`` and ``metrics``: print the state of the dashboard, once and without a screen, for people or Prometheus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.output.format import format_age, format_time
from odoo_sync_tui.cli.output.progress import format_progress
from odoo_sync_tui.cli.output.stdout import emit, emit_json, format_table
from odoo_sync_tui.cli.schedule_loop import describe_pause
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.reports.assessment import format_action
from odoo_sync_tui.core.reports.health import Decision, EntityHealth, IntegrationHealth
from odoo_sync_tui.core.reports.overview import (
    EntityCounts,
    EntitySummary,
    IntegrationStatus,
    Overview,
    StoreInfo,
    describe_left_over,
)
from odoo_sync_tui.core.run import LeaseState, RunRecord
from odoo_sync_tui.core.schedule import PlannedSync
from odoo_sync_tui.core.text.format import format_clock_span, format_number
from odoo_sync_tui.core.text.sanitize import sanitize

if TYPE_CHECKING:  # pydantic is loaded with the settings
    from odoo_sync_tui.settings.model import Settings

NOT_IN_JSON = frozenset({"trends", "proofs"})
"""Fields of the overview that only the screen shows, or another command: what JSON once has, programs rely on."""


MAX_DRIFT_TOLD = 5


def run(session: Session) -> int:
    """Print the integration's state and the counts of Odoo and the store.

    Raises:
        SyncError: the store cannot be read.
    """
    settings = session.load_settings()
    if session.options.command == "metrics":
        return _print_metrics(settings)
    from odoo_sync_tui.pipeline.backend import open_backend

    with open_backend(settings) as backend:
        overview = backend.overview_queries.get_overview()
        left_over = backend.overview_queries.list_left_over()
    if session.options.json:
        emit_json(_as_dict(overview) | {"left_over": [_left_over_as_dict(each) for each in left_over]})
    else:
        emit(*_report(overview, left_over))
    return exit_codes.SUCCESS


def _print_metrics(settings: Settings) -> int:
    """Print the state of the integration as Prometheus reads it."""
    from odoo_sync_tui.pipeline.backend import open_backend
    from odoo_sync_tui.pipeline.queries.metrics import format_metrics

    with open_backend(settings) as backend:
        overview = backend.overview_queries.get_overview(events=1)
    emit(*format_metrics(overview, settings.membership.source if settings.membership else ""))
    return exit_codes.SUCCESS


def _as_dict(overview: Overview) -> dict[str, object]:
    """Convert the overview to plain data, the results of its runs in the form of ``sync --json``."""
    runs = {"live_run": overview.live_run, "last_run": overview.last_run}
    plain = _get_fields(overview) | {"expiries": overview.expiries.as_dict()}
    return plain | {name: run and _run_as_dict(run) for name, run in runs.items()}


def _left_over_as_dict(entity: EntitySummary) -> dict[str, object]:
    return {"name": entity.name, "id": entity.id, "documents": entity.documents, "reason": str(entity.status)}


def _run_as_dict(run: RunRecord) -> dict[str, object]:
    return _get_fields(run) | {"result": run.result.as_dict() if run.result else {}}


def _get_fields(value: Overview | RunRecord) -> dict[str, object]:
    return {field.name: getattr(value, field.name) for field in fields(value) if field.name not in NOT_IN_JSON}


def _report(overview: Overview, left_over: Sequence[EntitySummary] = ()) -> list[str]:
    facts = [
        ("Odoo", _server(overview.integration)),
        ("MongoDB", _store(overview.store)),
        ("health", _health(overview.health)),
        ("last run", _last_run(overview)),
        ("last sync", _time_with_age(overview.integration.last_sync, overview.at)),
        ("last attempt", _time_with_age(overview.integration.last_attempt, overview.at)),
        ("lease", _lease(overview.lease)),
    ]
    facts += [("planned", _planned(each)) for each in overview.planned]
    if overview.integration.settings_problem:
        facts.append(("settings", overview.integration.settings_problem))
    if overview.live_run:
        facts.append(("live run", _live(overview.live_run, overview.at)))
    if left_over:
        facts.append(("not synced", ", ".join(map(describe_left_over, left_over))))
    facts += [("drift", _describe_drift(each)) for each in overview.entities if each.drift]
    facts += [("look after", f"{each.message}: {each.hint}") for each in overview.concerns if each.kind != "drift"]
    facts += [("to decide", _decision(each)) for each in overview.health.decisions]
    counts = [
        [
            entity.title,
            _level(overview.health.find_entity(entity.name)),
            format_number(entity.odoo),
            format_number(entity.active),
            format_number(entity.inactive),
            format_number(entity.gap),
            format_number(entity.quarantined),
            format_number(entity.changed),
            format_age(entity.synced_at, overview.at),
        ]
        for entity in overview.entities
    ]
    header = ["entity", "health", "Odoo", "active", "inactive", "gap", "quarantined", "changed", "synced"]
    lines = [f"{name:<14}{text}" for name, text in facts]
    return [*lines, "", *format_table(header, counts, text_columns=2)]


def _describe_drift(entity: EntityCounts) -> str:
    """Describe the changes of an entity's fields that nobody has seen yet."""
    changes = [sanitize(str(each)) for each in entity.drift[:MAX_DRIFT_TOLD]]
    more = len(entity.drift) - len(changes)
    return f"{entity.title}: {'; '.join(changes)}{f'; and {more} more' if more else ''}"


def _planned(planned: PlannedSync) -> str:
    next_run = f"next {format_time(planned.due.at)}" if planned.due else ""
    word = describe_pause(planned.pause) if planned.pause else planned.punctuality or ""
    return f"{format_action(planned.action)}: {', '.join(part for part in (word, next_run) if part)}"


def _server(integration: IntegrationStatus) -> str:
    if not integration.url:
        return "not set up"
    version = f" ({integration.server_version}, {integration.protocol})" if integration.server_version else ""
    return f"{integration.database} as {integration.username} at {integration.url}{version}"


def _store(store: StoreInfo) -> str:
    kind = "embedded, " if store.embedded else ""
    role = "" if store.primary else ", not primary"
    return f"{store.version} {store.topology}{role}, {kind}database {store.database}"


def _decision(decision: Decision) -> str:
    subject = f"{format_action(decision.action)}: " if decision.action else ""
    subject += f"{decision.entity}: " if decision.entity else ""
    return f"{subject}{decision.message.rstrip('.')}: {decision.hint}"


def _health(health: IntegrationHealth) -> str:
    since = f" since {format_time(health.since)}" if health.since else ""
    return f"{health.level}{since}" + (f": {health.reason}" if health.reason else "")


def _level(entity: EntityHealth | None) -> str:
    return str(entity.level) if entity else ""


def _last_run(overview: Overview) -> str:
    """Describe the newest run that has ended: its outcome, and who started it when."""
    run = overview.last_run
    if run is None or run.live:
        return "never" if run is None else "at work"
    outcome = run.outcome or Outcome.INTERRUPTED
    reason = f" ({run.result.reason})" if run.result and run.result.reason else ""
    what = f"{format_action(run.action)} by {run.operator.name} on {run.operator.host}"
    dry = ", dry run" if run.scope.dry_run else ""
    return f"{outcome}{reason}: {what}{_rows(run)}{dry}, {format_age(run.ended_at, overview.at)}"


def _rows(run: RunRecord) -> str:
    """Describe which rows a run covers; empty for all of them."""
    rows = run.scope.describe_rows()
    return f" ({rows})" if rows else ""


def _time_with_age(at: datetime | None, now: datetime) -> str:
    return "never" if at is None else f"{format_time(at)} ({format_age(at, now)})"


def _lease(lease: LeaseState | None) -> str:
    if lease is None or not lease.live:
        return "free"
    return f"held by {lease.operator} on {lease.host} since {format_time(lease.since)}"


def _live(run: RunRecord, now: datetime) -> str:
    who = f"{run.action} by {run.operator.name} on {run.operator.host}{_rows(run)}"
    so_far = format_clock_span((now - run.started_at).total_seconds())
    progress = format_progress(run.progress) if run.progress else ""
    return f"{who}, {so_far}  {progress}".rstrip()
