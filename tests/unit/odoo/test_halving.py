"""What fails in a chunk is found by halving, and the rest is read."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from odoo_sync_tui.core.errors import (
    OdooAccessError,
    OdooError,
    OdooNoAnswerError,
    OdooPoisonRowError,
    OdooTooBigError,
    OdooTransientError,
)
from odoo_sync_tui.odoo.calls.halving import read_in_halves


class Server:
    """Fails with ``error`` for chunks with one of ``bad``, or above ``limit`` ids."""

    def __init__(self, error: OdooError, bad: Sequence[int] = (), limit: int = 1000) -> None:
        self.error, self.bad, self.limit = error, set(bad), limit
        self.chunks: list[list[int]] = []
        self.done: list[int] = []
        self.failed: list[int] = []
        self.pings = 0

    def read(self, ids: Sequence[int]) -> None:
        self.chunks.append(list(ids))
        if self.bad.intersection(ids) or len(ids) > self.limit:
            raise self.error
        self.done += ids

    def fail(self, ids: Sequence[int], error: OdooError) -> None:
        assert error is self.error
        self.failed += ids

    def ping(self) -> None:
        self.pings += 1

    def run(self, ids: Sequence[int], size: int = 1000, max_failures: int | None = None) -> int | None:
        return read_in_halves(ids, size, self.read, self.fail, self.ping, max_failures=max_failures)


def test_all_is_read_in_chunks_and_in_order() -> None:
    server = Server(OdooPoisonRowError("bad"))
    assert server.run(range(10), size=4) is None
    assert server.chunks == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert server.run([]) is None


@pytest.mark.parametrize("error", [OdooPoisonRowError("bad"), OdooTooBigError("big"), OdooNoAnswerError("silent")])
def test_what_fails_alone_fails_and_the_rest_is_read_in_order(error: OdooError) -> None:
    server = Server(error, bad=[3, 7])
    server.run(range(10))
    assert server.failed == [3, 7]
    assert server.done == [0, 1, 2, 4, 5, 6, 8, 9]


def test_an_answer_that_was_too_big_tells_what_is_not() -> None:
    assert Server(OdooTooBigError("big"), limit=3).run(range(10)) == 3
    assert Server(OdooPoisonRowError("bad"), bad=[3]).run(range(10)) is None
    assert Server(OdooTooBigError("big"), limit=0).run(range(2)) is None


def test_one_id_without_an_answer_is_read_twice_once_the_server_answers() -> None:
    server = Server(OdooNoAnswerError("silent"), bad=[3])
    server.run([3])
    assert (server.chunks, server.pings, server.failed) == ([[3], [3]], 2, [3])


def test_a_server_that_does_not_answer_at_all_blames_nothing() -> None:
    server = Server(OdooNoAnswerError("silent"), bad=[3])

    def ping() -> None:
        raise OdooTransientError("away")

    with pytest.raises(OdooTransientError, match="away"):
        read_in_halves(range(10), 10, server.read, server.fail, ping)
    assert server.failed == []


def test_after_so_many_failures_chunks_fail_as_a_whole() -> None:
    server = Server(OdooPoisonRowError("bad"), bad=range(64))
    server.run(range(64), max_failures=2)
    assert sorted(server.failed) == list(range(64))
    assert len(server.chunks) < 20


def test_another_error_is_raised() -> None:
    with pytest.raises(OdooAccessError):
        Server(OdooAccessError("no"), bad=[3]).run(range(10))
