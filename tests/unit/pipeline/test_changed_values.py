"""Which fields of two documents differ: those whose bytes in MongoDB do."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from bson import Decimal128
from bson.int64 import Int64

from odoo_sync_tui.core.reports.differences import ValueChange
from odoo_sync_tui.pipeline.entity.differences import find_changed_values
from odoo_sync_tui.store.driver.values import content_hash

SAME: list[tuple[Any, Any]] = [
    ({"a": 1}, {"a": 1}),
    ({"a": None}, {}),
    ({"data": {"a": 1, "b": None}}, {"data": {"b": None, "a": 1}}),
    ({"a": Decimal128("1.50")}, {"a": Decimal("1.50")}),
    ({"a": [1, 2]}, {"a": (1, 2)}),
    ({"a": datetime(2026, 1, 1, 0, 0, 0, 1000, UTC)}, {"a": datetime(2026, 1, 1, 0, 0, 0, 1999, UTC)}),
    ({"a": float("nan")}, {"a": float("nan")}),
]
OTHER: list[tuple[Any, Any, set[str]]] = [
    ({"a": 1}, {"a": 2}, {"a"}),
    ({"a": 1, "b": 1}, {"a": 1}, {"b"}),
    ({"data": {"a": 1, "b": {"c": 1}}}, {"data": {"a": 1, "b": {"c": 2}}}, {"data.b.c"}),
    ({"data": "text"}, {"data": {"a": 1}}, {"data", "data.a"}),
    ({"a": 1}, {"a": True}, {"a"}),
    ({"a": 1}, {"a": 1.0}, {"a"}),
    ({"a": Int64(1)}, {"a": 1}, {"a"}),
    ({"a": Decimal128("1.5")}, {"a": Decimal("1.50")}, {"a"}),
    ({"a": [1, 2]}, {"a": [2, 1]}, {"a"}),
    ({"a": ""}, {}, {"a"}),
]


@pytest.mark.parametrize(("old", "new"), SAME)
def test_documents_that_are_stored_alike_have_no_difference(old: Any, new: Any):
    assert find_changed_values(old, new) == {}
    assert content_hash(old) == content_hash(new)


@pytest.mark.parametrize(("old", "new", "names"), OTHER)
def test_documents_with_another_content_hash_have_one(old: Any, new: Any, names: set[str]):
    assert find_changed_values(old, new).keys() == names
    assert content_hash(old) != content_hash(new)


def test_a_value_that_mongodb_cannot_hold_is_shown_as_it_is():
    assert find_changed_values({"a": 1}, {"a": 2**70}) == {"a": ValueChange(1, 2**70)}
