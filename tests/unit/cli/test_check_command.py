"""``check`` answers in one line and by the exit codes of monitoring plug-ins."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from odoo_sync_tui.core.errors import StoreUnavailable
from odoo_sync_tui.core.reports.health import Concern, HealthLevel, IntegrationHealth, SyncHealth
from odoo_sync_tui.core.reports.overview import Overview
from tests.support.fake_backend.backend import FakeBackend
from tests.unit.cli.conftest import Run
from tests.unit.cli.values import NOW, OVERVIEW


def answer(backend: FakeBackend, level: HealthLevel, reason: str = "", last_success_minutes: float = 5) -> None:
    """Let the store be in this state, with one sync that was last in step so many minutes ago."""
    sync = SyncHealth("sync_users", level, reason, NOW, NOW - timedelta(minutes=last_success_minutes), ())
    health = IntegrationHealth(level, reason, NOW - timedelta(hours=1), (sync,))
    backend.overview_queries.answer = replace(OVERVIEW, health=health)


@pytest.mark.parametrize(
    ("level", "code", "line"),
    [
        (HealthLevel.IN_STEP, 0, "ODOO SYNC IN STEP: users 5 min ago"),
        (HealthLevel.ATTENTION, 1, "ODOO SYNC ATTENTION: users: 3 in quarantine, since 2026-01-31 11:30:00 UTC"),
        (HealthLevel.WRONG, 2, "ODOO SYNC WRONG: users: 3 in quarantine, since 2026-01-31 11:30:00 UTC"),
        (HealthLevel.UNKNOWN, 3, "ODOO SYNC NEVER SYNCED: never synced"),
    ],
)
def test_check_has_an_exit_code_for_each_word(run: Run, backend: FakeBackend, level: HealthLevel, code: int, line: str):
    answer(backend, level, "users: 3 in quarantine")
    ended = run("check")
    assert (ended.code, ended.out) == (code, f"{line}\n")


def test_check_of_a_late_sync_needs_attention(run: Run, backend: FakeBackend):
    answer(backend, HealthLevel.IN_STEP, last_success_minutes=45)
    assert run("check", "--max-age", "1h").code == 0
    ended = run("check", "--max-age", "30m")
    assert (ended.code, ended.out) == (1, "ODOO SYNC ATTENTION: late: users last in step 45 min ago\n")


def test_check_of_a_wrong_lake_stays_wrong_when_a_sync_is_late_too(run: Run, backend: FakeBackend):
    answer(backend, HealthLevel.WRONG, "users: refused", last_success_minutes=45)
    assert run("check", "--max-age", "30m").code == 2


def test_check_of_a_store_that_cannot_be_read_is_unknown(run: Run, backend: FakeBackend):
    backend.overview_queries.answer = StoreUnavailable("MongoDB does not answer.", "Start it.")
    ended = run("check")
    assert (ended.code, ended.out) == (3, "ODOO SYNC UNKNOWN: MongoDB does not answer. Start it.\n")


def test_check_as_json_holds_the_word_the_message_and_the_code(run: Run, backend: FakeBackend):
    answer(backend, HealthLevel.ATTENTION, "users: 3 in quarantine")
    line = json.loads(run("check", "--json").out)
    assert line["health"] == "attention"
    assert line["exit_code"] == 1
    assert "3 in quarantine" in line["message"]


def test_check_tells_concerns_in_one_line_the_worst_first(run: Run, backend: FakeBackend):
    answer(backend, HealthLevel.IN_STEP)
    drift = Concern("drift", HealthLevel.ATTENTION, "Users: 2 fields changed in Odoo", "see them", "users")
    audit = Concern("audit", HealthLevel.WRONG, "the audit history was changed", "audit --verify")
    overview = backend.overview_queries.answer
    assert isinstance(overview, Overview)
    backend.overview_queries.answer = replace(overview, concerns=(drift,))
    ended = run("check")
    assert (ended.code, ended.out) == (1, "ODOO SYNC ATTENTION: Users: 2 fields changed in Odoo\n")
    backend.overview_queries.answer = replace(overview, concerns=(drift, audit))
    ended = run("check")
    assert (ended.code, ended.out) == (
        2,
        "ODOO SYNC WRONG: the audit history was changed; Users: 2 fields changed in Odoo\n",
    )
    line = json.loads(run("check", "users", "--json").out)
    assert (line["sync"], [each["kind"] for each in line["concerns"]]) == ("sync_users", ["audit"])


def test_check_of_one_sync_leaves_the_others_out_and_does_not_know_one_that_was_never_run(
    run: Run, backend: FakeBackend
):
    answer(backend, HealthLevel.ATTENTION, "users: 3 in quarantine")
    assert run("check", "users").code == 1
    ended = run("check", "departments")
    assert (ended.code, ended.out) == (3, "ODOO SYNC NEVER SYNCED: never synced\n")


def test_check_refuses_an_age_without_a_unit(run: Run):
    assert run("check", "--max-age", "30").code == 2
