"""Names of related records: asked once, by one thread, and never at the cost of a row."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest

from odoo_sync_tui.core.entity import Domain, RelatedRecord
from odoo_sync_tui.core.errors import (
    OdooAccessError,
    OdooNoAnswerError,
    OdooPoisonRowError,
    OdooTransientError,
)
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.odoo.calls.page_size import BatchRequest
from odoo_sync_tui.odoo.rows import related_names as module
from odoo_sync_tui.odoo.rows.related_names import RelatedNameCache
from odoo_sync_tui.runtime.cancel import CancelToken

TOKEN = CancelToken()

Read = Callable[[str, list[int], CancelToken], dict[int, object]]
Ping = Callable[[str, CancelToken], None]


class Reader:
    """Answers "P7" for 7; keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.error: Exception | None = None
        self.poison: set[int] = set()
        self.hidden: set[int] = set()
        self.most = 1000
        self.alive = True
        self.looks = 0

    def __call__(self, model: str, ids: list[int], cancel: CancelToken) -> dict[int, object]:
        self.asked.append(ids)
        if self.error:
            raise self.error
        if len(ids) > self.most:
            raise OdooNoAnswerError("closed the connection")
        if self.poison.intersection(ids):
            raise OdooPoisonRowError("a bad name")
        return {each: f"P{each}" for each in ids if each not in self.hidden}

    def look(self, model: str, cancel: CancelToken) -> None:
        self.looks += 1
        if not self.alive:
            raise OdooNoAnswerError("silent")


class Client:
    """The two calls of a client that names need."""

    def __init__(self, read: Read, ping: Ping) -> None:
        self._read = read
        self.ping = ping

    def search_read(
        self, model: str, domain: Domain, fields: Sequence[str], cancel: CancelToken, *, batch: BatchRequest
    ) -> list[dict[str, object]]:
        ((field, operator, ids),) = cast("Any", domain)
        assert (field, operator, fields, batch.row_count) == ("id", "in", ["display_name"], len(ids))
        return [{"id": each, "display_name": name} for each, name in self._read(model, ids, cancel).items()]


def make_cache(read: Read, ping: Ping, warn: Callable[[Notice], None], page_size: int) -> RelatedNameCache:
    return RelatedNameCache(cast("Any", Client(read, ping)), warn, page_size, 19)


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture
def notices() -> list[Notice]:
    return []


@pytest.fixture
def names(reader: Reader, notices: list[Notice]) -> RelatedNameCache:
    return make_cache(reader, reader.look, notices.append, 1000)


def test_each_name_is_asked_once(names: RelatedNameCache, reader: Reader) -> None:
    assert names.resolve("res.partner", {3, 1}, TOKEN).related == {1: RelatedRecord(1, "P1"), 3: RelatedRecord(3, "P3")}
    assert names.resolve("res.partner", {1, 2, 3}, TOKEN).related[2] == RelatedRecord(2, "P2")
    assert reader.asked == [[1, 3], [2]]


def test_equal_ids_of_two_models_are_two_records(names: RelatedNameCache, reader: Reader) -> None:
    names.resolve("res.partner", {1}, TOKEN)
    names.resolve("res.users", {1}, TOKEN)
    assert reader.asked == [[1], [1]]


def test_many_names_are_asked_in_pages(reader: Reader) -> None:
    found = make_cache(reader, reader.look, lambda notice: None, 4).resolve("res.partner", range(1, 11), TOKEN)
    assert len(found.related) == 10
    assert [len(ids) for ids in reader.asked] == [4, 4, 2]


def test_a_record_that_is_hidden_is_unread_and_not_asked_again(
    names: RelatedNameCache, reader: Reader, notices: list[Notice]
) -> None:
    reader.hidden = {2}
    for _ in range(2):
        found = names.resolve("res.partner", {1, 2}, TOKEN)
        assert found.related == {1: RelatedRecord(1, "P1"), 2: RelatedRecord(2, None)}
        assert found.unread_ids == {2}
    assert reader.asked == [[1, 2]]
    assert not notices


