"""Assess the health of the integration: a fold over the newest runs of each sync. Pure.

A filtered run and a dry run say nothing about the whole and are left out before they come here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.audit.events import AuditState
from odoo_sync_tui.core.errors import OtherSourceError
from odoo_sync_tui.core.reports.health import (
    HINT_BY_EXPIRING,
    TITLE_BY_EXPIRING,
    Concern,
    Decision,
    EntityHealth,
    Expiries,
    Expiring,
    Facts,
    HealthLevel,
    IntegrationHealth,
    SyncHealth,
)
from odoo_sync_tui.core.reports.overview import EntityCounts
from odoo_sync_tui.core.reports.verification import Proof
from odoo_sync_tui.core.result import EntityResult, EntityState
from odoo_sync_tui.core.run import RunRecord
from odoo_sync_tui.core.schedule import PlannedSync, Punctuality

LEVELS = tuple(HealthLevel)
LEVEL_BY_STATE: Mapping[str, HealthLevel] = {
    EntityState.SUCCESS: HealthLevel.IN_STEP,
    EntityState.FAILED: HealthLevel.WRONG,
}
"""Level of each final state of an entity; every other one, a newer version's included, needs attention."""
LEVEL_BY_OUTCOME: Mapping[Outcome, HealthLevel] = {
    Outcome.FAILED: HealthLevel.WRONG,
    Outcome.CANCELLED: HealthLevel.ATTENTION,
    Outcome.INTERRUPTED: HealthLevel.ATTENTION,
}
"""Level of an outcome that says more than the states of the entities do."""


def assess_sync(
    action: str, ids: Mapping[str, str], runs: Sequence[RunRecord], facts: Mapping[str, Facts]
) -> tuple[SyncHealth, tuple[Decision, ...]]:
    """Assess a sync, and list the decisions that it waits for.

    Args:
        action: the sync.
        ids: the ids of all its entities by their names, in their order.
        runs: its runs that have ended or died, newest first.
        facts: what else is known of the entities, by id.
    """
    entities = tuple(_assess_entity(id_, name, runs, facts.get(id_, Facts())) for name, id_ in ids.items())
    if not runs:
        return SyncHealth(action, HealthLevel.UNKNOWN, "", None, None, entities), ()
    findings = [(entity.level, entity.since, entity.name, entity.reason) for entity in entities]
    level, since, reason = _worst([*findings, _assess_newest_run(runs)], "; also ")
    successes = [entity.last_success for entity in entities]
    complete = [moment for moment in successes if moment is not None]
    last_success = min(complete, default=None) if len(complete) == len(entities) else None
    return (
        SyncHealth(action, level, reason, since, last_success, entities),
        tuple(_list_decisions(action, entities, runs)),
    )


def combine(syncs: Sequence[SyncHealth], decisions: Sequence[Decision]) -> IntegrationHealth:
    """Combine the healths of all syncs; one that was never run counts only where none was."""
    known = [sync for sync in syncs if sync.level is not HealthLevel.UNKNOWN]
    findings = [(sync.level, sync.since, format_action(sync.action), sync.reason) for sync in known]
    other_source = [each for each in decisions if each.kind == "source" and not each.action]
    findings = [*((HealthLevel.WRONG, each.since, "", each.message) for each in other_source), *findings]
    if not findings:
        return IntegrationHealth(HealthLevel.UNKNOWN, "", None, tuple(syncs), tuple(decisions))
    level, since, reason = _worst(findings, "; out of step too: ")
    return IntegrationHealth(level, reason, since, tuple(syncs), tuple(decisions))


def mark_late(health: IntegrationHealth, planned: Sequence[PlannedSync]) -> IntegrationHealth:
    """Return the health with the syncs that are late: one that is in step but for that needs attention."""
    late = {each.action for each in planned if each.punctuality is Punctuality.LATE}
    if not late:
        return health
    syncs = [_mark_late(sync) if sync.action in late else sync for sync in health.syncs]
    return combine(syncs, health.decisions)


def mark_concerned(health: IntegrationHealth, concerns: Iterable[Concern]) -> IntegrationHealth:
    """Return the health with the concerns that are shown nowhere else; others stand beside their entities."""
    general = [each for each in concerns if each.entity is None or each.kind == "proof"]
    if not general or health.level is HealthLevel.UNKNOWN:
        return health
    findings = [(health.level, health.reason), *((each.level, each.message) for each in general)]
    findings.sort(key=lambda finding: LEVELS.index(finding[0]), reverse=True)
    level, reason = findings[0][0], "; ".join(text.rstrip(".") for _, text in findings if text)
    return replace(health, level=level, reason=reason, since=health.since if level is health.level else None)


