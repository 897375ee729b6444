"""What has to be read: walks the census block by block and cuts it into pages."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from odoo_sync_tui.core.entity import Block, Entity, Known
from odoo_sync_tui.core.run import Checkpoint
from odoo_sync_tui.pipeline.ahead import Ahead
from odoo_sync_tui.pipeline.context import Context
from odoo_sync_tui.pipeline.retirement import Gone
from odoo_sync_tui.store.documents import Outline


@dataclass(frozen=True, slots=True)
class BlockEnd:
    """A block is settled up to the id ``through``; ``complete``: no other follows."""

    through: int
    complete: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """A block: the ids of the census, what is stored of them, and those in quarantine."""

    block: Block
    ids: Sequence[int]
    outline: Outline
    quarantined: frozenset[int]


@dataclass(frozen=True, slots=True)
class Task:
    """One page to read, with what the store has of it.

    Attributes:
        ids: the rows to read; none where a block needs nothing but to be counted.
        known: of those of the block that are stored and settled, what their row said.
        stored: those of the page that are stored at all.
        quarantined: those of them that are in quarantine.
        unchanged: rows of the block that need not be read, counted with its last page.
        absent: inactive documents of the block that have no row, told with its last page (:class:`Outline`).
        counted: the rows are in the counts already, of the run that is being continued: only changes count.
        ends: set on the last page of a block.
    """

    ids: Sequence[int]
    known: Mapping[int, Known]
    stored: frozenset[int]
    quarantined: frozenset[int]
    unchanged: int = 0
    absent: Sequence[int] = ()
    counted: bool = False
    ends: BlockEnd | None = None


class Planner:
    """Plans the reading of one entity. Made for one use.

    Args:
        since: rows written from then on are read, and whatever the store lacks; ``None``: all rows.
        settled: how far an earlier run of the same scope came. Those blocks are not read again; what was written
            since that run began, ``settled_since``, is.

    Attributes:
        census: how many rows it held so far.
        gone: active documents whose rows it did not hold.
        obsolete: rows in quarantine that are no longer in the census.
    """

    def __init__(
        self,
        entity: Entity,
        context: Context,
        since: datetime | None,
        settled: Checkpoint | None = None,
        settled_since: datetime | None = None,
    ) -> None:
        self.census = 0
        self.gone = Gone()
        self.obsolete: set[int] = set()
        self._entity = entity
        self._context = context
        self._since = since
        self._settled_through = settled.through if settled else 0
        self._settled_since = settled_since
        self._lately: dict[datetime, Sequence[int] | None] = {}

    def tasks(self) -> Generator[Task]:
        """The pages of all blocks, planned as they are asked for.

        Raises:
            OdooError, StoreError, RunCancelled: the census cannot be taken, or shall not.
        """
        cancel = self._context.cancel
        with closing(Ahead(self._blocks(), cancel)) as blocks, closing(Ahead(self._found(blocks), cancel)) as found:
            for each in found:
                self.census += len(each.ids)
                yield from self._pages(each)

    def _found(self, blocks: Iterable[tuple[Block, Sequence[int]]]) -> Iterator[_Found]:
        """Each block of the census with what is stored of it."""
        entity, store = self._entity, self._context.store
        for block, ids in blocks:
            outline = store.documents.outline(entity, block, ids)
            yield _Found(block, ids, outline, frozenset(store.quarantine.ids(entity.id, block)))

    def _blocks(self) -> Iterator[tuple[Block, Sequence[int]]]:
        """Walk all ids. Every block is as large as allowed, but for the last and the one where an earlier run ended."""
        size, domain = self._context.settings.block_size, self._context.scope.domain
        after, border = 0, self._settled_through
        while True:
            self._context.cancel.raise_if_requested()
            ids = self._context.connector.census(self._entity, after, size, domain)
            last = len(ids) < size
            if after < border and (last or ids[-1] > border):
                yield Block(after, border), ids[: bisect_right(ids, border)]
                after = border
                continue
            yield Block(after, None if last else ids[-1]), ids
            if last:
                return
            after = ids[-1]

    def _pages(self, found: _Found) -> Iterator[Task]:
        """The pages of a block; at least one, which settles the block even if nothing is to be read."""
        block, ids, outline, quarantined = found.block, found.ids, found.outline, found.quarantined
        self._note_what_is_gone(ids, outline, quarantined)
        counted = block.through is not None and block.through <= self._settled_through
        since = self._settled_since if counted else self._since
        wanted = ids if since is None else self._wanted(block, ids, outline, quarantined, since)
        through = block.through if block.through is not None else (ids[-1] if ids else block.after)
        ends = None if counted else BlockEnd(through, complete=block.through is None)
        size = self._context.connector.page_size
        for start in range(0, len(wanted), size) or range(1):
            last = start + size >= len(wanted)
            page = wanted[start : start + size]
            yield Task(
                ids=page,
                known=outline.known,
                stored=outline.stored.intersection(page),
                quarantined=quarantined.intersection(page),
                unchanged=len(ids) - len(wanted) if last else 0,
                absent=outline.absent if last and not self._context.scope.filtered else (),
                counted=counted,
                ends=ends if last else None,
            )

    def _wanted(
        self, block: Block, ids: Sequence[int], outline: Outline, quarantined: frozenset[int], since: datetime
    ) -> list[int]:
        """What was written lately, and what must be read all the same (see :class:`Outline`)."""
        changed = self._changed(block, since)
        lacking = outline.unsettled.union(changed, quarantined)
        return [odoo_id for odoo_id in ids if odoo_id in lacking or odoo_id not in outline.known]

    def _changed(self, block: Block, since: datetime) -> Collection[int]:
        """What was written since, asked once for all blocks where it is little, as it mostly is."""
        connector, entity, domain = self._context.connector, self._entity, self._context.scope.domain
        if since not in self._lately:
            self._lately[since] = connector.few_changed(entity, since, domain)
        few = self._lately[since]
        return connector.changed(entity, block, since, domain) if few is None else few

    def _note_what_is_gone(self, ids: Sequence[int], outline: Outline, quarantined: frozenset[int]) -> None:
        if self._context.scope.filtered:
            return
        self.gone.add(outline.gone)
        self.obsolete |= quarantined.difference(ids)
