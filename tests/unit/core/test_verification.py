import pytest

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.reports.verification import (
    MAX_EXAMPLES,
    EntityVerification,
    Findings,
    IdSample,
    RowSlice,
    Verdict,
    Verification,
)
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.core.scope import Mode, Scope


def entity(name: str, verdict: Verdict, action: Action = Action.DATA_LAKE) -> EntityVerification:
    return EntityVerification(f"{action}:{name}", name, name, action, verdict)


def test_examples_are_bounded_and_counts_are_not():
    found = IdSample().add(range(15)).add(range(100, 200))
    assert found.count == 115
    assert len(found.examples) == MAX_EXAMPLES
    assert found.examples[14:16] == (14, 100)


def test_rows_that_only_lag_behind_are_in_step():
    assert Findings(pending=IdSample(3)).is_in_step
    for finding in ("missing", "extra", "different", "state", "quarantined"):
        assert not Findings(**{finding: IdSample(1)}).is_in_step


def test_the_whole_is_in_step_only_when_everything_was_compared_and_agrees():
    fine, gone = entity("a", Verdict.IN_STEP), entity("b", Verdict.UNAVAILABLE)
    assert Verification((fine, gone), 1).verdict is Verdict.IN_STEP
    unknown = Verification((fine, entity("c", Verdict.UNKNOWN)), 1)
    assert unknown.verdict is Verdict.UNKNOWN
    assert Verification((*unknown.entities, entity("d", Verdict.OUT_OF_STEP)), 1).verdict is Verdict.OUT_OF_STEP


def test_one_full_run_from_the_start_repairs_all_entities_of_an_action_that_are_out_of_step():
    found = Verification(
        (
            entity("departments", Verdict.OUT_OF_STEP, Action.DEPARTMENTS),
            entity("users", Verdict.IN_STEP, Action.USERS),
            entity("accounts", Verdict.OUT_OF_STEP),
            entity("invoices", Verdict.OUT_OF_STEP),
            entity("users", Verdict.UNKNOWN),
        ),
        200,
    )
    assert list(found.plan_repairs()) == [
        (Action.DEPARTMENTS, Scope(("departments",), Mode.FULL, restart=True, reread=True)),
        (Action.DATA_LAKE, Scope(("accounts", "invoices"), Mode.FULL, restart=True, reread=True)),
    ]


def test_a_later_verification_replaces_what_it_verified_again():
    first = Verification(
        (entity("a", Verdict.OUT_OF_STEP), entity("b", Verdict.IN_STEP)),
        200,
        warnings=(Notice("never_synced", "of a", entity="a"), Notice("odoo", "of the server")),
        duration_seconds=2,
    )
    after = first.merge(Verification((entity("a", Verdict.IN_STEP),), 200, duration_seconds=1))
    assert after.verdict is Verdict.IN_STEP
    assert [each.name for each in after.entities] == ["a", "b"]
    assert [notice.message for notice in after.warnings] == ["of the server"]
    assert after.duration_seconds == 3


@pytest.mark.parametrize("step", [1, 2, 10, 20, 1000])
def test_slices_are_even_whatever_ids_a_model_uses(step: int) -> None:
    ids = range(step, 2000 * step, step)
    sizes = [sum(map(RowSlice(number, 20).includes, ids)) for number in range(20)]
    assert sum(sizes) == len(ids)
    assert all(80 <= size <= 120 for size in sizes)
