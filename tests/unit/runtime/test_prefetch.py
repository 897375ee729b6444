"""The next item is made while the one before is worked on, and nobody hangs on it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from odoo_sync_tui.core.errors import RunCancelled
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.prefetch import Prefetcher

PATIENCE = 20.0


def test_all_items_come_in_their_order():
    assert list(Prefetcher(range(5), CancelToken())) == [0, 1, 2, 3, 4]


def test_the_next_one_is_made_before_it_is_asked_for():
    made = [threading.Event() for _ in range(3)]

    def items() -> Iterator[int]:
        for number, event in enumerate(made):
            event.set()
            yield number

    with closing(Prefetcher(items(), CancelToken())) as ahead:
        assert next(ahead) == 0
        assert made[1].wait(PATIENCE)


def test_an_error_comes_in_its_place():
    def items() -> Iterator[int]:
        yield 1
        raise KeyError("two")

    ahead = Prefetcher(items(), CancelToken())
    assert next(ahead) == 1
    with pytest.raises(KeyError, match="two"):
        next(ahead)
    assert list(ahead) == []


def test_a_request_to_stop_ends_the_wait_for_an_item_that_never_comes():
    cancel, never = CancelToken(), threading.Event()

    def items() -> Iterator[int]:
        cancel.request("enough")
        never.wait(PATIENCE)
        yield 1

    with pytest.raises(RunCancelled, match="enough"):
        next(Prefetcher(items(), cancel))
    never.set()


def test_closing_a_chain_while_its_parts_are_at_work():
    reached, let_go, ended = threading.Event(), threading.Event(), threading.Event()

    def first() -> Iterator[int]:
        try:
            yield 1
            reached.set()
            let_go.wait(PATIENCE)
            yield 2
            yield 3
            yield 4
        finally:
            ended.set()

    cancel = CancelToken()
    with closing(Prefetcher(first(), cancel)) as inner, closing(Prefetcher((each for each in inner), cancel)) as outer:
        assert next(outer) == 1
        assert reached.wait(PATIENCE)
    let_go.set()
    assert ended.wait(PATIENCE)
