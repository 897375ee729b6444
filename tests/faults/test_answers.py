"""The line works, but the answers are those of a proxy, of an overworked server, or of one that refuses us."""

from __future__ import annotations

from dataclasses import replace

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.result import EntityState
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.demo import Call
from odoo_sync_tui.demo.faults import (
    DisconnectAbove,
    Fault,
    HtmlBody,
    HttpStatus,
    MemoryAbove,
    RaisedError,
    TruncatedBody,
)
from tests.faults.checks import assert_in_step, assert_told, heal
from tests.faults.conftest import SETTINGS
from tests.support.slow import slow
from tests.support.world import FULL, World, world

LEADS = Scope(entities=("opportunities",))
ACCOUNTS = Scope(entities=("accounts",))

BURSTS = [
    pytest.param(HttpStatus(status=429, retry_after="0", first=1, times=4), id="429 with Retry-After, at once"),
    pytest.param(HttpStatus(status=429, first=12, times=4), id="429 without, in the middle"),
    pytest.param(HttpStatus(status=502, first=12, times=4), id="502 in the middle", marks=pytest.mark.slow),
    pytest.param(HttpStatus(status=503, first=1, times=4), id="503 at once"),
]


@pytest.mark.parametrize("burst", BURSTS)
def test_a_burst_of_a_proxy_is_bridged(here: World, burst: Fault):
    with here.odoo.faults.on(burst):
        result = here.sync(Action.DATA_LAKE, LEADS)
    assert result.outcome is Outcome.SUCCESS, [str(notice) for notice in result.errors]
    assert result.retries >= 1
    assert_told(here, result.run_id)
    assert_in_step(here, names=LEADS.entities)
    heal(here, scope=LEADS)


@pytest.mark.parametrize("fault", [HtmlBody, TruncatedBody])
def test_a_broken_answer_in_the_middle_is_bridged(here: World, fault: type[Fault]):
    with here.odoo.faults.on(fault(first=12, times=2)):
        result = here.sync(Action.DATA_LAKE, LEADS)
    assert (result.outcome, result.retries >= 1) == (Outcome.SUCCESS, True), [str(each) for each in result.errors]
    assert_in_step(here, names=LEADS.entities)
    heal(here, scope=LEADS)


@pytest.mark.parametrize("fault", [HtmlBody(first=15), *slow([HttpStatus(first=15, status=502)])])
def test_answers_that_stay_broken_stop_the_run_with_a_reason(here: World, fault: Fault):
    with here.odoo.faults.on(fault):
        result = here.sync(Action.DATA_LAKE, LEADS)
    assert (result.outcome in {Outcome.PARTIAL, Outcome.FAILED}, result.retryable) == (True, True)
    assert assert_told(here, result.run_id)["details"]["errors"]
    heal(here, scope=LEADS)


def test_a_server_that_wants_to_be_left_alone_for_longer_than_we_wait_is_left_alone(here: World):
    heal(here, scope=LEADS)
    here.odoo.calls.clear()
    with here.odoo.faults.on(HttpStatus(status=429, retry_after="3600", model="crm.lead")):
        result = here.sync(Action.DATA_LAKE, Scope(mode=FULL.mode, entities=LEADS.entities))
    assert (result.retryable, result.entities["opportunities"].state) == (True, EntityState.FAILED)
    assert len([call for call in here.odoo.calls if call.model == "crm.lead"]) == 1
    assert "429" in assert_told(here, result.run_id)["details"]["errors"][0]["message"]
    heal(here, scope=LEADS)


@pytest.mark.parametrize("protocol", ["json2", "xmlrpc"])
def test_what_odoo_says_is_our_own_mistake_is_not_repeated(
    here: World, mongo_uri: str, database_name: str, protocol: str
):
    mistake = RaisedError(
        model="crm.lead", method="search", kind="TypeError", text="search() got an unexpected keyword argument 'x'"
    )
    with world(mongo_uri, database_name, here.odoo, **SETTINGS, odoo__protocol=protocol) as there:
        with here.odoo.faults.on(mistake):
            result = there.sync(Action.DATA_LAKE)
        assert (result.outcome, result.retries, result.retryable) == (Outcome.PARTIAL, 0, False)
        assert result.entities["opportunities"].state is EntityState.FAILED
        assert {result.entities[name].state for name in ("accounts", "invoices", "users")} == {EntityState.SUCCESS}
        message = assert_told(there, result.run_id)["details"]["errors"][0]["message"]
        assert "crm.lead" in message
        assert "Traceback" not in message
        heal(there, scope=LEADS)


def test_a_key_that_is_revoked_in_the_middle_stops_the_run_at_once(here: World):
    two = Scope(entities=("accounts", "opportunities"))
    heal(here, scope=two)

    def revoke(call: Call) -> None:
        if call.model == "crm.lead":
            here.odoo.revoke_key()

    here.odoo.on_call = revoke
    with pytest.raises(ConfigurationError, match="key"):
        here.sync(Action.DATA_LAKE, replace(two, mode=FULL.mode))
    here.odoo.on_call = None
    refused = [call for call in here.odoo.calls if call.error == "Unauthorized"]
    assert len(refused) < 10, "ten wrong logins lock every user of this address out"
    assert "refused the login" in here.integration()["error_message"]
    assert_told(here)
    assert_in_step(here, names=two.entities)
    here.odoo.restore_key()
    heal(here, scope=two)


@pytest.mark.parametrize(("fault", "rows"), [(MemoryAbove, 1), (DisconnectAbove, 7), *slow([(MemoryAbove, 7)])])
def test_pages_that_are_too_big_are_read_in_smaller_ones(here: World, fault: type, rows: int):
    struck = [fault(rows=rows, model=model, method="search_read") for model in ("res.partner", "crm.lead")]
    with here.odoo.faults.on(*struck):
        result = here.sync(Action.DATA_LAKE, LEADS)
    assert (result.outcome, result.counts.quarantined) == (Outcome.SUCCESS, 0), [str(e) for e in result.errors]
    assert_told(here, result.run_id)
    assert_in_step(here, names=LEADS.entities)
    heal(here, scope=LEADS)


@pytest.mark.parametrize("fault", [DisconnectAbove, *slow([MemoryAbove])])
def test_a_census_that_is_too_big_is_taken_in_smaller_blocks(here: World, fault: type):
    with here.odoo.faults.on(fault(rows=7, model="res.partner", method="search")):
        result = here.sync(Action.DATA_LAKE, ACCOUNTS)
    assert result.entities["accounts"].state is EntityState.SUCCESS, [str(each) for each in result.errors]
    assert_in_step(here, names=ACCOUNTS.entities)
    heal(here, scope=ACCOUNTS)