def _mark_late(sync: SyncHealth) -> SyncHealth:
    if sync.level is not HealthLevel.IN_STEP:
        return sync
    return replace(sync, level=HealthLevel.ATTENTION, reason="late", since=sync.last_success)


def format_action(action: str) -> str:
    """Return the name of an action on the command line: "data-lake"."""
    return action.removeprefix("sync_").replace("_", "-")


def list_concerns(
    expiries: Expiries,
    audit: AuditState,
    proofs: Mapping[str, Proof],
    counts: Iterable[EntityCounts],
    now: datetime,
) -> Iterator[Concern]:
    """List what somebody has to look after beside the outcomes of runs, the worst first."""
    if audit.problem:
        message = f"the audit history was changed by somebody else: {audit.problem}"
        yield Concern("audit", HealthLevel.WRONG, message, "audit --verify lists all of it")
    for thing, end in sorted(expiries.list_near(now), key=lambda each: each[1]):
        level = HealthLevel.ATTENTION if end > now else HealthLevel.WRONG
        yield Concern("expires", level, describe_end(thing, end, now), HINT_BY_EXPIRING[thing])
    for each in counts:
        if (proof := proofs.get(each.name)) and proof.findings:
            found = ", ".join(f"{count} {name}" for name, count in proof.findings.items())
            message = f"{each.title}: a verification found documents out of step: {found}"
            hint = "verify again; verify --repair mends them"
            yield Concern("proof", HealthLevel.ATTENTION, message, hint, each.name)
        if each.newly_quarantined:
            number = f"{each.newly_quarantined} of {each.quarantined} rows in quarantine came within a day"
            message = f"{each.title}: {number}"
            yield Concern("quarantine", HealthLevel.ATTENTION, message, "look at the reasons on its screen", each.name)
        if each.drift:
            fields = "1 field" if len(each.drift) == 1 else f"{len(each.drift)} fields"
            message = f"{each.title}: {fields} changed in Odoo"
            yield Concern("drift", HealthLevel.ATTENTION, message, "entities seen lists and acknowledges it", each.name)


def describe_end(thing: Expiring, end: datetime, now: datetime) -> str:
    """Describe when a key or certificate ends."""
    days = (end - now).days
    when = "within a day" if days == 0 else f"in {days} days" if days > 0 else "and is over"
    return f"{TITLE_BY_EXPIRING[thing]} ends on {end:%Y-%m-%d}, {when}"


_Finding = tuple[HealthLevel, datetime | None, str, str]
"""Level, since when, of what (empty: of the whole), and why."""


def _worst(findings: Iterable[_Finding], others: str) -> tuple[HealthLevel, datetime | None, str]:
    """Return the worst level, the longest time that it has lasted, and why; ``others`` introduces what else is bad."""
    ranked = sorted(findings, key=lambda finding: LEVELS.index(finding[0]), reverse=True)
    level, _, subject, reason = ranked[0]
    if level is HealthLevel.IN_STEP:
        return level, max((since for _, since, *_ in ranked if since), default=None), ""
    text = f"{subject}: {reason}" if subject else reason
    more = [each[2] for each in ranked[1:] if each[0] is not HealthLevel.IN_STEP and each[2]]
    longest = min((since for each, since, *_ in ranked if each is level and since), default=None)
    return level, longest, f"{text.rstrip('.')}{others}{', '.join(more)}" if more else text


def _assess_entity(entity_id: str, name: str, runs: Sequence[RunRecord], facts: Facts) -> EntityHealth:
    touched = list(_touching(name, runs))
    if not touched:
        reason = "never synced" if runs else ""
        level = HealthLevel.ATTENTION if runs else HealthLevel.UNKNOWN
        return EntityHealth(entity_id, name, level, reason=reason, quarantined=facts.quarantined, gap=facts.gap)
    run, result = touched[0]
    level = _level_of(result)
    streak = [each for each, _ in _while_level(touched, level)]
    reason = _reason_of(run, result) if level is not HealthLevel.IN_STEP else _reason_of_facts(facts)
    if reason and level is HealthLevel.IN_STEP:
        level = HealthLevel.ATTENTION
    successes = (each.ended_at for each, found in touched if _level_of(found) is HealthLevel.IN_STEP)
    return EntityHealth(
        entity_id,
        name,
        level,
        str(result.state),
        reason,
        since=streak[-1].ended_at,
        last_success=next(successes, None),
        run_id=run.id,
        withheld=result.withheld,
        quarantined=facts.quarantined,
        gap=facts.gap,
    )


