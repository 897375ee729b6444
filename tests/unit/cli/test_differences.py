"""What ``sync --dry-run`` prints of the documents that a run would change."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from odoo_sync_tui.cli import detach
from odoo_sync_tui.cli.parser import parse
from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.entity import InactiveReason
from odoo_sync_tui.core.reports.differences import Difference, DifferenceKind, ValueChange
from odoo_sync_tui.core.scope import Scope
from tests.support.fake_backend.backend import FakeBackend
from tests.unit.cli.conftest import Run
from tests.unit.cli.values import HOSTILE, RESULT

STAGE = {"data.stage_id": ValueChange(1, 2)}


def updated(odoo_id: int, fields: dict[str, ValueChange] = STAGE, entity: str = "accounts") -> Difference:
    return Difference(entity, odoo_id, DifferenceKind.UPDATED, None, fields)


def created(odoo_id: int, entity: str = "accounts") -> Difference:
    fields = {"data.id": ValueChange(None, odoo_id), "data.name": ValueChange(None, "New")}
    return Difference(entity, odoo_id, DifferenceKind.CREATED, None, fields)


SOME = [
    created(17),
    updated(4, {"data.stage_id": ValueChange(1, 2), "data.name": ValueChange("Old", None)}),
    updated(5),
    Difference("accounts", 9, DifferenceKind.RETIRED, InactiveReason.DELETED),
    Difference("accounts", 8, DifferenceKind.REACTIVATED, None, {"is_active": ValueChange(False, True)}),
    created(3, "invoices"),
]


@pytest.fixture
def backend(backend: FakeBackend) -> FakeBackend:
    backend.script = lambda _: replace(RESULT, dry_run=True)
    return backend


def below_table(text: str) -> list[str]:
    """The lines after the table, which ends with the sums of all entities."""
    lines = text.splitlines()
    return lines[next(at for at, line in enumerate(lines) if line.startswith("all ")) + 1 :]


def test_text_has_sums_then_fields_then_documents_of_each_entity(run: Run, backend: FakeBackend):
    backend.differences = SOME
    assert below_table(run("sync", "data-lake", "--dry-run").out) == [
        "",
        "accounts: 2 updated, 1 reactivated, 1 retired (1 deleted), 1 created",
        "  2 x data.stage_id",
        "  1 x data.name",
        "  updated 4",
        "    data.stage_id: 1 -> 2",
        '    data.name: "Old" -> null',
        "  updated 5",
        "    data.stage_id: 1 -> 2",
        "  reactivated 8",
        "    is_active: false -> true",
        "  retired 9 (deleted)",
        '  created 17: data.id 17, data.name "New"',
        "",
        "invoices: 1 created",
        '  created 3: data.id 3, data.name "New"',
    ]


def test_json_has_one_object_a_document_and_the_result_as_the_last_line(run: Run, backend: FakeBackend):
    backend.differences = SOME
    *documents, result = map(json.loads, run("sync", "data-lake", "--dry-run", "--json").out.splitlines())
    assert documents[1] == {
        "entity": "accounts",
        "odoo_id": 4,
        "change": "updated",
        "reason": None,
        "fields": {"data.stage_id": {"old": 1, "new": 2}, "data.name": {"old": "Old", "new": None}},
    }
    assert documents[3] == {"entity": "accounts", "odoo_id": 9, "change": "retired", "reason": "deleted", "fields": {}}
    assert [each["odoo_id"] for each in documents] == [17, 4, 5, 9, 8, 3]
    assert result["dry_run"] is True


def test_a_screenful_of_documents_is_shown_and_the_number_of_the_others(run: Run, backend: FakeBackend):
    backend.differences = [*map(created, range(100, 2100)), updated(7)]
    lines = below_table(run("sync", "data-lake", "--dry-run").out)
    assert lines[3] == "  updated 7"
    assert lines[-1] == "  and 1 981 more documents; --differences all shows them"
    assert sum(line.startswith("  created ") for line in lines) == 19


@pytest.mark.parametrize(("option", "shown"), [("all", 60), ("45", 45), ("0", 0)])
def test_how_many_documents_are_shown_can_be_chosen(run: Run, backend: FakeBackend, option: str, shown: int):
    backend.differences = [*map(created, range(60)), *(created(each, "invoices") for each in range(5))]
    text = run("sync", "data-lake", "--dry-run", f"--differences={option}").out
    accounts, invoices = text[text.index("accounts: 60 ") :].split("\ninvoices: ")
    assert accounts.count("  created ") == shown
    assert invoices.count("  created ") == min(shown, 5)
    lines = run("sync", "data-lake", "--dry-run", "--json", f"--differences={option}").out.splitlines()
    assert len(lines) == shown + min(shown, 5) + 1


def test_many_fields_are_cut_with_their_number(run: Run, backend: FakeBackend):
    backend.differences = [updated(1, {f"f{number:04}": ValueChange(1, 2) for number in range(1237)})]
    lines = below_table(run("sync", "data-lake", "--dry-run").out)
    assert lines[2:18] == [*(f"  1 x f{number:04}" for number in range(15)), "  and 1 222 more fields"]
    assert lines[-1] == "    and 1 222 more fields"


def test_of_long_texts_the_place_that_differs_is_shown(run: Run, backend: FakeBackend):
    beginning = "The same in both of them. " * 40
    backend.differences = [updated(1, {"note": ValueChange(f"{beginning}red", f"{beginning}blue")})]
    line = below_table(run("sync", "data-lake", "--dry-run").out)[-1]
    assert line == '    note: ...me in both of them. red" -> ...me in both of them. blue"'


def test_hostile_names_and_values_do_nothing_to_the_terminal(run: Run, backend: FakeBackend):
    backend.differences = [
        updated(1, {f"data.{HOSTILE}" * 20: ValueChange(HOSTILE * 100, {"a": [HOSTILE]})}),
        Difference("accounts", 2, DifferenceKind.CREATED, None, {HOSTILE: ValueChange(None, HOSTILE)}),
    ]
    text = run("sync", "data-lake", "--dry-run").out
    assert text.replace("\n", "").isprintable()
    assert max(map(len, text.splitlines())) < 220
    assert run("sync", "data-lake", "--dry-run", "--json").out.isascii()


def test_a_dry_run_without_a_difference_says_so(run: Run, backend: FakeBackend):
    assert below_table(run("sync", "data-lake", "--dry-run").out) == ["nothing would change"]


def test_a_run_that_is_no_dry_run_shows_none_and_refuses_to_be_asked(run: Run, backend: FakeBackend):
    backend.differences, backend.script = SOME, lambda _: RESULT
    assert below_table(run("sync", "data-lake").out) == []
    ended = run("sync", "data-lake", "--differences", "all")
    assert (ended.code, len(backend.synced)) == (2, 1)
    assert "Add --dry-run." in ended.err


@pytest.mark.parametrize("count", ["many", "-1", "1.5"])
def test_a_count_that_is_none_is_wrong_usage(run: Run, count: str):
    assert run("sync", "users", "--dry-run", f"--differences={count}").code == 2


def test_without_a_place_for_the_file_the_sums_are_shown(run: Run, backend: FakeBackend, machine: Path):
    (machine / "state").write_text("a file where the directory should be")
    backend.differences = SOME
    ended = run("sync", "data-lake", "--dry-run")
    assert ended.code == 0
    assert "accounts: 2 updated, 1 reactivated, 1 retired (1 deleted), 1 created" in ended.out
    assert "updated 4" not in ended.out
    assert "Differences could not be kept in" in ended.err


def test_nothing_is_left_on_the_disk(run: Run, backend: FakeBackend, machine: Path):
    backend.differences = SOME
    run("sync", "data-lake", "--dry-run", "--json")
    files = [path for path in machine.rglob("*") if path.is_file()]
    assert not [path for path in files if "stage_id" in path.read_text(errors="replace")]


@pytest.mark.parametrize(("scope", "asked"), [(Scope(dry_run=True), True), (Scope(), False)])
def test_a_dry_run_that_the_dashboard_detaches_writes_no_values_into_its_log(
    monkeypatch: pytest.MonkeyPatch, scope: Scope, asked: bool
):
    commands: list[list[str]] = []

    def start(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", start)
    detach.start_from_dashboard(parse([]), Action.USERS, scope, wait=False)
    assert ("--differences=0" in commands[0]) is asked
