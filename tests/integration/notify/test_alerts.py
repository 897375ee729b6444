"""Who is told about a sync: each change of its state once, also where a receiver was down; no run fails of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.errors import ConfigurationError, LeaseHeld, StoreUnavailable
from odoo_sync_tui.core.run import Operator
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.demo.faults import ForbiddenField, PoisonRow, RaisedError
from odoo_sync_tui.notify import delivery
from odoo_sync_tui.pipeline.backend import open_backend
from odoo_sync_tui.pipeline.run.follow_up import alerts
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.threads import start_thread
from odoo_sync_tui.settings.load import build_settings_from_overrides
from odoo_sync_tui.store.database import Store
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
    """Take what was told since the last look, receivers in their order: the path, and the event."""
    taken = [(path, json.loads(body)["event"] if body else "") for path, _, body in receiver.taken]
    receiver.taken.clear()
    return sorted(taken)


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


def be_silent_since_hours(here: World, action: Action, hours: int) -> None:
    """Let the runs of a sync have ended so long ago."""
    moment = datetime.now(UTC) - timedelta(hours=hours)
    here.database.sync_runs.update_many({"action": action}, {"$set": {"started_at": moment, "finished_at": moment}})


@pytest.fixture
def expecting(odoo: DemoOdoo, mongo_uri: str, database_name: str, receiver: Receiver) -> Iterator[World]:
    settings = {"alerts__1__webhook": f"{receiver.url}/canary", "expect__every": "1h"}
    with world(mongo_uri, database_name, odoo, **settings) as parts:
        yield parts


def test_a_late_sync_is_told_once_by_another_one_and_recovers_once(expecting: World, receiver: Receiver) -> None:
    expecting.sync(Action.USERS)
    be_silent_since_hours(expecting, Action.USERS, 3)
    for _ in range(2):
        expecting.sync(Action.DEPARTMENTS)
    ((_, _, body),) = receiver.taken
    message = json.loads(body)
    assert (message["event"], message["sync"], message["run_id"]) == ("late", "users", "")
    assert message["note"].startswith("no success since ")
    assert told(receiver) == [("/canary", "late")]
    expecting.sync(Action.USERS)
    assert told(receiver) == [("/canary", "recovered")]
    expecting.sync(Action.DEPARTMENTS)
    assert told(receiver) == []


def test_whoever_watches_tells_too_and_leaves_a_receiver_that_is_down_alone_for_a_while(
    expecting: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    expecting.sync(Action.USERS)
    be_silent_since_hours(expecting, Action.USERS, 3)
    receiver.status = 404
    watcher = open_backend(build_settings_from_overrides(expecting.settings))
    for _ in range(3):
        watcher.service().announce_standing("watcher")
    assert (receiver.refused, len(events(expecting))) == (1, 1)
    receiver.status = 200
    monkeypatch.setattr(alerts, "RETRY_INTERVAL", timedelta(0))
    for _ in range(3):
        watcher.service().announce_standing("watcher")
    assert told(receiver) == [("/canary", "late")]
    expecting.backend.service().pause("anna", Action.USERS, "migration")
    watcher.service().announce_standing("watcher")
    assert told(receiver) == [], "a pause is no success"
    watcher.close()


def test_a_key_that_ends_soon_is_told_once_by_whatever_sync(expecting: World, receiver: Receiver) -> None:
    moment = datetime.now(UTC) + timedelta(days=3, hours=1)
    expecting.odoo.write("res.users.apikeys", 1, {"expiration_date": f"{moment:%Y-%m-%d %H:%M:%S}"})
    expecting.sync(Action.USERS)
    ((_, _, body),) = receiver.taken
    message = json.loads(body)
    assert (message["event"], message["sync"]) == ("expires", "")
    assert message["note"] == f"the first API key of the Odoo user ends on {moment:%Y-%m-%d}, in 3 days"
    expecting.sync(Action.DEPARTMENTS)
    assert told(receiver) == [("/canary", "expires")]


def test_a_run_that_cannot_begin_has_failed_and_one_that_is_refused_by_another_has_not(
    expecting: World, receiver: Receiver
) -> None:
    expecting.sync(Action.USERS)
    expecting.database.integrations.update_one({}, {"$set": {"enabled": False}})
    for _ in range(2):
        with pytest.raises(ConfigurationError):
            expecting.sync(Action.USERS)
    with pytest.raises(ConfigurationError):
        expecting.sync(Action.USERS, Scope(dry_run=True))
    assert told(receiver) == [("/canary", "failed")]
    expecting.database.integrations.update_one({}, {"$set": {"enabled": True}})
    with taken_lease(expecting), pytest.raises(LeaseHeld):
        expecting.sync(Action.USERS)
    assert told(receiver) == []
    expecting.sync(Action.USERS)
    assert told(receiver) == [("/canary", "recovered")]


@contextmanager
def taken_lease(here: World) -> Iterator[None]:
    with Store.from_database(here.database) as store:
        lease = store.leases.acquire("odoo", Operator("bert", "elsewhere", 1), "another", 60.0)
        yield
        store.leases.release(lease)


def test_receivers_are_told_side_by_side_and_given_up_when_the_end_is_requested(
    odoo: DemoOdoo, mongo_uri: str, database_name: str, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "MAX_SECONDS", 3600.0)
    both, let_go, cancel = threading.Barrier(3), threading.Event(), CancelToken()
    settings: dict[str, object] = {}
    for number in (1, 2):
        settings |= {f"alerts__{number}__ping": f"{receiver.url}/{number}", f"alerts__{number}__timeout_seconds": 120}

    def hang() -> None:
        both.wait(60)
        let_go.wait(60)

    receiver.before_answer = hang
    with world(mongo_uri, database_name, odoo, **settings) as here:
        run = start_thread(lambda: here.sync(Action.USERS, cancel=cancel), "run")
        both.wait(60)
        cancel.request("interrupted by SIGTERM")
        assert run.result(CancelToken()).outcome is Outcome.SUCCESS
        assert not let_go.is_set()
        assert [each["errors"] for each in events(here)] == [
            [f"alerts.{number}: the program was asked to end meanwhile."] for number in (1, 2)
        ]
        let_go.set()
