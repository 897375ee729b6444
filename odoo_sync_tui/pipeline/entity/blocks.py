"""Walk the ids of all rows block by block."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence

from odoo_sync_tui.core.entity import Block
from odoo_sync_tui.runtime.cancel import CancelToken

ReadIds = Callable[[int, int], Sequence[int]]
"""Read up to ``limit`` ids greater than ``after``, ascending; fewer mean the end."""


def walk_blocks(
    read_ids: ReadIds, size: int, cancel: CancelToken, border: int = 0
) -> Iterator[tuple[Block, Sequence[int]]]:
    """Yield each block with its ids, until the ids end.

    Every block has ``size`` ids, except the last one and the one that ends at ``border``; the last block reaches to
    the end of the id space.

    Args:
        read_ids: reads ids from Odoo.
        size: how many ids to read at once.
        cancel: ends the walk.
        border: an id at which a block must end, such as the one where an earlier run was cut off; 0: none.

    Raises:
        RunCancelled: a stop was requested.
    """
    after = 0
    while True:
        cancel.raise_if_requested()
        ids = read_ids(after, size)
        last = len(ids) < size
        if after < border and (last or ids[-1] > border):
            yield Block(after, border), ids[: bisect_right(ids, border)]
            after = border
            continue
        yield Block(after, None if last else ids[-1]), ids
        if last:
            return
        after = ids[-1]
