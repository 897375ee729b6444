"""Every write of an entity's sync checks the lease, carries the fence, and is left out of a dry run."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from odoo_sync_tui.core.cursor import CensusTotals, Cursor, DocumentTotals, FieldDrift, IdTotals
from odoo_sync_tui.core.entity import BrokenRule, Document, InactiveReason, RejectedRow
from odoo_sync_tui.core.errors import LeaseLost
from odoo_sync_tui.core.run import Checkpoint, Lease
from odoo_sync_tui.entities import accounts
from odoo_sync_tui.pipeline import entity as room
from odoo_sync_tui.pipeline.entity.writes import LeasedWrites
from odoo_sync_tui.pipeline.heartbeat import lease_lost
from odoo_sync_tui.store.documents.changes import Change, ChangeKind, WriteReport

ENTITY = accounts.ENTITY
FENCE = 41
AT = datetime(2026, 1, 2, tzinfo=UTC)
CHANGE = Change(ChangeKind.CREATED, Document(1, True, {}), None)
REJECTED = RejectedRow(7, "bad", BrokenRule.VALUES)
CHECKPOINT = Checkpoint(20)
CURSOR = Cursor(AT, "basis", "access", "run", AT)
DRIFT = cast("FieldDrift", "a change of a field")
COUNTED = replace(CURSOR, census=CensusTotals(IdTotals(), DocumentTotals(), AT))

Call = tuple[str, tuple[object, ...]]
Write = Callable[[LeasedWrites], object]

WRITES: dict[str, tuple[Write, Call]] = {
    "begin": (lambda w: w.begin(is_first_load=True), ("begin", (ENTITY, True))),
    "write": (lambda w: w.write([CHANGE]), ("write", (ENTITY.target, [CHANGE], FENCE, None))),
    "mask_stored": (lambda w: w.mask_stored(), ("save_fields", (ENTITY.id, [], FENCE))),
    "update_hashes": (lambda w: w.update_hashes({"a": "h"}), ("update_hashes", (ENTITY.target, {"a": "h"}, FENCE))),
    "unset_nulls": (lambda w: w.unset_nulls(["a"]), ("unset_nulls", (ENTITY.target, ["a"], FENCE, None))),
    "clear_hashes": (lambda w: w.clear_hashes([1]), ("clear_hashes", (ENTITY.target, [1], FENCE))),
    "retire": (
        lambda w: w.retire([1, 2], InactiveReason.DELETED),
        ("retire", (ENTITY.target, [1, 2], InactiveReason.DELETED, FENCE, None)),
    ),
    "quarantine": (lambda w: w.quarantine([REJECTED], AT), ("put", (ENTITY.id, "run", [REJECTED], FENCE, AT))),
    "release_quarantine": (lambda w: w.release_quarantine({7}), ("clear", (ENTITY.id, {7}, FENCE))),
    "checkpoint": (
        lambda w: w.checkpoint(CHECKPOINT),
        ("save_checkpoint", ("run", ENTITY.id, CHECKPOINT, FENCE)),
    ),
    "save_cursor": (lambda w: w.save_cursor(CURSOR), ("save_cursor", (ENTITY.id, CURSOR, FENCE))),
    "save_drift": (lambda w: w.save_drift([DRIFT]), ("save_drift", (ENTITY.id, [DRIFT], FENCE))),
    "forget_census": (lambda w: w.forget_census(COUNTED), ("forget_census", (ENTITY.id, FENCE))),
}
AFTERWARDS: dict[str, list[Call]] = {"save_cursor": [("finish_load", (ENTITY,))]}
NOTHING: dict[str, Write] = {
    "write": lambda w: w.write([]),
    "update_hashes": lambda w: w.update_hashes({}),
    "unset_nulls": lambda w: w.unset_nulls([]),
    "clear_hashes": lambda w: w.clear_hashes([]),
    "retire": lambda w: w.retire([], InactiveReason.DELETED),
    "quarantine": lambda w: w.quarantine([], AT),
    "release_quarantine": lambda w: w.release_quarantine(set()),
    "save_drift": lambda w: w.save_drift([]),
    "forget_census": lambda w: w.forget_census(CURSOR),
}


class FakeStore:
    """Keeps the calls; every room of the store is this object."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.report = WriteReport()
        self.outbox: object = None
        self.documents = self.quarantine = self.runs = self.integrations = self.masks = self

    def __getattr__(self, name: str) -> Callable[..., object]:
        def call(*arguments: object, **named: object) -> object:
            self.calls.append((name, (*arguments, *named.values())))
            return {"write": self.report, "retire": 1, "begin": self.outbox}.get(name)

        return call


