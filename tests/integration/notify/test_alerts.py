"""Who is told about a sync: each change of its state once, also where a receiver was down; no run fails of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.errors import ConfigurationError, StoreUnavailable
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.demo.faults import ForbiddenField, PoisonRow, RaisedError
from odoo_sync_tui.notify import delivery
from odoo_sync_tui.store.runs.integrations import Integrations
from tests.support.receivers import Receiver, serving
from tests.support.world import FULL, World, world

DEALS = Scope(entities=("deals",))


@pytest.fixture
def odoo() -> Iterator[DemoOdoo]:
    with DemoOdoo(records=60) as server:
        yield server


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with serving(Receiver()) as server:
        yield server


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery.deliver, "__defaults__", (lambda _: None, (0.0, 0.0)))


@pytest.fixture
def here(odoo: DemoOdoo, mongo_uri: str, database_name: str, receiver: Receiver) -> Iterator[World]:
    settings = {
        "alerts__1__webhook": f"{receiver.url}/canary",
        "alerts__2__webhook": f"{receiver.url}/failures",
        "alerts__2__on": ["failed", "recovered"],
        "alerts__3__ping": f"{receiver.url}/ping",
        "entities__deals__model": "crm.lead",
    }
    with world(mongo_uri, database_name, odoo, **settings) as parts:
        yield parts


def told(receiver: Receiver) -> list[tuple[str, str]]:
    """Take what was told since the last look: the path, and the event."""
    taken = [(path, json.loads(body)["event"] if body else "") for path, _, body in receiver.taken]
    receiver.taken.clear()
    return taken


def events(here: World) -> list[dict[str, Any]]:
    return [each["details"] for each in here.database.audit_log.find({"action": "alert"}).sort("timestamp")]


def test_each_change_of_state_is_told_once(here: World, receiver: Receiver) -> None:
    here.sync(Action.USERS)
    assert told(receiver) == [("/ping", "")]
    with here.odoo.faults.on(PoisonRow(model="hr.employee", record_id=3, field_name="name")):
        for _ in range(2):
            assert here.sync(Action.USERS, FULL).outcome is Outcome.PARTIAL
        assert told(receiver) == [("/canary", "partial")]
    with here.odoo.faults.on(RaisedError(model="hr.employee", method="fields_get", kind="AccessError")):
        for _ in range(2):
            assert here.sync(Action.USERS, FULL).outcome is Outcome.FAILED
        assert told(receiver) == [("/canary", "failed"), ("/failures", "failed")]
        here.sync(Action.DEPARTMENTS)
        assert told(receiver) == [("/ping", "")], "another sync has a state of its own"
    here.sync(Action.USERS, Scope(dry_run=True))
    here.sync(Action.USERS, Scope(domain=(("id", ">", 0),)))
    assert told(receiver) == [], "neither tells how the sync is"
    here.sync(Action.USERS)
    assert told(receiver) == [("/canary", "recovered"), ("/failures", "recovered"), ("/ping", "")]
    here.sync(Action.USERS)
    assert told(receiver) == [("/ping", "")]
    assert [(each["about"], each["to"]) for each in events(here)] == [
        ("partial", "alerts.1 (webhook)"),
        ("failed", "alerts.1 (webhook)"),
        ("failed", "alerts.2 (webhook)"),
        ("recovered", "alerts.1 (webhook)"),
        ("recovered", "alerts.2 (webhook)"),
    ]


def test_a_receiver_that_was_down_is_told_by_the_next_run(here: World, receiver: Receiver) -> None:
    receiver.status = 503
    with here.odoo.faults.on(PoisonRow(model="hr.employee", record_id=3, field_name="name")):
        assert here.sync(Action.USERS, FULL).outcome is Outcome.PARTIAL
        assert (receiver.refused, told(receiver)) == (3, [])
        (event,) = events(here)
        assert (event["event"], event["tries"], event["errors"]) == (
            "alert_failed",
            3,
            ["alerts.1: it answers 503."],
        )
        receiver.status = 200
        here.sync(Action.USERS, FULL)
        assert told(receiver) == [("/canary", "partial")]
    assert "canary" not in str(list(here.database.audit_log.find())) + str(here.integration()["alerts"])


def test_changed_fields_and_withheld_retirements_are_told_and_no_value_of_a_record(
    here: World, receiver: Receiver
) -> None:
    here.sync(Action.DATA_LAKE)
    told(receiver)
    with here.odoo.faults.on(ForbiddenField(model="crm.lead", name="phone")):
        for _ in range(2):
            here.sync(Action.DATA_LAKE, DEALS)
    assert [each for each in told(receiver) if each[1]] == [("/canary", "drift")]
    for number in range(1, 41):
        here.odoo.delete("crm.lead", number)
    here.sync(Action.DATA_LAKE, DEALS)
    ((path, _, body),) = receiver.taken
    message = json.loads(body)
    assert (path, message["event"], message["sync"]) == ("/canary", "withheld", "data-lake")
    assert message["entities"] == {"deals": "partial"}
    assert all(isinstance(each, int) for each in message["problems"].values())


def test_wrong_settings_are_told_too_and_stay_the_error_of_the_run(
    odoo: DemoOdoo, mongo_uri: str, database_name: str, receiver: Receiver
) -> None:
    wrong = {"alerts__1__webhook": f"{receiver.url}/canary", "entities__deals__model": "crm.led"}
    with (
        world(mongo_uri, database_name, odoo, **wrong) as here,
        pytest.raises(ConfigurationError, match=r"no model crm\.led"),
    ):
        here.sync(Action.DATA_LAKE)
    assert told(receiver) == [("/canary", "failed")]


def test_a_store_that_does_not_know_who_was_told_is_logged_and_the_run_keeps_its_result(
    here: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise StoreUnavailable("MongoDB is away.")

    monkeypatch.setattr(Integrations, "alerts", refuse)
    assert here.sync(Action.USERS).outcome is Outcome.SUCCESS
    assert told(receiver) == []
    assert "Not everybody could be told" in caplog.text
    assert "MongoDB is away." in caplog.text
