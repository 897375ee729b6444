"""Counts stand as long as they may, and no longer."""

from __future__ import annotations

from odoo_sync_tui.pipeline.queries.count_cache import LIFETIME_FACTOR, MAX_LIFETIME_SECONDS, CountCache


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
    counting = CountCache(store.count, lambda: store.time)
    assert counting.get("run") == [(1, 0)]
    store.time += LIFETIME_FACTOR * 0.5 - 1
    assert counting.get("run") == [(1, 0)]
    store.time += 1
    assert counting.get("run") == [(2, 0)]


def test_a_server_that_was_slow_once_is_asked_again_within_a_minute():
    store = Store(30)
    counting = CountCache(store.count, lambda: store.time)
    counting.get("run")
    store.time += MAX_LIFETIME_SECONDS
    assert counting.get("run") == [(2, 0)]


def test_the_end_of_a_run_makes_it_anew():
    store = Store(0.5)
    counting = CountCache(store.count, lambda: store.time)
    counting.get("run")
    assert counting.get(None) == [(2, 0)], "a run has begun"
    assert counting.get(None) == [(2, 0)], "and is at work"
    assert counting.get("next") == [(3, 0)], "and has ended"