def test_an_empty_name_is_read(reader: Reader) -> None:
    names = make_cache(lambda model, ids, cancel: dict.fromkeys(ids, False), reader.look, lambda notice: None, 10)
    found = names.resolve("res.partner", {1}, TOKEN)
    assert (found.related, found.unread_ids) == ({1: RelatedRecord(1, None)}, set())


def test_a_model_that_may_not_be_read_is_asked_once_and_said_once(
    names: RelatedNameCache, reader: Reader, notices: list[Notice]
) -> None:
    reader.error = OdooAccessError("no")
    assert names.resolve("res.partner", {1}, TOKEN).related == {1: RelatedRecord(1, None)}
    found = names.resolve("res.partner", {2}, TOKEN)
    assert (found.related, found.unread_ids) == ({2: RelatedRecord(2, None)}, set())  # asking again would bring nothing
    assert len(reader.asked) == 1
    assert [notice.message for notice in notices] == [
        "The names of res.partner cannot be read; documents hold only the ids."
    ]


def test_one_bad_name_costs_only_itself(names: RelatedNameCache, reader: Reader, notices: list[Notice]) -> None:
    reader.poison = {3}
    found = names.resolve("res.partner", range(1, 9), TOKEN)
    assert found.related[3] == RelatedRecord(3, None)
    assert found.unread_ids == {3}
    assert [found.related[each].name for each in (1, 2, 4, 8)] == ["P1", "P2", "P4", "P8"]
    assert "res.partner 3" in notices[0].message


def test_a_name_that_failed_is_asked_again_by_the_next_page(names: RelatedNameCache, reader: Reader) -> None:
    reader.poison = {3}
    names.resolve("res.partner", {1, 3}, TOKEN)
    reader.poison = set()
    found = names.resolve("res.partner", {1, 3}, TOKEN)
    assert (found.related[3], found.unread_ids) == (RelatedRecord(3, "P3"), set())
    assert reader.asked[-1] == [3]


def test_a_name_that_fails_each_time_does_not_slow_every_page(names: RelatedNameCache, reader: Reader) -> None:
    reader.poison = {3}
    for page in range(100):
        found = names.resolve("res.partner", {3, 1000 + page}, TOKEN)
        assert found.unread_ids == {3}
        assert found.related[1000 + page].name == f"P{1000 + page}"
    assert sum(3 in ids for ids in reader.asked) < 10


def test_a_name_that_cannot_be_stored_is_unread(reader: Reader, notices: list[Notice]) -> None:
    names = make_cache(lambda model, ids, cancel: dict.fromkeys(ids, "a\0b"), reader.look, notices.append, 10)
    assert names.resolve("res.partner", {1}, TOKEN).unread_ids == {1}
    assert [notice.message for notice in notices] == [
        "The name of res.partner 1 cannot be read: the text holds a NUL character, which cannot be stored."
    ]


def test_a_model_whose_names_all_fail_is_given_up(names: RelatedNameCache, reader: Reader) -> None:
    reader.poison = set(range(1000))
    found = names.resolve("res.partner", range(1, 901), TOKEN)
    assert len(found.related) == len(found.unread_ids) == 900
    assert len(reader.asked) < 150


def test_names_are_halved_when_the_connection_is_closed_and_the_size_remembered(
    names: RelatedNameCache, reader: Reader
) -> None:
    reader.most = 30
    found = names.resolve("res.partner", range(1, 101), TOKEN)
    assert [found.related[each].name for each in range(1, 101)] == [f"P{each}" for each in range(1, 101)]
    assert not found.unread_ids
    reader.asked.clear()
    names.resolve("res.partner", range(101, 201), TOKEN)
    assert [len(ids) for ids in reader.asked] == [25, 25, 25, 25]


def test_one_name_that_gets_no_answer_stays_unread(
    names: RelatedNameCache, reader: Reader, notices: list[Notice]
) -> None:
    reader.most = 0
    found = names.resolve("res.partner", {1, 2}, TOKEN)
    assert (found.related, found.unread_ids) == ({1: RelatedRecord(1, None), 2: RelatedRecord(2, None)}, {1, 2})
    assert [notice.message for notice in notices] == [
        "The name of res.partner 1 cannot be read: closed the connection",
        "The name of res.partner 2 cannot be read: closed the connection",
    ]


