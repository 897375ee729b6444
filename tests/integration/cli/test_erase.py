"""``erase`` on real servers: previewed, confirmed, refused, listed, lifted, and killed by ``kill -9``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.demo import DemoOdoo
from tests.support.mongods import standalone
from tests.support.processes import ROOT, environment
from tests.support.proxy import Proxy, to_mongo, to_port
from tests.support.slow import slow
from tests.support.world import World, world

PERSON, LINKED = 4, "local"
ASKED = ("erase", "--entity", "users", "--id", str(PERSON))
WHY = ("--reason", "request of 2026-11-30")
Command = Callable[..., int]


def fill(here: World) -> None:
    """A lake with a person whose account is another program's."""
    address = here.odoo.get_value("hr.employee", PERSON, "work_email")
    here.database.users.insert_one({"_id": LINKED, "email": address, "is_active": True, "role": "admin"})
    for action in Action:
        here.sync(action)
    here.odoo.write("hr.employee", PERSON, {"work_phone": "5"})
    here.sync(Action.DATA_LAKE)
    assert here.database.users.find_one({"odoo_employee_id": PERSON})["_id"] == LINKED


@pytest.fixture
def here(mongo_uri: str, database_name: str) -> Iterator[World]:
    with DemoOdoo(records=20) as odoo, world(mongo_uri, database_name, odoo, rights__erase=True) as parts:
        fill(parts)
        yield parts


def left(here: World) -> int:
    """How many documents, entries and accounts there are of the person."""
    lake = here.database.data_lake_serving.count_documents({"entity_type": "user", "data.id": PERSON})
    entries = here.database.sync_changes.count_documents({"entity": "data_lake:users", "odoo_id": PERSON})
    return lake + entries + here.database.users.count_documents({"odoo_employee_id": PERSON})


def test_the_name_and_id_typed_erase_the_record_and_what_goes_and_stays_is_said_before(
    here: World, command: Command, capsys: pytest.CaptureFixture[str]
):
    assert left(here) == 3
    assert command(*ASKED, *WHY, "--user", "anna", typed=f"users {PERSON}\n") == 0
    said = capsys.readouterr()
    assert "users       1 account of another program unlinked\n" in said.err
    assert "lake_users  1 document deleted, 1 logged change removed\n" in said.err
    assert "of an unlinked account: odoo_employee_id, odoo_user_id, email, name, job_title, phone," in said.err
    assert "MongoDB's oplog and backups" in said.err
    assert "users 4 is erased: 1 document deleted, 1 account of another program unlinked, 1 logged change" in said.out
    assert left(here) == 0
    assert here.database.users.find_one({"_id": LINKED})["role"] == "admin"
    command("audit", "--action", "erase", "--json")
    event = json.loads(capsys.readouterr().out)
    assert (event["user_id"], event["details"]["reason"]) == ("anna", WHY[1])
    command("audit")
    assert "hr.employee 4: 1 documents deleted, 1 accounts unlinked, 1 logged changes" in capsys.readouterr().out


def test_anything_else_typed_erases_nothing(here: World, command: Command):
    for typed in ("", "\n", "y\n", "users\n", "users 5\n"):
        assert command(*ASKED, *WHY, typed=typed) == 1, typed
        assert left(here) == 3, typed


REFUSED: dict[str, tuple[list[str], dict[str, str], str]] = {
    "nobody": ([*ASKED, *WHY], {}, "Nobody is there to confirm it."),
    "no reason": ([*ASKED, "--yes"], {}, "No reason is given."),
    "no right": (
        [*ASKED, *WHY, "--yes"],
        {"ODOO_SYNC_RIGHTS__ERASE": "false"},
        "Set rights.erase (ODOO_SYNC_RIGHTS__ERASE)",
    ),
    "read only": ([*ASKED, *WHY, "--yes"], {"ODOO_SYNC_READ_ONLY": "true"}, "read_only"),
    "unknown": (["erase", "--entity", "lake_user", "--id", "4", *WHY, "--yes"], {}, "Did you mean lake_users?"),
    "no entity": (["erase", "--id", "4", *WHY, "--yes"], {}, "No record is named."),
}


