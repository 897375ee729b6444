"""The line between us and Odoo fails in every way that TCP knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.progress import RunProgress
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.demo import DemoOdoo
from tests.faults.checks import assert_in_step, assert_told, heal
from tests.faults.conftest import SETTINGS
from tests.support import proxy
from tests.support.proxy import Fault, Proxy, to_port
from tests.support.slow import slow
from tests.support.world import FULL, World, world

LEADS = Scope(entities=("opportunities",))
FAULTS = {
    "reset before the answer": proxy.RESET_BEFORE,
    "closed before the answer": proxy.CLOSED_BEFORE,
    "reset during the answer": proxy.RESET_DURING,
    "truncated": proxy.TRUNCATED,
    "slow-loris": proxy.SLOW_LORIS,
    "silence": proxy.SILENT,
}


@pytest.fixture
def line(odoo: DemoOdoo) -> Iterator[Proxy]:
    with Proxy(to_port(odoo.url)) as between:
        yield between


Connect = Callable[..., World]


@pytest.fixture
def connect(odoo: DemoOdoo, line: Proxy, mongo_uri: str, database_name: str) -> Iterator[Connect]:
    """Our service, with the proxy between it and Odoo."""
    opened = []

    def make(**settings: object) -> World:
        values = {**SETTINGS, "odoo__url": line.url, "odoo__timeout_seconds": 0.6, **settings}
        opened.append(parts := world(mongo_uri, database_name, odoo, **values))
        return parts.__enter__()

    yield make
    for parts in opened:
        parts.__exit__(None, None, None)


@pytest.mark.parametrize(
    ("protocol", "fault"),
    [
        *[
            pytest.param("json2", fault, id=f"json2, {name}", marks=pytest.mark.slow if "closed" in name else ())
            for name, fault in FAULTS.items()
        ],
        pytest.param("jsonrpc", proxy.RESET_DURING, id="jsonrpc, reset during the answer"),
        pytest.param("xmlrpc", proxy.TRUNCATED, id="xmlrpc, truncated"),
    ],
)
def test_a_few_failing_connections_are_bridged_by_the_run_itself(
    line: Proxy, connect: Connect, protocol: str, fault: Fault
):
    here = connect(odoo__protocol=protocol)
    struck = {1, 8, 15}
    line.arm(lambda number: fault if number in struck else proxy.NONE)
    result = here.sync(Action.DATA_LAKE, LEADS)
    assert line.connections > max(struck)
    assert result.outcome is Outcome.SUCCESS, [str(notice) for notice in result.errors]
    assert result.retries >= len(struck)
    assert_told(here, result.run_id)
    assert_in_step(here, names=LEADS.entities)
    heal(here, scope=LEADS)


@pytest.mark.parametrize(
    "name",
    [
        "reset during the answer",
        "silence",
        *slow(each for each in FAULTS if each not in {"reset during the answer", "silence"}),
    ],
)
def test_a_line_that_stays_broken_stops_the_run_and_the_next_one_goes_on(line: Proxy, connect: Connect, name: str):
    here = connect(odoo__retry_seconds=0.5)
    broken = False

    def break_once_something_is_stored(progress: RunProgress) -> None:
        nonlocal broken
        broken = broken or progress.counts.created > 0

    line.arm(lambda _: FAULTS[name] if broken else proxy.NONE)
    result = here.sync(Action.DATA_LAKE, on_progress=break_once_something_is_stored)
    assert result.outcome in {Outcome.FAILED, Outcome.PARTIAL}
    assert result.retryable
    assert here.database.data_lake_serving.count_documents({}) > 0, "something was read before the line broke"
    assert line.url in assert_told(here, result.run_id)["details"]["errors"][0]["message"]
    line.arm(lambda _: proxy.NONE)
    heal(here)


def test_a_server_that_never_answered_is_worth_another_try(line: Proxy, connect: Connect):
    here = connect(odoo__retry_seconds=0)
    line.refuse()
    result = here.sync(Action.DATA_LAKE, LEADS)
    assert (result.outcome, result.retryable, result.synced) == (Outcome.FAILED, True, 0)
    assert "refuses the connection" in assert_told(here)["details"]["errors"][0]["message"]
    line.accept()
    heal(here, scope=LEADS)


def test_connections_refused_for_a_moment_are_bridged(line: Proxy, connect: Connect):
    here = connect()
    refused = False

    def restart(progress: RunProgress) -> None:
        nonlocal refused
        if progress.retries and refused:
            line.accept()
            refused = False
        elif progress.counts.created and not progress.retries and not refused:
            line.refuse()
            refused = True

    result = here.sync(Action.DATA_LAKE, on_progress=restart)
    assert (result.outcome, result.retries > 0) == (Outcome.SUCCESS, True), [str(each) for each in result.errors]
    heal(here)


def test_connections_refused_from_the_middle_on_cost_nothing_that_is_stored(line: Proxy, connect: Connect):
    here = connect(odoo__retry_seconds=0.5)
    heal(here)
    line.arm(lambda number: proxy.NONE)

    def refuse(progress: RunProgress) -> None:
        if progress.counts.rows:
            line.refuse()

    result = here.sync(Action.DATA_LAKE, FULL, on_progress=refuse)
    assert (result.retryable, result.deactivated) == (True, 0)
    assert_told(here, result.run_id)
    assert_in_step(
        here,
    )
    line.accept()
    heal(here)
