"""The change log on a real mongod: each change once, whoever is killed, comes late or writes at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.errors import LeaseLost
from odoo_sync_tui.store.change_log import mover
from odoo_sync_tui.store.database import Store
from odoo_sync_tui.store.indexes import PENDING_COLLECTIONS
from tests.support.change_log import everything, move, open_log, outbox, told
from tests.support.replayed import Replay
from tests.support.store import ACCOUNTS, DEPARTMENTS, LAKE, USERS, created, update


class Killed(BaseException):
    """The process ends here."""


WRITES = ("bulk_write", "insert_one", "insert_many", "update_one", "update_many")


class Mortal:
    """A database or a collection in a process that is killed at one of its writes: before it, or in it."""

    def __init__(self, inner: Any, strike: Callable[[Callable[..., Any], Any, Any], Any]) -> None:
        self._inner, self._strike = inner, strike

    def __getitem__(self, name: str) -> Mortal:
        return Mortal(self._inner[name], self._strike)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if name == "with_options":
            return lambda **options: Mortal(method(**options), self._strike)
        return (lambda *given, **named: self._strike(method, given, named)) if name in WRITES else method


def strike_at(number: int, moment: str) -> Callable[[Callable[..., Any], Any, Any], Any]:
    """Kill at this write."""
    left = [number]

    def strike(method: Callable[..., Any], given: Any, named: Any) -> Any:
        left[0] -= 1
        if left[0]:
            return method(*given, **named)
        if moment == "in it" and isinstance(given[0], list):
            given = (given[0][: len(given[0]) // 2 or 1], *given[1:])
        if moment == "in it":
            method(*given, **named)
        raise Killed

    return strike


@pytest.mark.parametrize("moment", ["before", "in it"])
def test_whichever_write_a_run_is_killed_at_the_next_one_moves_the_rest_once(
    store: Store, moment: str, monkeypatch: pytest.MonkeyPatch
):
    database = open_log(store)
    monkeypatch.setattr(mover, "MAX_BATCH_ENTRIES", 3)
    store.documents.write(LAKE, created(ACCOUNTS, *range(1, 6)), 1, outbox())
    move(store)
    replay, number, kills = Replay(database), 0, 0
    while kills == number:
        number += 1
        mortal = Store.from_database(Mortal(database, strike_at(number, moment)))  # type: ignore[arg-type]
        fence, box = number + 1, outbox(f"run{number}")
        try:
            mortal.change_log.open(fence, everything)
            for name in ("X", f"Y{number}"):
                page = [update(each, f"odoo_account_{each}", name=name) for each in range(1, 6)]
                mortal.documents.write(LAKE, page, fence, box)
            mortal.change_log.move("data_lake_serving", fence, everything)
        except Killed:
            kills += 1
        store.change_log.open(fence + 1, everything)
        entries = replay.follow()
        changes = [(each["document_id"], *each["fields"][0].values()) for each in entries]
        assert len(set(changes)) == len(changes) <= 10
        assert [each["_id"] for each in entries] == sorted({each["_id"] for each in entries})
    assert number > 10, "as many writes as were killed, and one run that lived"
    assert len(changes) == 10


def test_a_run_that_lost_its_lease_adds_nothing_and_what_it_wrote_is_in_the_log(store: Store):
    database = open_log(store)
    store.documents.write(LAKE, created(ACCOUNTS, 1), 1, outbox())
    store.change_log.open(2, everything)
    store.documents.write(LAKE, created(ACCOUNTS, 2), 1, outbox("late"))
    with pytest.raises(LeaseLost):
        move(store, 1)
    with pytest.raises(LeaseLost):
        store.change_log.open(1, everything)
    late = [update(1, "odoo_account_1", name="late")]
    store.documents.write(LAKE, [update(1, "odoo_account_1", name="new")], 2, outbox("new"))
    assert store.documents.write(LAKE, late, 1, outbox("late")).stale == 1
    move(store, 2)
    assert [(each[1], each[2]["data.name"][1]) for each in told(database)] == [
        ("account.created", "Name 1"),
        ("account.created", "Name 2"),
        ("account.updated", "new"),
    ]


def test_several_programs_move_at_once_and_a_reader_misses_nothing(store: Store, monkeypatch: pytest.MonkeyPatch):
    database = open_log(store)
    monkeypatch.setattr(mover, "MAX_BATCH_ENTRIES", 7)
    rounds, done, failures = 5, threading.Event(), list[Exception]()

    def write(entity: Entity, first: int) -> None:
        try:
            box, ids, target = outbox(f"{entity.id}{first}", entity), range(first, first + 10), entity.target
            store.documents.write(target, created(entity, *ids), 1, box)
            for number in range(rounds):
                page = [update(each, target.make_key(each), entity=entity, name=f"{number}") for each in ids]
                store.documents.write(target, page, 1, box)
                store.change_log.move(target.collection, 1, everything)
        except Exception as error:  # noqa: BLE001
            failures.append(error)

    seen: list[int] = []

    def read() -> None:
        last = 0
        while not done.is_set():
            for each in database.sync_changes.find({"_id": {"$gt": last}}, ["_id"]).sort("_id", 1):
                seen.append(each["_id"])
                last = each["_id"]

    replay, reader = Replay(database), threading.Thread(target=read)
    kinds = ((ACCOUNTS, 1), (ACCOUNTS, 101), (USERS, 1), (DEPARTMENTS, 1))
    writers = [threading.Thread(target=write, args=kind) for kind in kinds]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    for name in PENDING_COLLECTIONS:
        store.change_log.move(name, 1, everything)
    done.set()
    reader.join()
    assert failures == []
    entries = replay.follow()
    assert len(entries) == len(kinds) * 10 * (rounds + 1)
    assert [each["_id"] for each in entries if each["_id"] <= seen[-1]] == seen


def test_a_head_that_is_gone_is_made_anew_behind_the_last_number(store: Store):
    database = open_log(store)
    store.documents.write(LAKE, created(ACCOUNTS, 1, 2), 1, outbox())
    move(store)
    database.sync_change_log.delete_many({})
    store.change_log.open(2, everything)
    store.documents.write(LAKE, created(ACCOUNTS, 3), 2, outbox("s"))
    move(store, 2)
    assert [each[0] for each in told(database)] == [1, 2, 3]