class FakeHeartbeat:
    """Counts the checks of the lease."""

    def __init__(self) -> None:
        self.checks = 0
        self.is_lost = False

    def ensure_held(self) -> None:
        self.checks += 1
        if self.is_lost:
            raise lease_lost()


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def heartbeat() -> FakeHeartbeat:
    return FakeHeartbeat()


def make_writes(store: FakeStore, heartbeat: FakeHeartbeat, *, dry_run: bool = False) -> LeasedWrites:
    lease = Lease("odoo", "me", FENCE, AT)
    log, pulse = cast("Any", store), cast("Any", heartbeat)
    return LeasedWrites(log, ENTITY, "run", lease, pulse, dry_run=dry_run, recorder=log)


def test_every_public_method_of_the_writes_is_in_the_tables_of_this_test() -> None:
    methods = {name for name, value in vars(LeasedWrites).items() if callable(value) and not name.startswith("_")}
    assert methods == WRITES.keys()
    assert methods - NOTHING.keys() == {"begin", "mask_stored", "checkpoint", "save_cursor"}


@pytest.mark.parametrize("name", WRITES)
def test_a_write_checks_the_lease_and_carries_the_fence(store: FakeStore, heartbeat: FakeHeartbeat, name: str) -> None:
    write, call = WRITES[name]
    write(make_writes(store, heartbeat))
    assert store.calls == [call, *AFTERWARDS.get(name, [])]
    assert heartbeat.checks == 1


def test_what_changes_a_document_is_logged_and_moved_at_once(store: FakeStore, heartbeat: FakeHeartbeat) -> None:
    writes, store.outbox = make_writes(store, heartbeat), "outbox"
    writes.begin(is_first_load=False)
    for name in ("write", "retire", "unset_nulls", "update_hashes", "clear_hashes"):
        store.calls.clear()
        WRITES[name][0](writes)
        (_, arguments), *moved = store.calls
        assert ("outbox" in arguments, moved) == (
            (True, [("move", (ENTITY,))]) if name in {"write", "retire", "unset_nulls"} else (False, [])
        )


@pytest.mark.parametrize("name", WRITES)
def test_a_write_under_a_lost_lease_does_not_reach_the_store(
    store: FakeStore, heartbeat: FakeHeartbeat, name: str
) -> None:
    heartbeat.is_lost = True
    with pytest.raises(LeaseLost):
        WRITES[name][0](make_writes(store, heartbeat))
    assert store.calls == []


@pytest.mark.parametrize("name", WRITES)
def test_a_dry_run_writes_nothing(store: FakeStore, heartbeat: FakeHeartbeat, name: str) -> None:
    heartbeat.is_lost = True
    writes = make_writes(store, heartbeat, dry_run=True)
    WRITES[name][0](writes)
    assert store.calls == []
    assert writes.cursor_date is None


@pytest.mark.parametrize("name", NOTHING)
def test_nothing_to_write_is_no_call(store: FakeStore, heartbeat: FakeHeartbeat, name: str) -> None:
    NOTHING[name](make_writes(store, heartbeat))
    assert store.calls == []
    assert heartbeat.checks == 0


def test_a_dry_run_counts_every_document_as_retired(store: FakeStore, heartbeat: FakeHeartbeat) -> None:
    assert make_writes(store, heartbeat).retire([1, 2], InactiveReason.DELETED) == 1
    assert make_writes(store, heartbeat, dry_run=True).retire([1, 2], InactiveReason.DELETED) == 2


def test_documents_that_a_newer_run_wrote_end_the_run(store: FakeStore, heartbeat: FakeHeartbeat) -> None:
    store.report = WriteReport(stale=3)
    with pytest.raises(LeaseLost, match="3 documents of accounts were written by a newer run"):
        make_writes(store, heartbeat).write([CHANGE])


