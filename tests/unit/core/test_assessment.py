"""Health is a fold over the newest runs of each sync: one word an entity, the worst of them for the whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.progress import EntityProgress, RunProgress
from odoo_sync_tui.core.reports.assessment import assess_sync, combine
from odoo_sync_tui.core.reports.health import Decision, Facts, HealthLevel, SyncHealth
from odoo_sync_tui.core.result import EntityResult, EntityState, Notice, SyncResult
from odoo_sync_tui.core.run import Operator, RunRecord
from odoo_sync_tui.core.scope import Scope

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
LAKE = Action.DATA_LAKE
IDS = {"accounts": "data_lake:accounts", "invoices": "data_lake:invoices"}

OK, PARTIAL, FAILED = EntityState.SUCCESS, EntityState.PARTIAL, EntityState.FAILED
CANCELLED, NOT_BEGUN = EntityState.CANCELLED, EntityState.NOT_BEGUN


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def run(
    minutes: float, outcome: Outcome, *, errors: tuple[Notice, ...] = (), reason: str = "", **states: EntityState
) -> RunRecord:
    """A run that ended so many minutes ago and left its entities in these states."""
    entities = {name: EntityResult(name, state) for name, state in states.items()}
    result = SyncResult("r", LAKE, outcome, entities, errors, reason=reason)
    operator = Operator("anna", "box", 1)
    return RunRecord(
        f"r{minutes}", LAKE, operator, Scope(), ago(minutes + 1), ago(minutes), ago(minutes), outcome, result=result
    )


def dead_run(minutes: float, **states: EntityState) -> RunRecord:
    """A run that was last seen alive so many minutes ago, with its entities in these states."""
    entities = tuple(EntityProgress(name, state) for name, state in states.items())
    progress = RunProgress("r", LAKE, "anna", "box", "full", ago(minutes + 1), 60.0, entities)
    return RunRecord(
        "dead", LAKE, Operator("anna", "box", 1), Scope(), ago(minutes + 1), ago(minutes), progress=progress
    )


def assess(*runs: RunRecord, **facts: Facts) -> tuple[SyncHealth, tuple[Decision, ...]]:
    return assess_sync(LAKE, IDS, runs, {IDS[name]: known for name, known in facts.items()})


def test_a_sync_that_was_never_run_is_never_synced() -> None:
    sync, decisions = assess()
    assert (sync.level, sync.since, decisions) == (HealthLevel.UNKNOWN, None, ())


def test_a_sync_whose_newest_run_ended_well_is_in_step_since_the_first_of_such_runs() -> None:
    sync, _ = assess(
        run(5, Outcome.SUCCESS, accounts=OK, invoices=OK), run(20, Outcome.SUCCESS, accounts=OK, invoices=OK)
    )
    assert (sync.level, sync.reason, sync.since) == (HealthLevel.IN_STEP, "", ago(20))
    assert sync.last_success == ago(5)


def test_a_failed_entity_is_wrong_with_its_own_error_since_it_first_failed() -> None:
    error = Notice("odoo_access", "The user may not read invoices.", "", "invoices")
    sync, _ = assess(
        run(5, Outcome.PARTIAL, errors=(error,), accounts=OK, invoices=FAILED),
        run(20, Outcome.PARTIAL, errors=(error,), accounts=OK, invoices=FAILED),
        run(40, Outcome.SUCCESS, accounts=OK, invoices=OK),
    )
    assert (sync.level, sync.since) == (HealthLevel.WRONG, ago(20))
    assert sync.reason == "invoices: The user may not read invoices."
    assert sync.last_success == ago(40)


def test_a_run_of_one_entity_counts_for_that_entity_alone() -> None:
    whole = run(20, Outcome.PARTIAL, accounts=FAILED, invoices=FAILED)
    sync, _ = assess(run(5, Outcome.SUCCESS, accounts=OK), whole)
    accounts, invoices = sync.entities
    assert (accounts.level, invoices.level) == (HealthLevel.IN_STEP, HealthLevel.WRONG)
    assert sync.level is HealthLevel.WRONG


def test_an_entity_that_no_run_has_reached_needs_attention() -> None:
    sync, _ = assess(run(5, Outcome.SUCCESS, accounts=OK))
    assert (sync.level, sync.reason) == (HealthLevel.ATTENTION, "invoices: never synced")
    assert sync.last_success is None


def test_entities_that_a_cancelled_run_did_not_begin_keep_their_word_but_the_sync_needs_attention() -> None:
    cancelled = run(5, Outcome.CANCELLED, reason="cancelled by bob", accounts=OK, invoices=NOT_BEGUN)
    sync, decisions = assess(cancelled, run(20, Outcome.SUCCESS, accounts=OK, invoices=OK))
    assert [entity.level for entity in sync.entities] == [HealthLevel.IN_STEP, HealthLevel.IN_STEP]
    assert (sync.level, sync.reason, sync.since) == (HealthLevel.ATTENTION, "cancelled by bob", ago(5))
    assert [(each.kind, each.hint) for each in decisions] == [("continue", "sync data-lake continues it")]


def test_a_run_that_died_is_interrupted_by_its_last_progress() -> None:
    sync, decisions = assess(dead_run(5, accounts=EntityState.RUNNING, invoices=EntityState.WAITING))
    accounts, invoices = sync.entities
    assert (accounts.state, invoices.state) == ("interrupted", "")
    assert sync.level is HealthLevel.ATTENTION
    assert "anna on box" in decisions[-1].message


def test_a_run_that_failed_before_its_first_entity_makes_the_sync_wrong() -> None:
    error = Notice("odoo_setup", "Odoo refuses the key.", "Make a new one.")
    refused = run(5, Outcome.FAILED, errors=(error,), accounts=NOT_BEGUN, invoices=NOT_BEGUN)
    sync, _ = assess(refused, run(20, Outcome.SUCCESS, accounts=OK, invoices=OK))
    assert (sync.level, sync.reason) == (HealthLevel.WRONG, "Odoo refuses the key.")


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (Facts(quarantined=3), "accounts: 3 in quarantine"),
        (Facts(gap=7), "accounts: 7 rows of Odoo are not in the store"),
    ],
    ids=["quarantine", "gap"],
)
def test_what_is_in_quarantine_or_missing_needs_attention_after_a_success(facts: Facts, reason: str) -> None:
    sync, _ = assess(run(5, Outcome.SUCCESS, accounts=OK, invoices=OK), accounts=facts)
    assert (sync.level, sync.reason) == (HealthLevel.ATTENTION, reason)


def test_withheld_retirements_wait_for_a_decision_with_the_command_that_decides_it() -> None:
    withheld = run(5, Outcome.PARTIAL, accounts=OK, invoices=OK)
    assert withheld.result is not None
    result = SyncResult("r", LAKE, Outcome.PARTIAL, {"accounts": EntityResult("accounts", PARTIAL, withheld=600)})
    record = RunRecord("r", LAKE, withheld.operator, Scope(), ago(9), ago(8), ago(8), Outcome.PARTIAL, result=result)
    sync, decisions = assess(record)
    (decision,) = decisions
    assert sync.entities[0].reason == "600 documents not retired"
    assert (decision.kind, decision.entity, decision.count, decision.since) == ("retire", "accounts", 600, ago(8))
    assert decision.hint == "sync data-lake --entity accounts --confirm-retire 600"


def test_a_run_that_was_refused_because_of_another_odoo_waits_for_a_decision_about_the_source() -> None:
    error = Notice("other_source", "The store holds records of another.", "Sync with --adopt-source.")
    _, decisions = assess(run(5, Outcome.FAILED, errors=(error,), accounts=NOT_BEGUN, invoices=NOT_BEGUN))
    assert [(each.kind, each.action, each.message) for each in decisions] == [("source", LAKE, error.message)]


def health_of(level: HealthLevel, action: str, minutes: float, last_success: datetime | None = None) -> SyncHealth:
    return SyncHealth(action, level, f"{level}!", ago(minutes), last_success, ())


def test_the_integration_has_the_worst_word_of_its_syncs() -> None:
    good = health_of(HealthLevel.IN_STEP, "sync_departments", 5)
    bad = health_of(HealthLevel.WRONG, "sync_data_lake", 50)
    odd = health_of(HealthLevel.ATTENTION, "sync_users", 500)
    whole = combine((good, bad, odd), ())
    assert (whole.level, whole.since) == (HealthLevel.WRONG, ago(50))
    assert whole.reason == "data-lake: wrong!; out of step too: users"


def test_a_sync_that_was_never_run_counts_only_where_none_was() -> None:
    never = SyncHealth("sync_users", HealthLevel.UNKNOWN, "", None, None, ())
    assert combine((never,), ()).level is HealthLevel.UNKNOWN
    assert combine((never, health_of(HealthLevel.IN_STEP, "sync_departments", 5)), ()).level is HealthLevel.IN_STEP


def test_another_odoo_in_the_settings_is_wrong_whatever_the_runs_say() -> None:
    other = Decision("source", "", None, "the store holds records of another", "adopt it")
    whole = combine((health_of(HealthLevel.IN_STEP, "sync_departments", 5),), (other,))
    assert (whole.level, whole.reason) == (HealthLevel.WRONG, "the store holds records of another")


def test_a_sync_is_late_when_it_was_not_in_step_within_the_given_time() -> None:
    fresh = health_of(HealthLevel.IN_STEP, "sync_departments", 5, ago(5))
    stale = health_of(HealthLevel.IN_STEP, "sync_users", 90, ago(90))
    never = SyncHealth("sync_data_lake", HealthLevel.UNKNOWN, "", None, None, ())
    whole = combine((fresh, stale, never), ())
    assert [sync.action for sync in whole.late_syncs(NOW, timedelta(minutes=30))] == ["sync_users"]
