"""What verifications prove in turn: each slice, what differs until it is mended, and a page that anybody can check."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from odoo_sync_tui.cli.main import main
from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.reports.health import HealthLevel
from odoo_sync_tui.core.reports.verification import Proof, Verification
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.demo import DemoOdoo
from tests.support.processes import environment
from tests.support.world import FULL, World, world


@pytest.fixture
def odoo() -> Iterator[DemoOdoo]:
    with DemoOdoo(records=60) as server:
        yield server


@pytest.fixture
def here(odoo: DemoOdoo, mongo_uri: str, database_name: str) -> Iterator[World]:
    """Departments are synced: without them, each user is compared in any case."""
    with world(mongo_uri, database_name, odoo, sync__verify_percent=50, sync__block_size=20) as parts:
        parts.sync(Action.DEPARTMENTS)
        yield parts


def proof_of(here: World) -> Proof:
    """What is proved of the users."""
    _, proof = here.backend.overview_queries.get_overview(events=1).proofs
    assert proof is not None
    return proof


def roll(here: World, percent: int = 50) -> Verification:
    entities = [each for each in here.backend._catalog if each.id == "users"]
    return here.backend.verifier().verify(entities, None, percent)


def test_runs_prove_one_slice_after_the_other_and_all_ids_each_time(here: World) -> None:
    here.sync(Action.USERS)
    first = proof_of(here)
    assert [each is not None for each in first.slices] == [True, False]
    assert (first.proved_since, first.findings) == (None, {})
    here.sync(Action.USERS)
    second = proof_of(here)
    assert second.proved_since == second.slices[0] == first.slices[0]
    here.sync(Action.USERS)
    assert proof_of(here).proved_since == second.slices[1], "the slice that was longest ago comes next"
    here.sync(Action.USERS, Scope(dry_run=True))
    here.sync(Action.USERS, Scope(domain=(("id", ">", 0),)))
    assert proof_of(here).at == proof_of(here).slices[0]
    (found,) = roll(here, 25).entities
    assert found.compared < found.odoo / 2
    slices = proof_of(here).slices
    assert (len(slices), slices.count(second.slices[1])) == (4, 3), "of other slices, what holds for all of them"


def test_the_hash_of_the_ids_is_what_sha256sum_makes_of_them(here: World) -> None:
    here.sync(Action.USERS)
    ids = sorted(here.odoo.search("hr.employee", None))
    lines = "".join(f"{each}\n" for each in ids).encode()
    proved = proof_of(here).ids
    assert proved.odoo_sha256 == proved.store_sha256 == hashlib.sha256(lines).hexdigest()
    assert (proved.odoo, proved.store) == (len(ids), len(ids))


def test_what_differs_is_told_until_it_is_mended_whatever_slice_it_is_in(here: World) -> None:
    for _ in range(2):
        here.sync(Action.USERS)
    changed = here.database.users.find_one({"odoo_employee_id": 4})
    assert changed is not None
    here.database.users.update_one({"_id": changed["_id"]}, {"$set": {"name": "not by us"}})
    for _ in range(2):
        here.sync(Action.USERS)
    assert proof_of(here).findings == {"different": 1}
    for _ in range(2):
        overview = here.backend.overview_queries.get_overview(events=1)
        assert overview.health.level is HealthLevel.ATTENTION
        assert "1 different" in overview.health.reason
        here.sync(Action.USERS)
    here.database.users.update_one({"_id": changed["_id"]}, {"$set": {"name": changed["name"]}})
    roll(here)
    assert here.backend.overview_queries.get_overview(events=1).health.level is HealthLevel.IN_STEP


def test_another_source_begins_anew(here: World) -> None:
    here.sync(Action.USERS)
    here.database.integrations.update_one({}, {"$set": {"source.database": "elsewhere"}})
    here.sync(Action.USERS, Scope(adopt_source=True))
    assert len([each for each in proof_of(here).slices if each]) == 1


def test_the_page_says_what_is_proved_and_by_its_exit_code_whether_all_is(
    here: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {**environment(here, tmp_path), "ODOO_SYNC_SYNC__VERIFY_PERCENT": "0"}.items():
        monkeypatch.setenv(name, value)
    here.database.integrations.update_one({}, {"$unset": {"proofs": 1}})
    assert main(["proof"]) == 3
    here.sync(Action.USERS, FULL)
    capsys.readouterr()
    assert main(["proof", "--json"]) == 1
    page = json.loads(capsys.readouterr().out)
    assert page["proved"] is False
    assert page["entities"]["departments"] is None
    assert page["entities"]["users"]["contents"] == {"proved_since": None, "today": 0.5}
    assert main(["verify", "users", "--full"]) == main(["verify", "departments", "--full"]) == 0
    capsys.readouterr()
    assert main(["proof", "--json"]) == 0
    page = json.loads(capsys.readouterr().out)
    entity = page["entities"]["users"]
    assert entity["odoo"] == entity["store"]
    assert (page["proved"], page["audit"]["intact"], entity["contents"]["today"]) == (True, True, 1.0)
    assert entity["contents"]["proved_since"] == entity["verified_at"]
    assert main(["proof"]) == 0
    text = capsys.readouterr().out
    assert f"users ids, SHA-256: {entity['odoo']['ids_sha256']}\n" in text
    assert text.count("in step") == 2
