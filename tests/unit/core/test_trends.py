"""Trends over the newest runs, and the forecast of a run at work."""

from __future__ import annotations

from dataclasses import replace

import pytest

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.progress import EntityProgress, Forecast, RunProgress, Trouble, forecast
from odoo_sync_tui.core.reports.trends import MAX_RUNS, EntityTrend, find_outliers, find_sync_trend
from odoo_sync_tui.core.result import Counts, EntityResult, EntityState, SyncResult
from odoo_sync_tui.core.run import RunRecord
from tests.support.fake_backend.values import NOW, progress, record, result

IDS = {"accounts": "data_lake:accounts", "invoices": "data_lake:invoices"}


def run(seconds: float, **counts: Counts) -> RunRecord:
    entities = {name: EntityResult(name, EntityState.SUCCESS, count) for name, count in counts.items()}
    return replace(record(live=False), result=replace(result(), entities=entities, duration_seconds=seconds))


class TestTrends:
    def test_changes_and_durations_stand_from_the_oldest_to_the_newest_run(self) -> None:
        newest, oldest = run(2.0, accounts=Counts(created=1, updated=2)), run(9.0, accounts=Counts(deactivated=4))
        trend = find_sync_trend(Action.DATA_LAKE, IDS, [newest, oldest])
        assert trend.seconds == (9.0, 2.0)
        accounts = trend.entities["data_lake:accounts"]
        assert (accounts.changes, accounts.rows, accounts.last) == ((4, 3), (4, 3), Counts(created=1, updated=2))
        assert (trend.changes, trend.rows) == ((4, 3), (4, 3))
        assert trend.entities["data_lake:invoices"] == EntityTrend()

    def test_an_entity_that_a_run_did_not_begin_is_not_in_it(self) -> None:
        waiting = EntityResult("accounts", EntityState.NOT_BEGUN)
        cut_off = replace(run(1.0), result=SyncResult("r", Action.DATA_LAKE, result().outcome, {"accounts": waiting}))
        trend = find_sync_trend(Action.DATA_LAKE, IDS, [cut_off, run(1.0, accounts=Counts(updated=7))])
        assert trend.entities["data_lake:accounts"].changes == (7,)

    def test_what_is_more_than_three_times_the_median_is_far_from_usual(self) -> None:
        assert find_outliers([1.0, 1.0, 3.0, 3.1]) == [False, False, False, False]
        assert find_outliers([1.0, 1.0, 1.0, 3.0, 3.1]) == [False, False, False, False, True]
        assert find_outliers([0.1, 0.1, 0.9], least=1.0) == [False] * 3, "a second is never slow"
        assert find_outliers([0, 0, 0, 40]) == [False] * 4, "where nothing changes as a rule, a change is no news"
        assert find_outliers([]) == []

    def test_no_more_runs_than_the_chart_has_room_for(self) -> None:
        trend = find_sync_trend(Action.DATA_LAKE, IDS, [run(1.0, accounts=Counts(updated=1))] * 50)
        assert len(trend.seconds) == len(trend.entities["data_lake:accounts"].changes) == MAX_RUNS


def at_work(*entities: EntityProgress) -> RunProgress:
    return replace(progress(), entities=entities)


DONE = EntityProgress("accounts", EntityState.SUCCESS, None, 100, 100)
HALF = EntityProgress("opportunities", EntityState.RUNNING, None, 50, 100)
WAITING = EntityProgress("invoices")


class TestForecast:
    def test_the_whole_run_has_one_share_and_one_time_left(self) -> None:
        assert forecast(at_work(DONE, HALF, WAITING), {"invoices": 100}, 10.0) == Forecast(0.5, 15.0)

    def test_what_is_expected_to_have_no_rows_counts_nothing(self) -> None:
        assert forecast(at_work(DONE, HALF, WAITING), {"invoices": 0}, 10.0) == Forecast(0.75, 5.0)

    def test_of_an_unknown_number_of_rows_no_time_is_invented(self) -> None:
        assert forecast(at_work(DONE, HALF, WAITING), {}, 10.0) == Forecast(0.5, None)

    def test_entities_without_rows_count_by_being_done(self) -> None:
        empty = replace(DONE, done=0, total=0)
        assert forecast(at_work(empty, WAITING), {"invoices": 0}, 10.0) == Forecast(0.5, None)

    @pytest.mark.parametrize("rate", [0.0, -1.0])
    def test_without_a_rate_nobody_knows_how_long(self, rate: float) -> None:
        assert forecast(at_work(DONE, HALF), {}, rate) == Forecast(0.75, None)

    def test_in_trouble_nobody_knows_how_long(self) -> None:
        troubled = replace(at_work(DONE, HALF), trouble=Trouble("Odoo", "It is silent.", 2, NOW, NOW))
        assert forecast(troubled, {}, 10.0) == Forecast(0.75, None)

    def test_more_rows_than_expected_do_not_fill_more_than_the_bar(self) -> None:
        assert forecast(at_work(replace(HALF, done=300)), {}, 10.0) == Forecast(1.0, 0.0)

    def test_before_the_first_row_nothing_is_known(self) -> None:
        assert forecast(at_work(WAITING), {"invoices": 100}, 10.0) == Forecast()