def test_erasing_is_refused(
    here: World, command: Command, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    for name, (words, settings, said) in REFUSED.items():
        assert command(*words, **settings) == 2, name
        assert said in " ".join(capsys.readouterr().err.split("\n")), name
        assert left(here) == 3, name
        for variable, value in settings.items():
            monkeypatch.setenv(variable, "true" if value == "false" else "false")


def test_it_is_previewed_without_the_right_listed_and_lifted(
    here: World, command: Command, capsys: pytest.CaptureFixture[str]
):
    assert command(*ASKED, "--preview", "--json", ODOO_SYNC_RIGHTS__ERASE="false") == 0
    preview = json.loads(capsys.readouterr().out)
    assert preview["by_entity"]["lake_users"] == {"documents": 1, "accounts": 0, "changes": 1, "quarantined": 0}
    assert (preview["model"], preview["accounts"], preview["erased_at"], left(here)) == ("hr.employee", 1, None, 3)
    assert command(*ASKED, *WHY, "--yes", "--json") == 0
    assert json.loads(capsys.readouterr().out)["documents"] == 1
    assert command("erase", "--list", "--json") == 0
    (erased,) = json.loads(capsys.readouterr().out)["erased"]
    assert (erased["model"], erased["odoo_id"], erased["pending"]) == ("hr.employee", PERSON, False)
    command("erase", "--list")
    assert capsys.readouterr().out.splitlines()[1].startswith("hr.employee   4")
    assert command(*ASKED, "--lift", *WHY) == 0
    assert "users 4 comes back with the next sync." in capsys.readouterr().out
    command("sync", "data-lake")
    assert here.lake("user", PERSON)["is_active"]


STEPS = {
    "before it is noted": b"\x02update\x00\x0c\x00\x00\x00sync_erased",
    "before a document is deleted": b"\x02delete\x00\x12\x00\x00\x00data_lake_serving",
    "before an account is unlinked": b"$unset\x00",
    "before entries are removed": b"\x02delete\x00\x0d\x00\x00\x00sync_changes",
    "before the event": b"\x02insert\x00\x0a\x00\x00\x00audit_log",
}


@pytest.mark.parametrize(
    ("topology", "step"),
    [
        ("replica set", "before entries are removed"),
        *slow((topology, step) for topology in ("replica set", "standalone") for step in STEPS),
    ],
)
def test_an_erase_that_was_killed_can_be_given_again(
    topology: str, step: str, mongo_uri: str, database_name: str, tmp_path: Path
):
    connect = to_mongo(mongo_uri)
    with ExitStack() as opened:
        if topology == "standalone":
            port = opened.enter_context(standalone(tmp_path / "alone"))
            mongo_uri = f"mongodb://127.0.0.1:{port}/?directConnection=true"
            connect = to_port(mongo_uri)
        odoo = opened.enter_context(DemoOdoo(records=20))
        here = opened.enter_context(world(mongo_uri, f"{database_name}_k", odoo, rights__erase=True))
        fill(here)
        with Proxy(connect) as line:
            killed = start(here, tmp_path, line)
            line.on_chunk = lambda message: STEPS[step] in message and kill(killed)
            _, said = killed.communicate(timeout=60)
        assert killed.returncode == -signal.SIGKILL, said
        assert here.database.audit_log.count_documents({"action": "erase_record"}) == 0
        here.backend.eraser("anna").erase("users", PERSON, WHY[1])
        assert left(here) == 0
        (event,) = here.database.audit_log.find({"action": "erase_record"})
        counted = [event["details"][name] for name in ("documents", "accounts", "changes")]
        assert counted == [1, 1, 1], "what there was before the first of the two commands"
        assert here.backend.overview_queries.verify_audit_log(lambda each: pytest.fail(str(each))).is_intact
        here.sync(Action.USERS)
        assert left(here) == 0


def start(here: World, home: Path, line: Proxy) -> subprocess.Popen[bytes]:
    """Start an erase that reaches MongoDB through the proxy."""
    variables = {**environment(here, home), "ODOO_SYNC_MONGO__URI": line.mongo_uri}
    words = [sys.executable, "-m", "odoo_sync_tui", *ASKED, *WHY, "--yes"]
    return subprocess.Popen(words, env=variables, cwd=ROOT, stderr=subprocess.PIPE)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill it before its message has passed the proxy."""
    os.kill(process.pid, signal.SIGKILL)
    process.wait(30)
    raise ConnectionError("the process is gone")
