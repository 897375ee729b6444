"""Messages in the store: without secrets, and small, whatever they are made from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import bson
import pytest

from odoo_sync_tui.core.text.redaction import register_secrets
from odoo_sync_tui.store.driver.messages import MAX_NAME_LENGTH, MAX_TEXT_LENGTH, to_message, to_storable

SMALL = 4 * 1024 * 1024
"""Bytes: a quarter of what MongoDB stores, though each character may take four."""


def nested(levels: int) -> Any:
    value: Any = "x"
    for level in range(levels):
        value = {"x": value} if level % 2 else [value]
    return value


HUGE_VALUES: dict[str, Callable[[], Any]] = {
    "text": lambda: "\U0001f469" * 20_000_000,
    "texts": lambda: ["\U0001f469" * 3000] * 20_000,
    "numbers": lambda: list(range(2_000_000)),
    "fields": lambda: {f"{number}\U0001f469" * 100: "\U0001f469" * 3000 for number in range(3_000)},
    "levels": lambda: nested(300),
    "digits": lambda: 10**5000,
    "name": lambda: {"x" * 20_000_000: 1},
}
"""Made when they are needed: a test process that held them all would be slow in every other test."""


@pytest.mark.parametrize("name", HUGE_VALUES)
def test_a_value_of_any_size_becomes_a_small_one_that_says_so(name: str) -> None:
    stored = to_storable(HUGE_VALUES[name]())
    assert len(bson.encode({"value": stored})) < SMALL
    assert "…" in str(stored) or "bits" in str(stored)


def test_what_is_of_ordinary_size_is_kept_whole() -> None:
    domain = [["id", "in", list(range(10_000))], ["name", "=", "x" * MAX_TEXT_LENGTH]]
    assert to_storable(domain) == domain
    assert to_storable({"a": (1, None, 1.5, True)}) == {"a": [1, None, 1.5, True]}


def test_secrets_are_masked_in_names_and_texts_before_these_are_cut() -> None:
    register_secrets(["deadcafe" * 5])
    key = "deadcafe" * 5
    assert to_storable({key: [f"at {key}"]}) == {"***": ["at ***"]}
    for length in range(MAX_NAME_LENGTH - 45, MAX_NAME_LENGTH):
        assert "dead" not in to_message("x" * length + key, MAX_NAME_LENGTH)