def _touching(name: str, runs: Iterable[RunRecord]) -> Iterator[tuple[RunRecord, EntityResult]]:
    """Yield the runs that began this entity, with its results."""
    for run in runs:
        result = run.entities.get(name)
        if result is not None and result.is_begun:
            yield run, result


def _while_level(
    touched: Iterable[tuple[RunRecord, EntityResult]], level: HealthLevel
) -> Iterator[tuple[RunRecord, EntityResult]]:
    for run, result in touched:
        if _level_of(result) is not level:
            return
        yield run, result


def _level_of(result: EntityResult) -> HealthLevel:
    return LEVEL_BY_STATE.get(result.state, HealthLevel.ATTENTION)


def _reason_of(run: RunRecord, result: EntityResult) -> str:
    """Say why the run did not leave the entity in step."""
    if result.withheld:
        return f"{result.withheld} documents not retired"
    notices = (*run.result.errors, *run.result.warnings) if run.result else ()
    own = next((notice.message for notice in notices if notice.entity == result.name), "")
    if own:
        return own
    if run.result and run.result.reason:
        return run.result.reason
    general = next((notice.message for notice in notices if notice.entity is None), "")
    return general or str(result.state)


def _reason_of_facts(facts: Facts) -> str:
    if facts.quarantined:
        return f"{facts.quarantined} in quarantine"
    if facts.gap:
        return f"{facts.gap} rows of Odoo are not in the store"
    return ""


def _assess_newest_run(runs: Sequence[RunRecord]) -> _Finding:
    """Assess the newest run as a whole: it may have ended before it began any entity."""
    newest = runs[0]
    outcome = newest.outcome or Outcome.INTERRUPTED
    level = LEVEL_BY_OUTCOME.get(outcome, HealthLevel.IN_STEP)
    streak: list[RunRecord] = []
    for run in runs:
        if LEVEL_BY_OUTCOME.get(run.outcome or Outcome.INTERRUPTED, HealthLevel.IN_STEP) is not level:
            break
        streak.append(run)
    return level, streak[-1].ended_at, "", _outcome_sentence(newest, outcome)


def _outcome_sentence(run: RunRecord, outcome: Outcome) -> str:
    if run.result and run.result.errors and outcome is Outcome.FAILED:
        return run.result.errors[0].message
    if outcome is Outcome.INTERRUPTED:
        return f"the run of {run.operator.name} on {run.operator.host} was interrupted"
    return (run.result.reason if run.result else "") or str(outcome)


def _find_notice(entity: EntityHealth, runs: Iterable[RunRecord]) -> str | None:
    """Find what the run that left an entity as it is said of it first."""
    run = next((run for run in runs if run.id == entity.run_id), None)
    notices = (*run.result.errors, *run.result.warnings) if run and run.result else ()
    return next((notice.message for notice in notices if notice.entity == entity.name), None)


def _list_decisions(action: str, entities: Iterable[EntityHealth], runs: Sequence[RunRecord]) -> Iterator[Decision]:
    name = format_action(action)
    for entity in entities:
        if entity.withheld:
            yield Decision(
                "retire",
                action,
                entity.name,
                _find_notice(entity, runs) or f"{entity.withheld} documents were not retired.",
                f"sync {name} --entity {entity.name} --confirm-retire {entity.withheld}",
                entity.since,
                entity.withheld,
            )
        if entity.quarantined:
            rows = "row is" if entity.quarantined == 1 else "rows are"
            yield Decision(
                "quarantine",
                action,
                entity.name,
                f"{entity.quarantined} {rows} in quarantine",
                f"mend them in Odoo, or look at: quarantine list {entity.name}",
                entity.since,
                entity.quarantined,
            )
    errors = runs[0].result.errors if runs[0].result else ()
    for error in errors:
        if error.kind == OtherSourceError.kind:
            yield Decision("source", action, None, error.message, error.hint, runs[0].ended_at)
    if (runs[0].outcome or Outcome.INTERRUPTED) in {Outcome.INTERRUPTED, Outcome.CANCELLED}:
        yield Decision(
            "continue",
            action,
            None,
            _outcome_sentence(runs[0], runs[0].outcome or Outcome.INTERRUPTED),
            f"sync {name} continues it",
            runs[0].ended_at,
        )
