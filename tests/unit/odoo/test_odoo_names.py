"""Names of related records: asked once, by one thread, and never at the cost of a row."""

from __future__ import annotations

import threading

import pytest

from odoo_sync_tui.core.cancel import CancelToken
from odoo_sync_tui.core.entity import Related
from odoo_sync_tui.core.errors import OdooAccessError, OdooPoisonRowError, OdooTransientError
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.odoo import names as module
from odoo_sync_tui.odoo.names import Names

TOKEN = CancelToken()


class Reader:
    """Answers "P7" for 7; keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.error: Exception | None = None
        self.poison: set[int] = set()
        self.hidden: set[int] = set()

    def __call__(self, model: str, ids: list[int], cancel: CancelToken) -> dict[int, object]:
        self.asked.append(ids)
        if self.error:
            raise self.error
        if self.poison.intersection(ids):
            raise OdooPoisonRowError("a bad name")
        return {each: f"P{each}" for each in ids if each not in self.hidden}


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture
def notices() -> list[Notice]:
    return []


@pytest.fixture
def names(reader: Reader, notices: list[Notice]) -> Names:
    return Names(reader, notices.append, 1000)


def test_each_name_is_asked_once(names: Names, reader: Reader) -> None:
    assert names.resolve("res.partner", {3, 1}, TOKEN) == {1: Related(1, "P1"), 3: Related(3, "P3")}
    assert names.resolve("res.partner", {1, 2, 3}, TOKEN)[2] == Related(2, "P2")
    assert reader.asked == [[1, 3], [2]]


def test_equal_ids_of_two_models_are_two_records(names: Names, reader: Reader) -> None:
    names.resolve("res.partner", {1}, TOKEN)
    names.resolve("res.users", {1}, TOKEN)
    assert reader.asked == [[1], [1]]


def test_many_names_are_asked_in_pages(reader: Reader) -> None:
    found = Names(reader, lambda notice: None, 4).resolve("res.partner", range(1, 11), TOKEN)
    assert len(found) == 10
    assert [len(ids) for ids in reader.asked] == [4, 4, 2]


def test_a_record_that_may_not_be_seen_has_no_name(names: Names, reader: Reader, notices: list[Notice]) -> None:
    reader.hidden = {2}
    assert names.resolve("res.partner", {1, 2}, TOKEN)[2] == Related(2, None)
    assert not notices


def test_a_model_that_may_not_be_read_is_asked_once_and_said_once(
    names: Names, reader: Reader, notices: list[Notice]
) -> None:
    reader.error = OdooAccessError("no")
    assert names.resolve("res.partner", {1}, TOKEN) == {1: Related(1, None)}
    assert names.resolve("res.partner", {2}, TOKEN) == {2: Related(2, None)}
    assert len(reader.asked) == 1
    assert [notice.message for notice in notices] == [
        "The names of res.partner cannot be read; documents hold only the ids."
    ]


def test_one_bad_name_costs_only_itself(names: Names, reader: Reader, notices: list[Notice]) -> None:
    reader.poison = {3}
    found = names.resolve("res.partner", range(1, 9), TOKEN)
    assert found[3] == Related(3, None)
    assert [found[each].name for each in (1, 2, 4, 8)] == ["P1", "P2", "P4", "P8"]
    assert "res.partner 3" in notices[0].message


def test_a_model_whose_names_all_fail_is_given_up(names: Names, reader: Reader) -> None:
    reader.poison = set(range(1000))
    found = names.resolve("res.partner", range(1, 901), TOKEN)
    assert len(found) == 900
    assert len(reader.asked) < 150


def test_trouble_that_passes_is_no_empty_name(names: Names, reader: Reader) -> None:
    reader.error = OdooTransientError("busy")
    with pytest.raises(OdooTransientError):
        names.resolve("res.partner", {1}, TOKEN)
    reader.error = None
    assert names.resolve("res.partner", {1}, TOKEN) == {1: Related(1, "P1")}


def test_two_threads_never_ask_the_same_name() -> None:
    asked: list[int] = []
    both_are_asking = threading.Barrier(2, timeout=10)

    def read(model: str, ids: list[int], cancel: CancelToken) -> dict[int, object]:
        both_are_asking.wait()
        asked.extend(ids)
        return {each: f"P{each}" for each in ids}

    names = Names(read, lambda notice: None, 1000)
    found: list[dict[int, Related]] = []
    pages = [range(1, 60), range(30, 90)]
    threads = [
        threading.Thread(target=lambda page=page: found.append(names.resolve("res.partner", page, TOKEN)))
        for page in pages
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(asked) == list(range(1, 90))
    assert sorted(map(len, found)) == [59, 60]


def test_memory_is_bounded(names: Names, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT_PER_MODEL", 5)
    names.resolve("res.partner", range(1, 11), TOKEN)
    names.resolve("res.partner", {10}, TOKEN)
    names.resolve("res.partner", {1}, TOKEN)
    assert reader.asked[1:] == [[1]]
