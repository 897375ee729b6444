"""The commands that read the change log, on a log that is written by hand."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from bson import Decimal128
from pymongo.database import Database

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.main import main
from odoo_sync_tui.core.text.times import format_local_time
from odoo_sync_tui.settings.names import to_env_variable
from tests.support.hostile_text import harmless
from tests.support.logged_entries import BEGIN, LEADS, after, changed, entry, lead, write
from tests.support.world import wait_until

Fields = dict[str, Any]
STORED = "a\x1b]52;c;eA==\x07\x1b[2J\x9b31m\u202e\r\n\x00名"
COMMAND = [sys.executable, "-m", "odoo_sync_tui"]


@pytest.fixture(autouse=True)
def lake(
    database: Database[Fields], mongo_uri: str, database_name: str, store: object, monkeypatch: pytest.MonkeyPatch
) -> Database[Fields]:
    monkeypatch.setenv(to_env_variable("mongo.uri"), mongo_uri)
    monkeypatch.setenv(to_env_variable("mongo.database"), database_name)
    return database


class Ended:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]):
    def run(*words: str) -> Ended:
        code = main(words)
        return Ended(code, *capsys.readouterr())

    return run


def test_tail_prints_entries_for_people_and_for_programs(run, lake):
    write(
        lake,
        entry(1, 7, changed("data.name", STORED, "new"), {"name": "data.note", "new": None}, {"name": "x", "old": 1}),
        entry(2, 7, changed("data.stage_id", 1, 2), entity="users", type="employee.updated"),
        entry(3, fields=[], values_omitted=True),
    )
    ended = run("changes", "tail")
    assert ended.code == 0
    assert harmless(ended.out)
    first, second, third = ended.out.splitlines()
    assert first.startswith(f"1  {format_local_time(after(1))}  opportunity.updated 7  data.name ")
    assert first.endswith(", data.note null, x 1 -> (removed)")
    assert second.endswith("employee.updated 7  data.stage_id 1 -> 2")
    assert third.endswith("the values were too large to be kept")
    (line, *_) = run("changes", "tail", "--entity", "opportunities", "--field", "note", "--json", "--limit", "1").lines
    assert line["fields"][1:] == [{"name": "data.note", "new": None}, {"name": "x", "old": 1}]
    assert {name: line[name] for name in ("id", "type", "entity", "odoo_id", "run_id", "first_load")} == {
        "id": 1, "type": "opportunity.updated", "entity": LEADS, "odoo_id": 7, "run_id": "run-1", "first_load": False,
    }  # fmt: skip


def test_a_position_moves_by_an_acknowledgement_alone_and_a_gap_is_told(run, lake):
    write(lake, *map(entry, range(1, 7)))

    def ids() -> list[int]:
        return [line["id"] for line in run("changes", "tail", "--consumer", "warehouse", "--json").lines]

    assert (ids(), ids()) == ([1, 2, 3, 4, 5, 6],) * 2
    assert run("changes", "ack", "warehouse", "2").out == "warehouse has acknowledged all entries to 2.\n"
    assert ids() == [3, 4, 5, 6]
    assert run("changes", "ack", "warehouse", "1", "--json").lines[0]["position"] == 2
    (consumer,) = run("changes", "consumers", "--json").lines
    assert (consumer["name"], consumer["position"], consumer["behind"]) == ("warehouse", 2, 4)
    assert "warehouse" in run("changes", "consumers").out
    lake.sync_changes.delete_many({"_id": {"$lt": 5}})
    ended = run("changes", "tail", "--consumer", "warehouse", "--json")
    assert ended.code == exit_codes.FAILED
    assert "The entries 3 to 4 of the change log are not kept any more" in ended.err
    assert ended.lines[0] == {"type": "gap", "after": 2, "through": 4}
    assert [line["id"] for line in ended.lines[1:]] == [5, 6]
    assert run("changes", "ack", "warehouse", "9").code == exit_codes.USAGE


def test_changes_without_a_question_and_of_an_unknown_run_are_refused(run, lake):
    assert "changes tail" in run("changes").err
    assert "no run whose id begins with 5f0c" in run("changes", "--since", "5f0c").err


def test_changes_of_a_run_are_grouped_by_entity(run, lake):
    lake.sync_runs.insert_one({"_id": "run-1"})
    gone = [changed("is_active", True, False), {"name": "inactive_reason", "new": "deleted"}]
    write(
        lake,
        entry(1, 7, changed("data.stage_id", 1, 2)),
        entry(2, 8, {"name": "data.name", "new": "Big deal"}, kind="created"),
        entry(3, 9, *gone, kind="retired"),
        entry(4, 9, run_id="run-2"),
    )
    text = run("changes", "--since", "run-1").out
    assert "data_lake:opportunities: 1 updated, 1 retired (1 deleted), 1 created\n  1 x data.stage_id\n" in text
    assert "    data.stage_id: 1 -> 2\n" in text
    assert '  created 8: data.name "Big deal"\n' in text
    assert "  retired 9 (deleted)\n" in text
    assert [line["id"] for line in run("changes", "--since", "run-1", "--json").lines] == [1, 2, 3]


def test_a_history_shows_who_changed_what_the_newest_last(run, lake):
    lake.sync_runs.insert_one({"_id": "run-1", "operator": {"name": STORED}})
    lake.data_lake_serving.insert_one(lead(7, name="Big deal"))
    write(
        lake, entry(1, 7, changed("data.amount", Decimal128("1.50"), Decimal128("2.00"))), entry(2, 7, kind="retired")
    )
    text = run("history", "opportunities", "7").out
    assert harmless(text)
    assert text.startswith(f'data_lake:opportunities 7 "Big deal": logged since {format_local_time(BEGIN)}\n')
    assert text.index("  data.amount:") < text.index("  retired by ")
    assert '  data.amount: "1.50" -> "2.00"\n' in text
    first, second = run("history", LEADS, "7", "--json").lines
    assert (first["id"], second["type"]) == (1, "opportunity.retired")
    unknown = run("history", "opportunities", "8")
    assert (unknown.code, unknown.out) == (exit_codes.USAGE, "")
    assert "There is no document 8 of opportunities" in unknown.err
    lake.data_lake_serving.insert_one(lead(8))
    assert run("history", "opportunities", "8").out.endswith("no change since then\n")


def test_an_export_is_safe_to_open_and_selects_by_value(run, lake):
    lake.data_lake_serving.insert_many(
        [
            lead(1, name="=cmd()", amount=Decimal128("-1.50"), tag_ids=[1, 2], at=datetime(2026, 1, 2, tzinfo=UTC)),
            lead(2, name=STORED, stage_id=3, extra={"x_a": None}),
        ]
    )
    ended = run("export", "opportunities", "--format", "csv")
    assert ended.code == 0
    assert harmless(ended.out)
    first, second = csv.DictReader(ended.out.splitlines())
    assert (first["data.name"], first["data.amount"], first["data.tag_ids"]) == ("'=cmd()", "-1.50", "[1, 2]")
    assert (second["data.stage_id"], second["data.extra.x_a"], second["other_fields"]) == ("3", "", "")
    assert [line["data"]["name"] for line in run("export", "opportunities").lines] == ["=cmd()", STORED]

    def found(*where: str) -> list[int]:
        conditions = [word for each in where for word in ("--where", each)]
        return [line["data"]["id"] for line in run("export", "opportunities", *conditions).lines]

    assert found("stage_id=3") == found("data.stage_id=3.0", "is_active=true") == [2]
    assert found("tag_ids=2") == found("amount=-1.5") == found("at=2026-01-02T00:00:00Z") == [1]
    assert found("stage_id=3", "tag_ids=2") == []
    wrong = run("export", "opportunities", "--where", "stage=3")
    assert (wrong.code, "No document of opportunities has a field stage." in wrong.err) == (exit_codes.USAGE, True)
    early = run("export", "opportunities", "--as-of", "2020-01-01")
    assert (early.code, "change log of opportunities is not complete" in early.err) == (exit_codes.USAGE, True)
    write(lake, entry(1, 2, fields=[], values_omitted=True))
    partial = run("export", "opportunities", "--as-of", BEGIN.isoformat())
    assert (partial.code, len(partial.lines)) == (exit_codes.FAILED, 1)
    assert "Left out" in partial.err
    assert "There are several" in run("export", "users").err or run("export", "users").code == 0


@pytest.fixture
def follower(lake: Database[Fields]) -> Iterator[subprocess.Popen[str]]:
    write(lake, entry(1))
    command = [*COMMAND, "changes", "tail", "--consumer", "warehouse", "--follow", "--json"]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=buffered) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["id"] == 1
        yield process
        process.kill()


def test_a_follower_prints_what_comes_until_it_is_told_to_end(follower: subprocess.Popen[str], lake: Database[Fields]):
    assert follower.stdout is not None
    write(lake, entry(2))
    assert json.loads(follower.stdout.readline())["id"] == 2
    follower.send_signal(signal.SIGTERM)
    out, err = follower.communicate(timeout=30)
    assert follower.returncode == exit_codes.of_signal(signal.SIGTERM)
    assert (json.loads(out)["outcome"], err) == ("cancelled", "")


def test_a_follower_ends_when_nobody_reads_it_although_nothing_comes(follower: subprocess.Popen[str]):
    assert follower.stdout is not None
    follower.stdout.close()
    wait_until(lambda: follower.poll() is not None)
    assert follower.returncode == exit_codes.BROKEN_PIPE
