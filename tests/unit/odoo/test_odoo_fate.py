from collections.abc import Sequence

from odoo_sync_tui.core.errors import OdooAccessError
from odoo_sync_tui.odoo.fate import fate_of


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
    fate = fate_of(range(1, 101), records.read)
    assert fate.elsewhere == (2, 5)
    assert fate.hidden == (7, 90)
    assert set(fate.deleted) == set(range(1, 101)) - {2, 5, 7, 90}
    assert records.calls < 40


def test_many_deleted_ones_cost_one_call_a_thousand():
    records = Records(set(), set())
    assert len(fate_of(range(1, 2501), records.read).deleted) == 2500
    assert records.calls == 3


def test_nothing_gone_asks_nothing():
    records = Records(set(), set())
    assert fate_of([], records.read).deleted == ()
    assert records.calls == 0
