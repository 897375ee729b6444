"""``entities`` and ``entities drop`` on real servers: listed, confirmed, refused, killed on the way, and taken over."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo.database import Database

from odoo_sync_tui.cli.signals import SignalReceived
from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.errors import ConfigurationError, LeaseLost
from odoo_sync_tui.core.run import INTEGRATION, Operator
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.demo.faults import PoisonRow
from odoo_sync_tui.pipeline.run.removal import drop_entity
from tests.integration.store.conftest import Copies
from tests.support.processes import ROOT, environment
from tests.support.proxy import Proxy, to_mongo
from tests.support.slow import slow
from tests.support.world import World, world

DEALS = {"entities__deals__model": "crm.lead"}
ID = "data_lake:deals"
Command = Callable[..., int]


@pytest.fixture(scope="module")
def odoo() -> Iterator[DemoOdoo]:
    with DemoOdoo(records=20) as server:
        yield server


@pytest.fixture(scope="module")
def copies() -> Copies:
    return Copies()


@pytest.fixture
def here(
    odoo: DemoOdoo, mongo_uri: str, database_name: str, database: Database[dict[str, Any]], copies: Copies
) -> Iterator[World]:
    """A lake whose settings do not declare the entity "deals" any more."""

    def sync() -> None:
        unread = PoisonRow(model="crm.lead", record_id=3, field_name="phone")
        with world(mongo_uri, database_name, odoo, **DEALS) as declared, odoo.faults.on(unread):
            declared.sync(Action.DATA_LAKE)
        for name in ("departments", "users"):
            database[name].insert_one({"_id": "theirs", "entity_type": "deals", "odoo_id": 1})

    copies.fill(database, sync)
    with world(mongo_uri, database_name, odoo) as parts:
        assert deals(parts)
        yield parts


def deals(here: World) -> int:
    return here.database.data_lake_serving.count_documents({"entity_type": "deals"})


def add_deals(here: World, number: int) -> None:
    """Add documents of deals, so that they need several batches."""
    keys = {f"odoo_deals_{each}": each for each in range(100_000, 100_000 + number)}
    here.database.data_lake_serving.insert_many(
        {"_id": key, "serving_id": key, "entity_type": "deals", "data": {"id": each}} for key, each in keys.items()
    )


def others(here: World) -> dict[tuple[int, object], bytes]:
    """All documents that are not of deals, as they are stored."""
    raw = CodecOptions(document_class=RawBSONDocument)
    found = [
        *here.database.get_collection("data_lake_serving", raw).find({"entity_type": {"$ne": "deals"}}),
        *here.database.get_collection("departments", raw).find(),
        *here.database.get_collection("users", raw).find(),
    ]
    return {(number, each["_id"]): each.raw for number, each in enumerate(found)}


def events(here: World) -> list[dict[str, Any]]:
    return list(here.database.audit_log.find({"action": "drop_entity"}).sort("timestamp"))


def test_entities_lists_what_is_synced_and_what_is_left(
    here: World, command: Command, capsys: pytest.CaptureFixture[str]
):
    number = deals(here)
    assert command("entities", ODOO_SYNC_ENTITIES__INVOICES__ENABLED="false") == 0
    rows = [re.split(r"  +", line) for line in capsys.readouterr().out.splitlines()]
    lines = {row[0]: row[1:] for row in rows[1:]}
    assert list(lines) == [
        "departments", "users", "accounts", "opportunities", "lake_users", "invoices", "deals"
    ]  # fmt: skip
    assert lines["lake_users"][:2] == ["hr.employee", "built in"]
    assert lines["invoices"][:2] == ["account.move", "off"]
    assert lines["deals"][:4] == ["-", "undeclared", str(number - 1), "1"]
    assert lines["deals"][4] != "never"
    assert command("entities", "--json", ODOO_SYNC_ENTITIES__DEALS__MODEL="crm.lead") == 0
    deal = json.loads(capsys.readouterr().out)["entities"][-2]
    assert (deal["name"], deal["id"], deal["model"], deal["status"]) == ("deals", ID, "crm.lead", "declared")


def test_status_and_doctor_name_what_is_left(here: World, command: Command, capsys: pytest.CaptureFixture[str]):
    number = deals(here)
    off = {"ODOO_SYNC_ENTITIES__INVOICES__ENABLED": "false"}
    invoices = here.database.data_lake_serving.count_documents({"entity_type": "invoice"})
    left = f"invoices ({invoices} documents, off), deals ({number} documents, no longer declared)"
    command("status", **off)
    assert f"not synced    {left}" in capsys.readouterr().out
    command("status", "--json", **off)
    assert json.loads(capsys.readouterr().out)["left_over"] == [
        {"name": "invoices", "id": "data_lake:invoices", "documents": invoices, "reason": "off"},
        {"name": "deals", "id": ID, "documents": number, "reason": "undeclared"},
    ]
    command("doctor", "--json", **off)
    (check,) = [c for c in json.loads(capsys.readouterr().out)["checks"] if c["name"] == "store.entities"]
    assert check["health"] == "warn"
    assert left in check["message"]
    assert "entities drop invoices" in check["hint"]


def test_where_all_is_synced_nothing_is_said(here: World, command: Command, capsys: pytest.CaptureFixture[str]):
    command("status", ODOO_SYNC_ENTITIES__DEALS__MODEL="crm.lead")
    assert "not synced" not in capsys.readouterr().out


def test_the_name_typed_drops_the_entity_and_nothing_else(
    here: World, command: Command, capsys: pytest.CaptureFixture[str]
):
    before, number = others(here), deals(here)
    assert command("entities", "drop", "deals", "--reason", "sold", "--user", "anna", typed="deals\n") == 0
    said = capsys.readouterr()
    assert f"deals has {number} documents ({number - 1} of them active)" in said.err
    assert f"{number} documents were deleted, and 1 rows in quarantine" in said.out
    assert deals(here) == 0
    assert others(here) == before
    stored = here.integration()
    assert not [name for name in ("cursors", "census", "entities") if ID in stored[name]]
    assert here.database.sync_quarantine.count_documents({"entity": ID}) == 0
    assert here.database.sync_quarantine.count_documents({"entity": "data_lake:opportunities"}) == 1
    begun, ended = events(here)
    assert (begun["user_id"], begun["outcome"], ended["outcome"]) == ("anna", None, "success")
    details = ended["details"]
    assert (details["entity"], details["documents"], details["quarantined"]) == ("deals", number, 1)
    assert (details["reason"], "errors" in details) == ("sold", False)
    assert here.backend.overview_queries.verify_audit_log(pytest.fail).is_intact
    assert here.sync(Action.DATA_LAKE).outcome is not Outcome.FAILED
    assert not here.backend.overview_queries.list_left_over()


def test_anything_else_typed_drops_nothing(here: World, command: Command):
    number = deals(here)
    for typed in ("", "\n", "y\n", "invoices\n"):
        assert command("entities", "drop", "deals", typed=typed) == 1, typed
        assert (deals(here), events(here)) == (number, []), typed


def test_where_nobody_can_be_asked_the_option_is_needed(
    here: World, command: Command, capsys: pytest.CaptureFixture[str]
):
    number = deals(here)
    assert command("entities", "drop", "deals", "--json") == 2
    assert "--yes" in json.loads(capsys.readouterr().out)["hint"]
    assert command("entities", "drop", "deals", "--yes", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"dropped": "deals", "documents": number, "quarantined": 1}


REFUSED: dict[str, tuple[list[str], dict[str, str], str]] = {
    "read only": (["deals"], {"ODOO_SYNC_READ_ONLY": "true"}, "read_only"),
    "declared": (["deals"], {"ODOO_SYNC_ENTITIES__DEALS__MODEL": "crm.lead"}, "deals is still synced"),
    "built in": (
        ["accounts"],
        {},
        "accounts is still synced: nothing was deleted. Set enabled = false in [entities.accounts]",
    ),
    "unknown": (["dels"], {}, "Nothing is known of an entity dels. Did you mean deals?"),
    "departments": (["departments"], {}, "Other programs keep records in the collection departments too"),
    "users": (["users"], {"ODOO_SYNC_ENTITIES__USERS__ENABLED": "false"}, "have the name lake_users"),
    "no name": ([], {}, "No entity is named."),
}


def test_a_drop_is_refused_and_nothing_is_touched(
    here: World, command: Command, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    before, number = others(here), deals(here)
    for name, (words, settings, said) in REFUSED.items():
        assert command("entities", "drop", *words, "--yes", **settings) == 2, name
        assert said in " ".join(capsys.readouterr().err.split("\n")), name
        assert (others(here), deals(here), events(here)) == (before, number, []), name
        for variable in settings:
            monkeypatch.delenv(variable)


def test_a_built_in_entity_of_the_lake_that_is_off_is_dropped(here: World, command: Command):
    off = {"ODOO_SYNC_ENTITIES__LAKE_USERS__ENABLED": "false"}
    people = here.database.users.count_documents({})
    assert command("entities", "drop", "lake_users", "--yes", **off) == 0
    assert here.database.data_lake_serving.count_documents({"entity_type": "user"}) == 0
    assert here.database.users.count_documents({}) == people
    assert command("entities", "drop", "lake_users", "--yes", **off) == 2


def test_an_id_that_another_program_left_is_no_way_to_the_documents_of_another_entity(here: World, command: Command):
    before = others(here)
    for name in ("account", "user", "lake_users", "a.b", ""):
        left = f"entities.data_lake:{name}"
        was = here.integration()["entities"]
        here.database.integrations.update_one({}, {"$set": {f"{left}.odoo": 1}})
        assert command("entities", "drop", name or "data_lake:", "--yes") == 2, name
        assert others(here) == before, name
        here.database.integrations.update_one({}, {"$set": {"entities": was}})


def test_a_run_at_work_is_not_disturbed(here: World, command: Command):
    number, store = deals(here), here.backend._store
    lease = store.leases.acquire(INTEGRATION, Operator("ben", "far away", 1), "r1", 30, store.integrations.fence())
    assert command("entities", "drop", "deals", "--yes") == 3
    assert (deals(here), events(here)) == (number, [])
    store.leases.release(lease)


class TestCutOff:
    @pytest.fixture(autouse=True)
    def small_batches(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(drop_entity, "CHUNK_SIZE", 5)

    def test_a_drop_whose_lease_is_taken_over_stops_and_goes_on_when_it_is_asked_for_again(self, here: World):
        before, number = others(here), deals(here)

        def take_over(_deleted: int) -> None:
            here.database.sync_leases.update_one({}, {"$set": {"owner": "another"}, "$inc": {"fence": 1}})

        with pytest.raises(LeaseLost):
            here.backend.service().drop_entity("anna", "deals", "", take_over)
        assert (deals(here), others(here)) == (number - 5, before)
        assert [event["outcome"] for event in events(here)] == [None, "failed"]
        assert [each.documents for each in here.backend.overview_queries.list_left_over()] == [number - 5]
        here.database.sync_leases.update_one({}, {"$set": {"expires_at": None}})
        assert here.backend.service().drop_entity("anna", "deals", "").documents == number - 5
        assert (deals(here), others(here)) == (0, before)
        assert here.backend.overview_queries.verify_audit_log(pytest.fail).is_intact

    def test_a_signal_stops_a_drop_between_two_batches_and_the_lease_is_free(self, here: World):
        number = deals(here)

        def stop(_deleted: int) -> None:
            raise SignalReceived(signal.SIGTERM)

        with pytest.raises(SignalReceived):
            here.backend.service().drop_entity("anna", "deals", "", stop)
        assert deals(here) == number - 5
        assert [(event["outcome"], event["details"]["documents"]) for event in events(here)] == [
            (None, number), ("cancelled", 5)
        ]  # fmt: skip
        assert here.backend.service().drop_entity("anna", "deals", "").documents == number - 5

    def test_a_document_of_a_newer_run_stays(self, here: World):
        key = here.database.data_lake_serving.find_one({"entity_type": "deals"})["_id"]
        here.database.data_lake_serving.update_one({"_id": key}, {"$set": {"fence": 7_000}})
        with pytest.raises(LeaseLost, match="1 documents of deals were written by a newer run"):
            here.backend.service().drop_entity("anna", "deals", "")
        assert [each["_id"] for each in here.database.data_lake_serving.find({"entity_type": "deals"})] == [key]
        assert ID in here.integration()["cursors"]

    def test_a_document_without_an_odoo_id_is_another_program_s_and_stays(self, here: World):
        theirs = {"_id": "theirs", "serving_id": "theirs", "entity_type": "deals", "data": {}}
        here.database.data_lake_serving.insert_one(theirs)
        here.backend.service().drop_entity("anna", "deals", "")
        assert list(here.database.data_lake_serving.find({"entity_type": "deals"})) == [theirs]
        with pytest.raises(ConfigurationError):
            here.backend.service().drop_entity("anna", "deals", "")


STEPS = {
    "before the event": b"drop_entity",
    "before a document is deleted": b"\x02delete\x00",
    "before the quarantine is cleared": b"\x02delete\x00\x10\x00\x00\x00sync_quarantine",
    "before it is forgotten": b"$unset\x00",
}
LAST_STEP = "before it is forgotten"


@pytest.mark.parametrize("step", [LAST_STEP, *slow(each for each in STEPS if each != LAST_STEP)])
def test_a_drop_that_was_killed_can_be_given_again(
    here: World, command: Command, mongo_uri: str, tmp_path: Path, step: str
):
    before, number = others(here), deals(here)
    with Proxy(to_mongo(mongo_uri)) as line:
        killed = start(here, tmp_path, line)
        line.on_chunk = lambda message: STEPS[step] in message and kill(killed)
        _, said = killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL, said
    assert deals(here) in (0, number)
    assert others(here) == before
    assert command("entities", "drop", "deals", "--yes") == 0
    assert (deals(here), others(here)) == (0, before)
    assert ID not in here.integration()["cursors"]
    assert events(here)[-1]["outcome"] == "success"
    assert here.backend.overview_queries.verify_audit_log(pytest.fail).is_intact


def test_a_drop_killed_between_two_batches_goes_on_with_the_second(
    here: World, command: Command, mongo_uri: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    add_deals(here, 1_000)
    before, number = others(here), deals(here)
    deletions = iter(range(9))
    with Proxy(to_mongo(mongo_uri)) as line:
        killed = start(here, tmp_path, line)
        line.on_chunk = lambda message: b"\x02delete\x00" in message and next(deletions) == 1 and kill(killed)
        _, said = killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL, said
    assert deals(here) == number - 1_000
    assert command("entities", "drop", "deals", "--yes", "--json") == 0
    assert json.loads(capsys.readouterr().out)["documents"] == number - 1_000
    assert (deals(here), others(here)) == (0, before)


def start(here: World, home: Path, line: Proxy) -> subprocess.Popen[bytes]:
    """Start a drop that reaches MongoDB through the proxy."""
    variables = {**environment(here, home), "ODOO_SYNC_MONGO__URI": line.mongo_uri}
    words = [sys.executable, "-m", "odoo_sync_tui", "entities", "drop", "deals", "--yes"]
    return subprocess.Popen(words, env=variables, cwd=ROOT, stderr=subprocess.PIPE)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill it before its message has passed the proxy."""
    os.kill(process.pid, signal.SIGKILL)
    process.wait(30)
    raise ConnectionError("the process is gone")
