"""Runs are started, followed, cancelled and confirmed, one at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.errors import LeaseHeld, StoreUnavailable
from odoo_sync_tui.core.reports.differences import Difference, DifferenceKind
from odoo_sync_tui.core.scope import Mode, Scope
from odoo_sync_tui.tui.app.store_poller import StorePoller
from odoo_sync_tui.tui.dialogs.sync import SyncRequest
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.overview_queries import FakeOverviewQueries
from tests.support.fake_backend.values import ANNA, busy_overview, partial_overview, progress, record, result
from tests.support.world import FULL
from tests.unit.tui.manual import Desk

USERS_IN_FULL, LEADS_IN_FULL = (
    (Action.USERS, Scope(mode=Mode.FULL)),
    (Action.DATA_LAKE, Scope(entities=("opportunities",), mode=Mode.FULL)),
)


def test_a_run_goes_from_request_to_summary() -> None:
    desk = Desk().open()
    desk.ui.is_dashboard_uncovered = False
    desk.runs.request(Action.USERS)
    assert (desk.state.own_run.action, desk.runs.job.action) == (Action.USERS, Action.USERS)
    desk.tasks.finish("run")
    assert (desk.state.own_run, desk.runs.job) == (None, None)
    assert desk.state.ended_run.result == replace(result(), action=Action.USERS)
    assert [(title, severity) for title, _, severity in desk.ui.toasts] == [("Users: success", "information")]
    assert 0.25 not in desk.ui.timers.values(), "the timer of the progress is stopped"
    assert list(desk.tasks.pending) == ["read"]


def test_the_newest_progress_reaches_the_state() -> None:
    desk = Desk().open()
    desk.runs.request(Action.DATA_LAKE)
    (poll,) = [call for call, seconds in desk.ui.timers.items() if seconds == 0.25]
    poll()
    assert desk.state.own_run.progress is None
    desk.runs.job.progress.set(progress())
    poll()
    assert desk.state.own_run.progress == progress()
    assert desk.state.rates == (8_940.0,)


def test_a_second_run_is_not_started() -> None:
    desk = Desk().open()
    desk.runs.request(Action.USERS)
    job = desk.runs.job
    desk.runs.request(Action.DEPARTMENTS)
    assert desk.runs.job is job


def test_a_run_that_cannot_begin_is_shown_with_its_reason() -> None:
    desk = Desk(FakeBackend(refuses=LeaseHeld("bob", "etl-2", None, None))).open()
    desk.ui.is_dashboard_uncovered = False
    desk.runs.request(Action.DATA_LAKE)
    desk.tasks.finish("run")
    ((title, text, severity),) = desk.ui.toasts
    assert (title, severity) == ("Data lake: not run", "error")
    assert "bob on etl-2" in text
    assert desk.state.ended_run.result is None


def test_a_full_sync_of_production_is_asked_first() -> None:
    desk = Desk(environment="PROD").open()
    desk.runs.switch_mode()
    desk.runs.request(Action.USERS)
    assert desk.state.own_run is None
    desk.ui.answer(False)
    assert desk.state.own_run is None
    desk.runs.request(Action.USERS)
    desk.ui.answer(True)
    assert desk.state.own_run.scope == FULL


def test_a_full_sync_elsewhere_is_not_asked() -> None:
    desk = Desk(environment="TEST").open()
    desk.runs.switch_mode()
    desk.runs.request(Action.USERS)
    assert (desk.ui.questions, desk.state.own_run.scope) == ([], FULL)


def test_chosen_entities_of_two_syncs_run_one_after_the_other() -> None:
    desk = Desk(environment="PROD").open()
    desk.runs.choose("users")
    runs = [(Action.USERS, Scope()), (Action.DATA_LAKE, Scope(entities=("accounts",)))]
    desk.ui.answer(SyncRequest(runs))
    desk.tasks.finish("run")
    desk.tasks.finish("run")
    assert [(action, scope) for action, _, scope in desk.backend.synced] == runs


def test_the_end_of_a_dry_run_says_that_nothing_was_written() -> None:
    desk = Desk().open()
    desk.ui.is_dashboard_uncovered = False
    desk.runs.choose(None)
    desk.ui.answer(SyncRequest([(Action.USERS, Scope(dry_run=True))]))
    desk.tasks.finish("run")
    assert desk.ui.toasts[-1][0] == "Users: success (dry run: nothing was written)"
    desk.runs.drop_differences()


def test_what_a_dry_run_would_change_is_kept_until_the_next_run_begins() -> None:
    differences = [Difference("users", odoo_id, DifferenceKind.CREATED) for odoo_id in (1, 2)]
    desk = Desk(FakeBackend(differences=differences)).open()
    desk.ui.is_dashboard_uncovered = False
    desk.runs.run_all([(Action.USERS, Scope(dry_run=True)), (Action.DEPARTMENTS, Scope(dry_run=True))])
    desk.tasks.finish("run")
    desk.tasks.finish("run")
    logs = [job.differences for job in desk.runs.dry_runs]
    assert (desk.state.difference_count, [log.kept for log in logs]) == (4, [2, 2])
    assert "W on the dashboard shows what would change" in desk.ui.toasts[-1][1]
    desk.runs.run_for_real()
    assert (desk.state.difference_count, [log.kept for log in logs]) == (0, [0, 0])
    desk.tasks.finish("run")
    desk.tasks.finish("run")
    runs = [(action, scope) for action, _, scope in desk.backend.synced]
    assert runs[2:] == [(Action.USERS, Scope()), (Action.DEPARTMENTS, Scope())]
    assert desk.runs.dry_runs == []


def test_chosen_full_syncs_of_production_are_asked_first() -> None:
    desk = Desk(environment="PROD").open()
    desk.runs.choose(None)
    desk.ui.answer(SyncRequest([USERS_IN_FULL]))
    assert (desk.backend.synced, desk.state.own_run) == ([], None)
    desk.ui.answer(True)
    assert desk.state.own_run.scope == FULL


def test_a_run_in_a_process_of_its_own_is_none_of_this_dashboard() -> None:
    desk, started = Desk().open(), []
    desk.runs.start_detached, desk.runs.detaches = started.append, True
    desk.runs.request(Action.USERS)
    desk.tasks.finish("detach")
    assert started == [[(Action.USERS, Scope())]]
    assert (desk.runs.job, desk.state.own_run, desk.ui.toasts[-1][0]) == (None, None, "Run started")


def test_a_run_in_a_process_of_its_own_that_cannot_begin_says_why() -> None:
    desk = Desk().open()

    def refuse(_runs: object) -> None:
        raise LeaseHeld("bob", "etl-2", None, None)

    desk.runs.start_detached = refuse
    desk.runs.choose("users")
    desk.ui.answer(SyncRequest([(Action.USERS, Scope())], detached=True))
    desk.tasks.finish("detach")
    title, text, severity = desk.ui.toasts[-1]
    assert (title, severity) == ("Not run", "error")
    assert "bob on etl-2" in text


def test_repairs_run_one_after_the_other_once_agreed() -> None:
    desk, begun = Desk(environment="PROD").open(), []
    desk.runs.repair([USERS_IN_FULL, LEADS_IN_FULL], lambda: begun.append(True))
    assert begun == []
    desk.ui.answer(True)
    assert begun == [True]
    desk.tasks.finish("run")
    desk.tasks.finish("run")
    assert [(action, scope) for action, _, scope in desk.backend.synced] == [USERS_IN_FULL, LEADS_IN_FULL]
    assert "run" not in desk.tasks.pending


def test_a_repair_that_fails_ends_the_repairs() -> None:
    desk = Desk(FakeBackend(ends=result(Outcome.FAILED))).open()
    desk.runs.run_all([USERS_IN_FULL, LEADS_IN_FULL])
    desk.tasks.finish("run")
    assert len(desk.backend.synced) == 1
    assert "run" not in desk.tasks.pending


def test_our_own_run_is_cancelled_by_its_token() -> None:
    desk = Desk().open()
    desk.runs.request(Action.USERS)
    desk.runs.cancel()
    assert desk.runs.job.cancel.reason == "cancelled by anna"
    assert desk.state.own_run.stopping


@pytest.mark.parametrize(("uncovered", "told"), [(False, ["Cancelling"]), (True, [])])
def test_a_run_elsewhere_is_requested_to_stop_by_the_store(uncovered: bool, told: list[str]) -> None:
    desk = Desk(FakeBackend(FakeOverviewQueries(busy_overview()))).open()
    desk.ui.is_dashboard_uncovered = uncovered
    desk.runs.cancel()
    desk.ui.answer("wrong scope")
    desk.tasks.finish("cancel")
    assert desk.backend.overview_queries.cancels == [("run-2", "anna")]
    assert desk.backend.overview_queries.cancel_reasons == ["wrong scope"]
    assert [title for title, _, _ in desk.ui.toasts] == told, "the dashboard's own panel says that it stops"


def test_a_run_of_somebody_else_goes_on_when_the_question_is_left() -> None:
    desk = Desk(FakeBackend(FakeOverviewQueries(busy_overview()))).open()
    desk.runs.cancel()
    desk.ui.answer(None)
    assert desk.tasks.pending == {}


def test_ones_own_run_in_another_process_of_this_host_is_stopped_without_a_question() -> None:
    desk = Desk(FakeBackend(FakeOverviewQueries(replace(busy_overview(), live_run=record(ANNA))))).open()
    desk.runs.cancel()
    desk.tasks.finish("cancel")
    assert (desk.ui.questions, desk.backend.overview_queries.cancels) == ([], [("run-2", "anna")])


def test_ones_own_run_on_another_host_is_asked_about() -> None:
    elsewhere = record(replace(ANNA, host="etl-9"))
    desk = Desk(FakeBackend(FakeOverviewQueries(replace(busy_overview(), live_run=elsewhere)))).open()
    desk.runs.cancel()
    assert len(desk.ui.questions) == 1


def test_a_run_that_has_ended_meanwhile_is_not_cancelled() -> None:
    desk = Desk(FakeBackend(FakeOverviewQueries(cancel_found=False))).open()
    desk.runs.cancel(record(ANNA, run_id="run-7"))
    desk.tasks.finish("cancel")
    assert desk.ui.toasts[-1][:2] == ("Nothing to cancel", "The run had ended already.")


def test_a_request_to_stop_that_does_not_arrive_is_reported() -> None:
    desk = Desk().open()

    def fail(run_id: str, by: str, reason: str) -> bool:
        raise StoreUnavailable("MongoDB went away.", "")

    desk.backend.overview_queries.request_cancel = fail
    desk.runs.cancel(record(ANNA, run_id="run-7"))
    desk.tasks.finish("cancel")
    assert desk.ui.toasts[-1] == ("Not cancelled", "MongoDB went away.", "error")


def test_nothing_is_cancelled_when_nothing_runs() -> None:
    desk = Desk().open()
    desk.runs.cancel()
    assert desk.tasks.pending == {}


def test_a_retirement_runs_with_the_numbers_that_were_confirmed() -> None:
    desk = Desk(FakeBackend(FakeOverviewQueries(partial_overview()))).open()
    desk.runs.confirm_retirement()
    desk.ui.answer(True)
    assert desk.state.own_run.scope.confirm_retire == {"opportunities": 512}
    assert desk.state.own_run.scope.entities == ("opportunities",)


def test_there_is_nothing_to_confirm_after_a_run_that_retired_everything() -> None:
    desk = Desk().open()
    desk.runs.confirm_retirement()
    assert desk.ui.questions == []


def test_the_dashboard_closes_after_the_run_that_it_waited_for() -> None:
    desk = Desk().open()
    desk.runs.request(Action.USERS)
    desk.store.change(leaving=True)
    desk.tasks.finish("run")
    assert desk.ui.is_closed


def test_nothing_starts_before_the_store_is_open() -> None:
    desk = Desk()
    desk.runs.request(Action.USERS)
    desk.runs.stop_at_once("a signal")
    assert (desk.runs.job, desk.tasks.pending) == (None, {})
    assert isinstance(desk.poller, StorePoller)


def test_a_run_of_this_dashboard_that_succeeds_ends_the_trouble_of_counting() -> None:
    desk = Desk(FakeBackend(ends=replace(result(), run_id="run-7"))).open()
    desk.store.change(odoo_problem="no answer", odoo_problem_after="run-1")
    desk.runs.request(Action.USERS)
    desk.tasks.finish("run")
    assert desk.state.odoo_problem is None
