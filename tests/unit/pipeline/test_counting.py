"""Counts stand as long as they may, and no longer."""

from __future__ import annotations

from odoo_sync_tui.pipeline.counting import LONGEST_REST, REST, Counting


class Store:
    """Counting takes so many seconds here."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.time = 100.0
        self.counts = 0

    def count(self) -> list[tuple[int, int]]:
        self.counts += 1
        self.time += self.seconds
        return [(self.counts, 0)]


def test_a_count_stands_while_its_price_is_not_forgotten():
    store = Store(0.5)
    counting = Counting(store.count, lambda: store.time)
    assert counting.states("run") == [(1, 0)]
    store.time += REST * 0.5 - 1
    assert counting.states("run") == [(1, 0)]
    store.time += 1
    assert counting.states("run") == [(2, 0)]


def test_a_server_that_was_slow_once_is_asked_again_within_a_minute():
    store = Store(30)
    counting = Counting(store.count, lambda: store.time)
    counting.states("run")
    store.time += LONGEST_REST
    assert counting.states("run") == [(2, 0)]


def test_the_end_of_a_run_makes_it_anew():
    store = Store(0.5)
    counting = Counting(store.count, lambda: store.time)
    counting.states("run")
    assert counting.states(None) == [(2, 0)], "a run has begun"
    assert counting.states(None) == [(2, 0)], "and is at work"
    assert counting.states("next") == [(3, 0)], "and has ended"
