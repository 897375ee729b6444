from collections.abc import Sequence

import pytest

from odoo_sync_tui.core.errors import OdooAccessError, OdooNoAnswerError, OdooTransientError
from odoo_sync_tui.odoo.calls.missing import classify_missing_rows


def fine() -> None:
    """A server that answers."""


class Records:
    def __init__(self, existing: set[int], hidden: set[int]) -> None:
        self.existing, self.hidden, self.calls = existing, hidden, 0

    def read(self, ids: Sequence[int]) -> list[int]:
        self.calls += 1
        if self.hidden & set(ids):
            raise OdooAccessError("not allowed")
        return [each for each in ids if each in self.existing]


def test_deleted_hidden_and_elsewhere_are_told_apart():
    records = Records(existing={2, 5}, hidden={7, 90})
    fate = classify_missing_rows(range(1, 101), records.read, fine)
    assert fate.elsewhere == (2, 5)
    assert fate.hidden == (7, 90)
    assert set(fate.deleted) == set(range(1, 101)) - {2, 5, 7, 90}
    assert records.calls < 40


def test_many_deleted_ones_cost_one_call_a_thousand():
    records = Records(set(), set())
    assert len(classify_missing_rows(range(1, 2501), records.read, fine).deleted) == 2500
    assert records.calls == 3


def test_records_that_are_too_much_at_once_are_read_in_parts():
    def read(ids: Sequence[int]) -> list[int]:
        if len(ids) > 100:
            raise OdooNoAnswerError("closed")
        return []

    assert len(classify_missing_rows(range(1, 1001), read, fine).deleted) == 1000


def test_a_server_that_has_fallen_silent_hides_nothing():
    calls: list[int] = []

    def read(ids: Sequence[int]) -> list[int]:
        calls.append(len(ids))
        raise OdooNoAnswerError("closed")

    def look() -> None:
        raise OdooTransientError("no answer")

    with pytest.raises(OdooTransientError):
        classify_missing_rows(range(1, 1001), read, look)
    assert calls == [1000]


def test_nothing_gone_asks_nothing():
    records = Records(set(), set())
    assert classify_missing_rows([], records.read, fine).deleted == ()
    assert records.calls == 0
