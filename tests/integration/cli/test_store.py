"""``store backup`` and ``store restore`` on real servers: all as it was, or nothing, and never half in silence."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from bson import Binary, Code, Decimal128, Int64, ObjectId, Regex, Timestamp
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo.database import Database

from odoo_sync_tui.cli.main import main
from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.errors import ConfigurationError, RunCancelled
from odoo_sync_tui.core.reports.verification import Verdict
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.pipeline.run.backups import StoreCopier
from odoo_sync_tui.runtime.cancel import CancelToken
from tests.support.processes import environment
from tests.support.world import World, world

ODD = {
    "_id": ObjectId("65f0c0ffee0000000000beef"),
    "whole": Int64(5),
    "money": Decimal128("1.10"),
    "double": 5.0,
    "at": datetime(2026, 1, 31, 8, tzinfo=UTC),
    "binary": Binary(b"\0\1", 0x80),
    "stamp": Timestamp(4, 5),
    "pattern": Regex("^a", 2),
    "code": Code("1"),
    "order": {"b": 1, "a": [None, {"$x.y": True}]},
}
Command = Callable[..., int]


@pytest.fixture
def odoo() -> Iterator[DemoOdoo]:
    with DemoOdoo(records=20) as server:
        yield server


@pytest.fixture
def here(odoo: DemoOdoo, mongo_uri: str, database_name: str) -> Iterator[World]:
    """A lake that is in step, beside documents of another program."""
    with world(mongo_uri, database_name, odoo) as parts:
        for action in Action:
            assert parts.sync(action).outcome is Outcome.SUCCESS
        rule = {"$jsonSchema": {"required": ["whole"]}}
        parts.database.create_collection("theirs/of:others", validator=rule, validationLevel="moderate")
        parts.database["theirs/of:others"].insert_one(ODD)
        parts.database["theirs/of:others"].create_index([("whole", -1), ("money", 1)], name="own", sparse=True)
        yield parts


@pytest.fixture
def there(odoo: DemoOdoo, mongo_uri: str, database_name: str, here: World) -> Iterator[World]:
    """An empty store, to which the same settings lead."""
    name = f"{database_name}_2"
    with world(mongo_uri, name, odoo) as parts:
        yield parts
        parts.database.client.drop_database(name)


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    def run(world: World, *words: str) -> int:
        for name, value in environment(world, tmp_path).items():
            monkeypatch.setenv(name, value)
        return main(["store", *words])

    return run


def contents(database: Database[dict[str, Any]]) -> dict[str, Any]:
    """Every document byte for byte, with options and indexes, but for who is at work and what was audited since."""
    raw: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)
    found: dict[str, Any] = {}
    for info in database.list_collections():
        name = info["name"]
        documents = database.get_collection(name, codec_options=raw).find({}, sort=[("_id", 1)])
        indexes = sorted(map(str, database[name].list_indexes()))
        found[name] = ([each.raw for each in documents], info.get("options"), indexes)
    return {name: found[name] for name in found.keys() - {"sync_leases", "audit_log", "integrations"}}


def test_a_restored_store_is_the_one_that_was_copied_and_goes_on(
    here: World, there: World, command: Command, tmp_path: Path, odoo: DemoOdoo, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "lake.backup"
    assert command(here, "backup", str(file), "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["backed_up"]["theirs/of:others"] == 1
    assert file.stat().st_mode & 0o777 == 0o600
    assert command(there, "restore", str(file)) == 0
    assert contents(there.database) == contents(here.database)
    odoo.write("crm.lead", odoo.search("crm.lead")[0], {"name": "written since"})
    for action in Action:
        result = there.sync(action)
        assert result.outcome is Outcome.SUCCESS
        assert result.created == result.deactivated == 0
    assert result.updated == 1
    assert there.backend.verifier().verify(tuple(there.backend._catalog), None).verdict is Verdict.IN_STEP
    breaks: list[object] = []
    assert there.backend._store.audit.verify(breaks.append).is_intact, breaks
    names = [each["action"] for each in there.database.audit_log.find().sort("timestamp", 1)]
    assert "store_restore" in names


def test_a_store_that_is_not_empty_is_left_alone_unless_it_is_to_be_replaced(
    here: World, there: World, command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "lake.backup"
    assert command(here, "backup", str(file)) == 0
    assert command(here, "backup", str(file)) == 1, "a file that is there is left alone"
    there.sync(Action.DEPARTMENTS)
    there.database.departments.insert_one({"_id": "of before"})
    before = contents(there.database)
    assert command(there, "restore", str(file)) == 2
    assert "is not empty" in capsys.readouterr().err
    assert command(there, "restore", str(file), "--replace") == 2, "nobody is there to confirm it"
    assert contents(there.database) == before
    assert command(there, "restore", str(file), "--replace", "--yes") == 0
    assert contents(there.database) == contents(here.database)


def damaged(file: Path, how: str) -> None:
    """Damage a backup."""
    if how == "cut off":
        file.write_bytes(file.read_bytes()[:-300])
    elif how == "something else":
        file.write_text("not a backup")
    else:
        with zipfile.ZipFile(file) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        name = next(name for name in members if name.startswith("data_lake"))
        members[name] = members[name].replace(b"account", b"bccount", 1) if how == "changed" else members[name][:-1]
        with zipfile.ZipFile(file, "w") as archive:
            for each, content in members.items():
                archive.writestr(each, content)


def test_a_file_that_is_not_whole_changes_nothing(
    here: World, there: World, command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    whole = tmp_path / "lake.backup"
    assert command(here, "backup", str(whole)) == 0
    for how in ("cut off", "something else", "changed", "one byte short"):
        file = tmp_path / f"{how}.backup"
        shutil.copy(whole, file)
        damaged(file, how)
        capsys.readouterr()
        assert command(there, "restore", str(file)) == 2, how
        assert "is no whole backup" in capsys.readouterr().err, how
        assert there.database.list_collection_names() == [], how


def test_a_copy_that_is_stopped_leaves_no_file_and_a_restore_no_store_that_looks_whole(
    here: World, there: World, tmp_path: Path, command: Command, capsys: pytest.CaptureFixture[str]
):
    def copier(parts: World, stop_at: int) -> StoreCopier:
        """One that is stopped when it comes to the departments for the time ``stop_at``."""
        cancel, times = CancelToken(), iter(range(1, stop_at))

        def on_copied(name: str, _documents: int) -> None:
            if name == "departments" and next(times, None) is None:
                cancel.request("a test")

        return StoreCopier(parts.backend._store, parts.backend._settings, cancel, on_copied)

    file = tmp_path / "lake.backup"
    with pytest.raises(RunCancelled):
        copier(here, 1).back_up("anna", file)
    assert list(tmp_path.glob("*")) == []
    assert command(here, "backup", str(file)) == 0
    with pytest.raises(RunCancelled):  # the file is read once before, to check it
        copier(there, 2).restore("anna", file, replace=False)
    with pytest.raises(ConfigurationError, match=r"restore from lake\.backup was cut off"):
        there.sync(Action.DEPARTMENTS)
    assert command(there, "restore", str(file)) == 2
    assert "was cut off" in capsys.readouterr().err
    assert main(["doctor"]) == 2
    assert "The store is not whole" in capsys.readouterr().out
    assert command(there, "restore", str(file), "--replace", "--yes") == 0
    assert there.sync(Action.DEPARTMENTS).outcome is Outcome.SUCCESS
