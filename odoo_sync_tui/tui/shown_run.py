"""Which run the dashboard shows, and what is known of it, wherever it comes from.

A run of this dashboard tells its progress itself; a run of somebody else is read from the store, and so is one that
ended before the dashboard was opened. All of them become one of two values: a live run or a summary.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from odoo_sync_tui.core.progress import EntityProgress, RunProgress
from odoo_sync_tui.core.result import Counts, EntityState
from odoo_sync_tui.core.run import RunRecord
from odoo_sync_tui.core.words import Outcome
from odoo_sync_tui.tui.state import DashboardState, EndedRun, OwnRun

WITH_THE_OTHER = "with the run it continues"
"""What is said of figures that are those of two runs."""


@dataclass(frozen=True, slots=True)
class LiveRun:
    """A run at work. ``place`` is where it runs when that is not here; ``seconds`` since it began."""

    action: str
    operator: str
    place: str
    mode: str
    seconds: float
    dry_run: bool
    stopping: bool
    progress: RunProgress | None


@dataclass(frozen=True, slots=True)
class EntitySummary:
    """How one entity of a run ended."""

    name: str
    state: str
    counts: Counts
    withheld: int = 0
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run that is over.

    Attributes:
        run_id: ``None`` for a refused run.
        continues: it went on with a run that was cut off, and its figures are those of both.
        errors: sentences, as ``warnings`` are.
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
    entities: tuple[EntitySummary, ...] = ()
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    continues: bool = False

    @property
    def counts(self) -> Counts:
        """The figures of all entities together."""
        return sum((entity.counts for entity in self.entities), Counts())

    @property
    def withheld(self) -> Mapping[str, int]:
        """How many documents the guard kept from being retired, per entity that has any."""
        return {entity.name: entity.withheld for entity in self.entities if entity.withheld}


def live_run(state: DashboardState) -> LiveRun | None:
    """The run that is at work now: ours, or the one that holds the lease."""
    if state.own is not None:
        return _own_live(state, state.own)
    record = state.foreign_run
    return _foreign_live(record) if record else None


def last_run(state: DashboardState) -> RunSummary | None:
    """The newest run that is over: ours, or the store's if that ended later."""
    record = state.overview.last_run if state.overview else None
    stored = summary_of_record(record) if record and not record.live else None
    ended = state.ended
    if ended is None:
        return stored
    ours = summary_of_ended(ended, state.operator.name)
    if stored is None:
        return ours
    if _same_run(stored, ended):
        return replace(ours, continues=stored.continues)
    return stored if stored.ended_at > ended.ended_at else ours


def shown_run_id(state: DashboardState) -> str | None:
    """The id of the run that the dashboard shows, live or not; ``None`` while the store has no record of it."""
    if state.own is not None:
        return state.own.progress.run_id if state.own.progress else None
    record, last = state.foreign_run, last_run(state)
    return record.id if record else last and last.run_id


def summary_of_ended(ended: EndedRun, operator: str) -> RunSummary:
    """The summary of a run of this dashboard."""
    if ended.result is None:
        refused = str(ended.refused) if ended.refused else ""
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
    return _with_result(
        RunSummary(
            ended.result.run_id,
            ended.action,
            operator,
            ended.scope.mode,
            ended.started_at,
            ended.ended_at,
            ended.result.outcome,
            ended.result.duration_seconds,
        ),
        ended.result.as_dict(),
    )


def summary_of_record(record: RunRecord) -> RunSummary:
    """The summary of a stored run. One without an outcome was interrupted: its lease is no longer held."""
    bare = RunSummary(
        record.id,
        record.action,
        record.operator.name,
        record.scope.mode,
        record.started_at,
        record.finished_at or record.heartbeat_at,
        record.outcome or Outcome.INTERRUPTED,
        ((record.finished_at or record.heartbeat_at) - record.started_at).total_seconds(),
        record.scope.dry_run,
        continues=record.continues is not None,
    )
    if record.result:
        return _with_result(bare, record.result)
    progress = record.progress.entities if record.progress else ()
    return replace(bare, entities=tuple(_interrupted(entity) for entity in progress))


def _own_live(state: DashboardState, own: OwnRun) -> LiveRun:
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


def _foreign_live(record: RunRecord) -> LiveRun:
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


def _same_run(stored: RunSummary, ended: EndedRun) -> bool:
    return ended.result is not None and ended.result.run_id == stored.run_id


def _interrupted(entity: EntityProgress) -> EntitySummary:
    unfinished = entity.state in {EntityState.RUNNING, EntityState.WAITING}
    state = EntityState.INTERRUPTED if unfinished else entity.state
    return EntitySummary(entity.name, state, entity.counts, seconds=entity.seconds)


def _with_result(bare: RunSummary, result: Mapping[str, object]) -> RunSummary:
    """The summary with what a stored result says.

    It was written by another program, so nothing of it is taken for granted: what has another shape is left out.
    """
    entities = _mapping(result.get("entities"))
    return replace(
        bare,
        seconds=_seconds(result.get("duration_seconds"), bare.seconds),
        retries=_int(result.get("retries")),
        dry_run=result.get("dry_run") is True,
        entities=tuple(_entity(name, _mapping(value)) for name, value in entities.items()),
        errors=_sentences(result.get("errors")),
        warnings=_sentences(result.get("warnings")),
    )


def _entity(name: str, value: Mapping[str, object]) -> EntitySummary:
    figures = ("created", "updated", "unchanged", "reactivated", "deactivated", "quarantined")
    return EntitySummary(
        name,
        str(value.get("state", "")),
        Counts(*(_int(value.get(figure)) for figure in figures)),
        _int(value.get("withheld")),
        _seconds(value.get("duration_seconds"), None),
    )


def _sentences(value: object) -> tuple[str, ...]:
    notices = cast("Sequence[object]", value) if isinstance(value, list | tuple) else ()
    return tuple(_sentence(notice) for entry in notices if (notice := _mapping(entry)))


def _sentence(notice: Mapping[str, object]) -> str:
    where = f"{notice['entity']}: " if notice.get("entity") else ""
    return f"{where}{notice.get('message', '')} {notice.get('hint', '')}".strip()


def _mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def _seconds(value: object, otherwise: float | None) -> float | None:
    return float(value) if isinstance(value, int | float) else otherwise


def _int(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
