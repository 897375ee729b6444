"""The run shown on the dashboard, as a live run or as a summary.

A run of this dashboard reports its progress directly; another operator's run is read from the store, and so is a run
that ended before the dashboard was opened. All of them become one of these two values.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.progress import RunProgress
from odoo_sync_tui.core.result import Counts, EntityResult, SyncResult
from odoo_sync_tui.core.run import RunRecord
from odoo_sync_tui.tui.model.state import DashboardState, EndedRun, OwnRun

CONTINUATION_NOTE = "with the run it continues"
"""Note beside the combined figures of two runs."""


@dataclass(frozen=True, slots=True)
class LiveRun:
    """A run at work. ``host`` is its host, empty for this one; ``seconds`` counts from its start."""

    action: str
    operator: str
    host: str
    mode: str
    seconds: float
    dry_run: bool
    stopping: bool
    progress: RunProgress | None


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A finished run.

    Attributes:
        run_id: ``None`` for a refused run.
        is_continuation: whether the run continued an interrupted one; its figures then include both.
        errors: sentences, like ``warnings``.
    """

    run_id: str | None
    action: str
    operator: str
    mode: str
    started_at: datetime
    ended_at: datetime
    outcome: str
    seconds: float | None
    dry_run: bool = False
    retries: int = 0
    entities: tuple[EntityResult, ...] = ()
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    is_continuation: bool = False

    @property
    def counts(self) -> Counts:
        """The sum of all entities' counts."""
        return sum((entity.counts for entity in self.entities), Counts())


def find_live_run(state: DashboardState) -> LiveRun | None:
    """Find the run at work: our own, or the holder of the lease."""
    if state.own_run is not None:
        return _from_own_run(state, state.own_run)
    record = state.foreign_run
    return _from_record(record) if record else None


def find_last_run(state: DashboardState) -> RunSummary | None:
    """Find the newest finished run: our own, or the store's if that ended later."""
    record = state.overview.last_run if state.overview else None
    stored = summarize_record(record) if record and not record.live else None
    ended = state.ended_run
    if ended is None:
        return stored
    own_summary = summarize_ended_run(ended, state.operator.name)
    if stored is None:
        return own_summary
    if _is_same_run(stored, ended):
        return replace(own_summary, is_continuation=stored.is_continuation)
    return stored if stored.ended_at > ended.ended_at else own_summary


def summarize_ended_run(ended: EndedRun, operator: str) -> RunSummary:
    """Summarize a run of this dashboard."""
    if ended.result is None:
        refused = str(ended.problem) if ended.problem else ""
        return RunSummary(
            None,
            ended.action,
            operator,
            ended.scope.mode,
            ended.started_at,
            ended.ended_at,
            Outcome.FAILED,
            None,
            ended.scope.dry_run,
            errors=(refused,),
        )
    return _add_result(
        RunSummary(
            ended.result.run_id,
            ended.action,
            operator,
            ended.scope.mode,
            ended.started_at,
            ended.ended_at,
            ended.result.outcome,
            None,
        ),
        ended.result,
    )


def summarize_record(record: RunRecord) -> RunSummary:
    """Summarize a stored run. A run without an outcome was interrupted: its lease is no longer held."""
    summary = RunSummary(
        record.id,
        record.action,
        record.operator.name,
        record.scope.mode,
        record.started_at,
        record.finished_at or record.heartbeat_at,
        record.outcome or Outcome.INTERRUPTED,
        ((record.finished_at or record.heartbeat_at) - record.started_at).total_seconds(),
        record.scope.dry_run,
        is_continuation=record.continues is not None,
    )
    if record.result:
        return _add_result(summary, record.result)
    return replace(summary, entities=tuple(record.entities.values()))


def _from_own_run(state: DashboardState, own: OwnRun) -> LiveRun:
    stopping = own.stopping or bool(own.progress and own.progress.stopping)
    seconds = (state.now - own.started_at).total_seconds()
    return LiveRun(
        own.action,
        state.operator.name,
        "",
        own.scope.mode,
        seconds,
        own.scope.dry_run,
        stopping,
        own.progress,
    )


def _from_record(record: RunRecord) -> LiveRun:
    progress = record.progress
    return LiveRun(
        record.action,
        record.operator.name,
        record.operator.host,
        record.scope.mode,
        progress.seconds if progress else (record.heartbeat_at - record.started_at).total_seconds(),
        record.scope.dry_run,
        bool(record.cancel_requested_by or (progress and progress.stopping)),
        progress,
    )


def _is_same_run(stored: RunSummary, ended: EndedRun) -> bool:
    return ended.result is not None and ended.result.run_id == stored.run_id


def _add_result(summary: RunSummary, result: SyncResult) -> RunSummary:
    return replace(
        summary,
        seconds=result.duration_seconds,
        retries=result.retries,
        dry_run=result.dry_run,
        entities=tuple(result.entities.values()),
        errors=tuple(map(str, result.errors)),
        warnings=tuple(map(str, result.warnings)),
    )
