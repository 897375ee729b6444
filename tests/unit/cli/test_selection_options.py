"""The options of ``sync`` that select rows: what the service is asked for, what is said, what is refused."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from odoo_sync_tui.cli import detach
from odoo_sync_tui.cli.parser import parse
from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.scope import Mode, Scope, Selection
from tests.support.fake_backend.backend import FakeBackend
from tests.unit.cli.conftest import Run
from tests.unit.cli.values import record

ACCOUNTS = ("sync", "data-lake", "--entity", "accounts")


def test_every_option_of_a_selection_reaches_the_scope(run: Run, backend: FakeBackend):
    options = (
        "--id",
        "4",
        "--id",
        "5",
        "--since",
        "2026-01-31T08:00",
        "--until",
        "2026-02-01",
        "--department",
        " Sales ",
    )
    assert run(*ACCOUNTS, *options, "--domain", "[('name', '=', 'x')]").code == 0
    selection = Selection(
        (4, 5),
        datetime(2026, 1, 31, 8, tzinfo=UTC),
        datetime(2026, 2, 2, tzinfo=UTC),
        (("name", "=", "x"),),
        "Sales",
    )
    assert [scope for _, _, scope in backend.synced] == [Scope(("accounts",), selection=selection)]


def test_times_without_a_zone_are_those_of_the_operator(
    run: Run, backend: FakeBackend, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TZ", "Europe/Brussels")
    time.tzset()
    run(*ACCOUNTS, "--since", "2026-01-31", "--until", "2026-01-31")
    (selection,) = [scope.selection for _, _, scope in backend.synced]
    assert selection
    assert (selection.since, selection.until) == (
        datetime(2026, 1, 30, 23, tzinfo=UTC),
        datetime(2026, 1, 31, 23, tzinfo=UTC),
    )


def test_an_age_is_before_now(run: Run, backend: FakeBackend):
    run(*ACCOUNTS, "--since", "36h")
    (selection,) = [scope.selection for _, _, scope in backend.synced]
    assert selection
    assert selection.since
    assert 0 <= (datetime.now(UTC) - selection.since).total_seconds() - 36 * 3600 < 60


def test_the_number_of_selected_rows_is_said_before_the_run(run: Run):
    ended = run(*ACCOUNTS, "--id", "4")
    assert ended.err.splitlines()[0] == "Selected: id 4. Rows in Odoo: accounts 1."


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--id", "0"), "argument --id: a whole number from 1 is accepted"),
        (("--id", "4,5"), "argument --id: '4,5' is not a whole number"),
        (("--since", "soon"), "argument --since: 'soon' is no time:"),
        (("--until", "2026-13-01"), "argument --until: '2026-13-01' is no time:"),
        (("--department", " "), "argument --department: it is empty, and would select every row"),
        (("--domain", "[]"), "argument --domain: it has no condition, and would select every row"),
        (("--domain", ""), "argument --domain: a list of conditions, as JSON or as Python writes it, is accepted"),
        (("--domain", "[('a', '=', uid)]"), "argument --domain: a list of conditions, as JSON or as Python"),
        (("--domain", '["|", ["a", "=", 1]]'), 'here they ask for one more condition than follows'),
        (("--domain", '[["a", "~", 1]]'), "its part 1 has the operator ~, which Odoo does not have"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_in_one_sentence(
    run: Run, backend: FakeBackend, options: tuple[str, ...], words: str
):
    ended = run(*ACCOUNTS, *options)
    assert (ended.code, backend.synced) == (2, [])
    assert words in ended.err.splitlines()[-1]


def test_a_run_that_the_dashboard_starts_gets_the_same_selection():
    selection = Selection((4, 5), datetime(2026, 1, 31, tzinfo=UTC), None, (("name", "=", "'x'"),), "R & D")
    scope = Scope(("accounts",), Mode.FULL, selection=selection)
    arguments = detach._sync_arguments(parse([]), Action.DATA_LAKE, scope)
    options = parse(arguments)
    assert (tuple(options.ids), options.since, options.domain, options.department) == (
        selection.ids,
        selection.since,
        selection.domain,
        selection.department,
    )


def test_the_list_of_runs_and_the_status_say_which_rows_a_run_covers(run: Run, backend: FakeBackend):
    backend.overview_queries.runs = [record("a" * 32, scope=Scope(selection=Selection(ids=(4, 5))))]
    assert run("runs").out.rstrip().endswith("unchanged; ids 4, 5")


LATE = ("--set", "selections.late.entity=accounts", "--set", "selections.late.since=36h")


def test_a_selection_of_the_settings_is_synced_by_its_name(run: Run, backend: FakeBackend):
    given = ("--set", 'selections.late.domain=[["name", "=", "x"]]', "--set", "selections.late.ids=[4, 5]")
    assert run("sync", "data-lake", "--select", "late", *LATE, *given).code == 0
    ((action, _, scope),) = backend.synced
    selection = scope.selection
    assert (action, scope.entities) == (Action.DATA_LAKE, ("accounts",))
    assert selection
    assert selection.since
    assert 0 <= (datetime.now(UTC) - selection.since).total_seconds() - 36 * 3600 < 60
    assert (selection.ids, selection.domain, selection.name) == ((4, 5), (("name", "=", "x"),), "late")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("sync data-lake --select lade", "There is no selection named lade. Did you mean late? Known are: late."),
        ("sync data-lake --select late --id 4", "--select says all by itself: no other option selects beside it."),
        ("sync data-lake --select late --entity accounts", "--select says all by itself"),
        ("sync users --select late", "sync_users has no entity named accounts."),
    ],
)
def test_a_name_that_does_not_fit_is_refused_in_one_sentence(run: Run, backend: FakeBackend, line: str, words: str):
    ended = run(*line.split(), *LATE)
    assert (ended.code, backend.synced) == (2, [])
    assert words in ended.err.splitlines()[-1]


def test_without_selections_in_the_settings_it_is_said_how_to_write_one(run: Run):
    ended = run("sync", "users", "--select", "\x1b[2Jlate")
    assert ended.code == 2
    assert "named \ufffd[2Jlate. The settings have none: write a table [selections.NAME]." in ended.err