def test_the_date_of_the_cursor_saved_last_is_kept(store: FakeStore, heartbeat: FakeHeartbeat) -> None:
    writes = make_writes(store, heartbeat)
    assert writes.cursor_date is None
    writes.save_cursor(CURSOR)
    assert writes.cursor_date == AT


WRITERS = {
    "write",
    "update_hashes",
    "unset_nulls",
    "clear_hashes",
    "retire",
    "put",
    "clear",
    "save_checkpoint",
    "save_cursor",
    "save_entity_statistics",
}
"""Methods of the store that write documents, quarantine, checkpoints and cursors."""


def named(tree: ast.AST) -> set[str]:
    """All names and attributes of a module, without its docstrings."""
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return attributes | {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def writers_of_the_store(tree: ast.AST) -> set[str]:
    """The writing methods that a module calls on anything but ``LeasedWrites``."""
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    methods = [each for each in calls if isinstance(each, ast.Attribute) and each.attr in WRITERS]
    return {ast.unparse(each) for each in methods if ast.unparse(each.value) != "self._writes"}


def test_only_the_leased_writes_name_the_fence_the_lease_and_the_dry_run() -> None:
    modules = {path.stem: ast.parse(path.read_text()) for path in Path(next(iter(room.__path__))).glob("*.py")}
    guarded = {"fence", "_fence", "ensure_held", "dry_run", "_dry_run", "Lease", "Heartbeat", "heartbeat", "lease"}
    found = SimpleNamespace(
        guarded={name for name, tree in modules.items() if named(tree) & guarded},
        writing={name for name, tree in modules.items() if writers_of_the_store(tree)},
    )
    assert found.guarded == {"writes"}
    assert found.writing == {"writes"}


def change(kind: ChangeKind, number: int = 9, *, active: bool = True, said: str | None = "h", **more: Any) -> Change:
    return Change(kind, Document(number, active, {}, **more), said)


@pytest.mark.parametrize(
    ("written", "moved"),
    [
        (change(ChangeKind.CREATED), DocumentTotals(IdTotals(1, 9), 1)),
        (change(ChangeKind.CREATED, active=False), DocumentTotals(IdTotals(1, 9), 0)),
        (change(ChangeKind.REACTIVATED), DocumentTotals(active=1)),
        (change(ChangeKind.DEACTIVATED, active=False), DocumentTotals(active=-1)),
        (change(ChangeKind.UPDATED), DocumentTotals()),
        (change(ChangeKind.RESTATED), DocumentTotals()),
    ],
)
def test_the_totals_move_by_what_is_written(
    store: FakeStore, heartbeat: FakeHeartbeat, written: Change, moved: DocumentTotals
) -> None:
    writes = make_writes(store, heartbeat)
    writes.write([written, change(ChangeKind.UPDATED)])
    writes.retire([1, 2], InactiveReason.DELETED)
    assert writes.moved == moved + DocumentTotals(active=-1), "of the two documents one was active"
    assert not writes.left_unsettled


@pytest.mark.parametrize(
    "written",
    [
        change(ChangeKind.CREATED, said=None),
        change(ChangeKind.UPDATED, incomplete=True),
        change(ChangeKind.LINKED),
    ],
    ids=["no hash", "incomplete", "linked"],
)
def test_a_document_that_has_to_be_looked_at_again_is_remembered(
    store: FakeStore, heartbeat: FakeHeartbeat, written: Change
) -> None:
    writes = make_writes(store, heartbeat)
    writes.write([written])
    assert writes.left_unsettled


@pytest.mark.parametrize("report", [WriteReport(missed=1), WriteReport(rejected=(REJECTED,))])
def test_a_change_that_was_not_written_is_remembered(
    store: FakeStore, heartbeat: FakeHeartbeat, report: WriteReport
) -> None:
    writes = make_writes(store, heartbeat)
    store.report = report
    writes.write([change(ChangeKind.UPDATED)])
    assert writes.left_unsettled


def test_a_row_in_quarantine_is_remembered(store: FakeStore, heartbeat: FakeHeartbeat) -> None:
    writes = make_writes(store, heartbeat)
    writes.quarantine([REJECTED], AT)
    assert writes.left_unsettled