def test_a_name_that_got_no_answer_is_asked_once_more_when_odoo_has_answered(
    names: RelatedNameCache, reader: Reader
) -> None:
    reader.most = 0
    look = reader.look

    def wake(model: str, cancel: CancelToken) -> None:
        look(model, cancel)
        reader.most = 1000

    woken = make_cache(reader, wake, lambda notice: None, 1000)
    found = woken.resolve("res.partner", {1}, TOKEN)
    assert (found.related, found.unread_ids) == ({1: RelatedRecord(1, "P1")}, set())
    assert reader.asked == [[1], [1]]


def test_a_server_that_is_silent_altogether_blames_no_name(names: RelatedNameCache, reader: Reader) -> None:
    reader.most, reader.alive = 0, False
    with pytest.raises(OdooNoAnswerError, match="silent"):
        names.resolve("res.partner", {1, 2}, TOKEN)
    assert (len(reader.asked), reader.looks) == (1, 1)
    reader.most, reader.alive = 1000, True
    assert names.resolve("res.partner", {1, 2}, TOKEN).unread_ids == set()


def test_trouble_that_passes_is_no_empty_name(names: RelatedNameCache, reader: Reader) -> None:
    reader.error = OdooTransientError("busy")
    with pytest.raises(OdooTransientError):
        names.resolve("res.partner", {1}, TOKEN)
    reader.error = None
    assert names.resolve("res.partner", {1}, TOKEN).related == {1: RelatedRecord(1, "P1")}


def test_two_threads_never_ask_the_same_name() -> None:
    asked: list[int] = []
    both_are_asking = threading.Barrier(2, timeout=10)

    def read(model: str, ids: list[int], cancel: CancelToken) -> dict[int, object]:
        both_are_asking.wait()
        asked.extend(ids)
        return {each: f"P{each}" for each in ids}

    names = make_cache(read, lambda model, cancel: None, lambda notice: None, 1000)
    found: list[dict[int, RelatedRecord]] = []
    pages = [range(1, 60), range(30, 90)]
    threads = [
        threading.Thread(target=lambda page=page: found.append(names.resolve("res.partner", page, TOKEN).related))
        for page in pages
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(asked) == list(range(1, 90))
    assert sorted(map(len, found)) == [59, 60]


def test_memory_is_bounded(names: RelatedNameCache, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_NAMES_PER_MODEL", 5)
    names.resolve("res.partner", range(1, 11), TOKEN)
    names.resolve("res.partner", {10}, TOKEN)
    names.resolve("res.partner", {1}, TOKEN)
    assert reader.asked[1:] == [[1]]


@pytest.mark.parametrize(("repeated", "kept"), [(0, module.MIN_NAMES_PER_MODEL), (100, 30_000)])
def test_more_names_are_kept_where_that_saves_reading_some(reader: Reader, repeated: int, kept: int) -> None:
    names = make_cache(reader, reader.look, lambda notice: None, 1000)
    for first in range(0, 30_000, 1000):
        names.resolve("res.partner", range(first + 1, first + 1001), TOKEN)
        names.resolve("res.partner", range(first + 1, first + 1 + repeated), TOKEN)
    reader.asked.clear()
    names.resolve("res.partner", range(30_001 - kept, 30_001), TOKEN)
    assert reader.asked == []
    names.resolve("res.partner", range(1, 11), TOKEN)
    assert bool(reader.asked) == (kept < 30_000)


def test_whether_names_may_be_read_is_found_out_before_any_is_needed(reader: Reader, notices: list[Notice]) -> None:
    names = make_cache(reader, reader.look, notices.append, 10)
    names.check_access("crm.stage", TOKEN)
    assert names.forbidden_models == frozenset()
    reader.error = OdooAccessError("no")
    for _ in range(2):
        names.check_access("crm.team", TOKEN)
    assert names.forbidden_models == {"crm.team"}
    assert len(reader.asked) == 2, "what is known is not asked again"
    assert names.resolve("crm.team", [1, 2], TOKEN).unread_ids == set()
    assert [notice.hint for notice in notices] == ["Give the Odoo user the right to read crm.team."]
