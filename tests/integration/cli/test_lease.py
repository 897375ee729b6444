"""``lease`` and ``lease free`` on a real mongod: confirmed, refused, and killed in every step."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.run import INTEGRATION, Operator, RunRecord
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.store.runs import leases
from tests.support.processes import ROOT, environment
from tests.support.proxy import Proxy, to_mongo
from tests.support.slow import slow
from tests.support.world import World, world

HOSTILE = "an\x1b[31mna"
Command = Callable[..., int]


@pytest.fixture
def here(mongo_uri: str, database_name: str) -> Iterator[World]:
    with DemoOdoo(records=20) as odoo, world(mongo_uri, database_name, odoo) as parts:
        parts.sync(Action.DEPARTMENTS)
        yield parts


def hold(here: World, operator: str = "anna") -> None:
    """Hold the lease as a run on another machine does that has burnt down five minutes ago."""
    who, store = Operator(operator, "far away", 1), here.backend._store
    with pytest.MonkeyPatch.context() as elsewhere:
        elsewhere.setattr(leases, "current_process", lambda: None)
        lease = store.leases.acquire(INTEGRATION, who, "away", 3600, store.runs.newest_fence())
    at = datetime.now(UTC) - timedelta(minutes=5)
    store.runs.start(RunRecord("away", str(Action.DEPARTMENTS), who, Scope(), at, at), lease.fence)
    here.database.sync_leases.update_one({}, {"$set": {"since": at}})


def is_held(here: World) -> bool:
    lease = here.backend.overview_queries.get_lease()
    return lease is not None and lease.live


def freed_events(here: World) -> int:
    return here.database.audit_log.count_documents({"action": "lease_freed"})


def test_the_lease_is_shown_with_holder_run_and_fence(
    here: World, command: Command, capsys: pytest.CaptureFixture[str]
):
    hold(here, HOSTILE)
    assert command("lease") == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    *facts, silence = shown.splitlines()
    told = dict(line.split(maxsplit=1) for line in facts)
    assert (told["lease"], told["run"], told["fence"]) == ("held", "away", "2")
    assert told["holder"].endswith("na on far away")
    assert "no sign of life" in silence
    assert command("lease", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["lease"]["run_id"], answer["lease"]["live"], answer["lease"]["fence"]) == ("away", True, 2)


def test_the_name_of_the_holder_typed_frees_the_lease(here: World, command: Command):
    hold(here)
    assert command("lease", "free", "--reason", "burnt down", typed="anna\n") == 0
    assert not is_held(here)
    assert here.sync(Action.DEPARTMENTS).outcome is Outcome.SUCCESS


def test_anything_else_typed_frees_nothing(here: World, command: Command):
    hold(here)
    for typed in ("", "\n", "y\n", "bob\n"):
        assert command("lease", "free", typed=typed) == 1, typed
        assert is_held(here), typed
        assert freed_events(here) == 0, typed


def test_where_nobody_can_be_asked_the_option_is_needed(
    here: World, command: Command, capsys: pytest.CaptureFixture[str]
):
    hold(here)
    assert command("lease", "free", "--json") == 2
    assert "--yes" in json.loads(capsys.readouterr().out)["hint"]
    assert is_held(here)
    assert command("lease", "free", "--yes", "--json") == 0
    assert json.loads(capsys.readouterr().out)["freed"] is True
    assert not is_held(here)


def test_read_only_settings_free_nothing(here: World, command: Command):
    hold(here)
    assert command("lease", "free", "--yes", ODOO_SYNC_READ_ONLY="true") == 2
    assert is_held(here)
    assert freed_events(here) == 0
    assert command("lease", ODOO_SYNC_READ_ONLY="true") == 0


def test_a_refused_sync_names_the_command(here: World, command: Command, capsys: pytest.CaptureFixture[str]):
    hold(here)
    assert command("sync", "departments") == 3
    assert "odoo-sync-tui lease free" in capsys.readouterr().err


STEPS = {
    "before the event": b"lease_freed",
    "before the lease is taken": b"findAndModify",
    "when the lease is taken": b"lastErrorObject",
    "before the end of the run is recorded": b"interrupted_by",
}
LAST_STEP = "before the end of the run is recorded"


@pytest.mark.parametrize("step", [LAST_STEP, *slow(each for each in STEPS if each != LAST_STEP)])
def test_a_command_that_was_killed_can_be_given_again(
    here: World, command: Command, mongo_uri: str, tmp_path: Path, step: str
):
    hold(here)
    with Proxy(to_mongo(mongo_uri)) as line:
        variables = {**environment(here, tmp_path), "ODOO_SYNC_MONGO__URI": line.mongo_uri}
        words = [sys.executable, "-m", "odoo_sync_tui", "lease", "free", "--yes"]
        killed = subprocess.Popen(words, env=variables, cwd=ROOT, stderr=subprocess.PIPE)

        def kill(message: bytes) -> None:
            if STEPS[step] in message:
                os.kill(killed.pid, signal.SIGKILL)
                killed.wait(30)

        line.on_chunk = kill
        _, said = killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL, said
    assert command("lease", "free", "--yes") == 0
    assert freed_events(here) >= 1
    run = here.backend.overview_queries.get_run("away")
    assert run is not None
    assert run.outcome is Outcome.INTERRUPTED
    assert here.sync(Action.DEPARTMENTS).outcome is Outcome.SUCCESS
    assert here.backend.overview_queries.verify_audit_log(pytest.fail).is_intact
