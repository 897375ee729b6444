"""The census is walked in blocks that leave no id out and no gap between them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo_sync_tui.core.entity import Block
from odoo_sync_tui.core.errors import RunCancelled
from odoo_sync_tui.pipeline.entity.plan import planner
from odoo_sync_tui.pipeline.entity.plan.planner import walk_blocks
from odoo_sync_tui.runtime.cancel import CancelToken


class Census:
    """Ids of rows, read a part at a time."""

    def __init__(self, *ids: int) -> None:
        self.ids = ids
        self.reads: list[tuple[int, int]] = []

    def __call__(self, after: int, limit: int) -> Sequence[int]:
        self.reads.append((after, limit))
        return [each for each in self.ids if each > after][:limit]


def walk(*ids: int, size: int = 2, border: int = 0) -> list[tuple[Block, list[int]]]:
    blocks = walk_blocks(Census(*ids), size, CancelToken(), border)
    return [(block, list(found)) for block, found in blocks]


def test_no_rows_are_one_block_to_the_end_of_the_ids() -> None:
    assert walk() == [(Block(0, None), [])]


def test_blocks_follow_each_other_and_the_last_reaches_to_the_end() -> None:
    assert walk(1, 4, 9) == [(Block(0, 4), [1, 4]), (Block(4, None), [9])]


def test_a_full_last_block_reaches_to_the_end_of_the_ids() -> None:
    assert walk(1, 4) == [(Block(0, None), [1, 4])]


def test_the_ids_of_several_blocks_are_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planner, "MAX_IDS_PER_LIST_CALL", 5)
    census = Census(*range(1, 9))
    blocks = [list(ids) for _, ids in walk_blocks(census, 2, CancelToken())]
    assert blocks == [[1, 2], [3, 4], [5, 6], [7, 8], []]
    assert census.reads == [(0, 4), (4, 4), (8, 4)]


@given(st.sets(st.integers(1, 40)), st.integers(1, 5), st.integers(0, 45), st.integers(1, 12))
def test_every_id_is_in_one_block_and_no_gap_between_blocks(ids: set[int], size: int, border: int, limit: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planner, "MAX_IDS_PER_LIST_CALL", limit)
        blocks = walk(*sorted(ids), size=size, border=border)
    assert [each for _, found in blocks for each in found] == sorted(ids)
    edges = [0, *(block.through for block, _ in blocks)]
    assert [block.after for block, _ in blocks] == edges[:-1]
    assert edges[-1] is None
    assert border in edges or border == 0
    for block, found in blocks:
        assert len(found) <= size
        assert all(block.after < each <= (block.through or each) for each in found)


@pytest.mark.parametrize(
    ("border", "expected"),
    [
        (4, [(Block(0, 4), [1, 4]), (Block(4, None), [9])]),
        (3, [(Block(0, 3), [1]), (Block(3, None), [4, 9])]),
        (5, [(Block(0, 4), [1, 4]), (Block(4, 5), []), (Block(5, None), [9])]),
        (50, [(Block(0, 4), [1, 4]), (Block(4, 50), [9]), (Block(50, None), [])]),
    ],
    ids=["at the end of a block", "within a block", "between two rows", "behind all rows"],
)
def test_a_block_ends_at_the_border(border: int, expected: list[tuple[Block, list[int]]]) -> None:
    assert walk(1, 4, 9, border=border) == expected


def test_a_request_to_stop_ends_the_walk_before_the_next_read() -> None:
    cancel, census = CancelToken(), Census(1, 2, 3, 4, 5)
    blocks = walk_blocks(census, 2, cancel)
    next(blocks)
    cancel.request("enough")
    with pytest.raises(RunCancelled):
        next(blocks)
    assert len(census.reads) == 1
