"""Plan which rows to read: walk the census block by block and cut the blocks into pages."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime

from odoo_sync_tui.core.cursor import CensusTotals, DocumentTotals, IdTotals
from odoo_sync_tui.core.entity import Block, Entity, KnownRow
from odoo_sync_tui.core.run import Checkpoint
from odoo_sync_tui.odoo.calls.page_size import cut_pages
from odoo_sync_tui.odoo.rows.ids import MAX_IDS_PER_LIST_CALL, ChangedIds
from odoo_sync_tui.pipeline.entity.context import Context
from odoo_sync_tui.pipeline.entity.retirement import MissingDocuments
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.prefetch import Prefetcher
from odoo_sync_tui.store.documents.quarantine import QuarantinedIds, SeenRow
from odoo_sync_tui.store.documents.snapshot import BlockSnapshot

ReadIds = Callable[[int, int], Sequence[int]]
"""Read up to ``limit`` ids greater than ``after``, ascending; fewer mean the end."""


@dataclass(frozen=True, slots=True)
class BlockEnd:
    """End of a committed block: its last id ``through``; ``complete``: no other block follows."""

    through: int
    complete: bool


@dataclass(frozen=True, slots=True)
class _StoredBlock:
    """A block: the ids of the census, the stored state, and the ids in quarantine."""

    block: Block
    ids: Sequence[int]
    outline: BlockSnapshot
    quarantined: QuarantinedIds


@dataclass(frozen=True, slots=True)
class Task:
    """One page to read, with its stored state.

    Attributes:
        ids: the rows to read; none where a block needs only to be counted.
        known_rows: row hashes of the stored documents of the block that need not be read again.
        stored_ids: those of the page that are stored at all.
        quarantined_ids: those of the page that are in quarantine.
        dismissed: those of them that were dismissed.
        still_dismissed: dismissed rows of the block that need not be read, counted with its last page.
        unchanged: rows of the block that need not be read, counted with its last page.
        inactive_without_row: inactive documents of the block without a row (:class:`BlockSnapshot`); set on its last
            page.
        already_counted: the rows are in the counts of the run that is being continued: only changes count.
        block_end: set on the last page of a block.
    """

    ids: Sequence[int]
    known_rows: Mapping[int, KnownRow]
    stored_ids: frozenset[int]
    quarantined_ids: frozenset[int]
    dismissed: Mapping[int, SeenRow] = field(default_factory=dict[int, SeenRow])
    still_dismissed: int = 0
    unchanged: int = 0
    inactive_without_row: Sequence[int] = ()
    already_counted: bool = False
    block_end: BlockEnd | None = None


class Planner:
    """Plan the reading of one entity. Made for one use.

    Args:
        since: read the rows written from this time on, and rows that the store lacks; ``None``: all rows.
        checkpoint: how far an earlier run of the same scope came. Its blocks are not read again, except for rows
            written since that run began, ``changed_since_checkpoint``.
        changed: the ids changed since ``since``, where they are known already.
        renamed: ids of documents that hold an old name.

    Attributes:
        census_size: how many rows the census held so far.
        missing_documents: active documents whose rows are not in the census.
        obsolete_quarantine: rows in quarantine that are no longer in the census.
    """

    def __init__(
        self,
        entity: Entity,
        context: Context,
        since: datetime | None,
        checkpoint: Checkpoint | None = None,
        changed_since_checkpoint: datetime | None = None,
        changed: ChangedIds | None = None,
        renamed: frozenset[int] = frozenset(),
    ) -> None:
        self.census_size = 0
        self.missing_documents = MissingDocuments()
        self.obsolete_quarantine: set[int] = set()
        self._entity = entity
        self._context = context
        self._since = since
        self._settled_through = checkpoint.through if checkpoint else 0
        self._settled_since = changed_since_checkpoint
        self._changed_ids: dict[datetime, ChangedIds | None] = {since: changed} if since and changed else {}
        self._renamed = renamed
        self._began = datetime.now(UTC)
        self._rows, self._documents = IdTotals(), DocumentTotals()
        self._is_settled = True

    @property
    def totals(self) -> CensusTotals | None:
        """Totals of both sides as they were found; ``None`` where something had to be read that was not changed."""
        return CensusTotals(self._rows, self._documents, self._began) if self._is_settled else None

    def tasks(self) -> Generator[Task]:
        """Plan the pages of all blocks, each when the iterator reaches it.

        Raises:
            OdooError, StoreError, RunCancelled: the census cannot be read, or a stop was requested.
        """
        cancel = self._context.cancel
        with (
            closing(Prefetcher(self._blocks(), cancel)) as blocks,
            closing(Prefetcher(self._stored_blocks(blocks), cancel)) as stored,
        ):
            for stored_block in stored:
                self.census_size += len(stored_block.ids)
                self._add_up(stored_block)
                yield from self._pages(stored_block)

    def _stored_blocks(self, blocks: Iterable[tuple[Block, Sequence[int]]]) -> Iterator[_StoredBlock]:
        """Read the stored state of each block of the census."""
        entity, store = self._entity, self._context.store
        for block, ids in blocks:
            outline = store.documents.snapshot(entity, block, ids)
            yield _StoredBlock(block, ids, outline, store.quarantine.ids(entity.id, block))

    def _add_up(self, stored_block: _StoredBlock) -> None:
        """Add the block to the totals. What had to be read may have to be read again."""
        quarantined = stored_block.quarantined
        self._rows += IdTotals(len(stored_block.ids), sum(stored_block.ids))
        self._documents += stored_block.outline.totals
        self._is_settled &= not (stored_block.outline.must_read - quarantined.dismissed.keys() or quarantined.waiting)

    def _blocks(self) -> Iterator[tuple[Block, Sequence[int]]]:
        """Walk all ids; one block ends where an earlier run was cut off."""
        connector, entity, domain = self._context.connector, self._entity, self._context.scope.domain
        return walk_blocks(
            lambda after, limit: connector.census(entity, after, limit, domain),
            self._context.settings.block_size,
            self._context.cancel,
            self._settled_through,
        )

    def _pages(self, stored_block: _StoredBlock) -> Iterator[Task]:
        """Cut a block into pages; at least one, which commits the block even if nothing is to be read."""
        block, ids = stored_block.block, stored_block.ids
        outline, quarantined = stored_block.outline, stored_block.quarantined
        self._collect_missing(ids, outline, quarantined.all)
        counted = block.through is not None and block.through <= self._settled_through
        since = self._settled_since if counted else self._since
        selected = ids if since is None else self._select(block, ids, outline, quarantined, since)
        still_dismissed = len(quarantined.dismissed.keys() & set(ids) - set(selected)) if quarantined.dismissed else 0
        through = block.through if block.through is not None else (ids[-1] if ids else block.after)
        block_end = None if counted else BlockEnd(through, complete=block.through is None)
        for page, last in cut_pages(selected, lambda: self._context.connector.get_page_rows(self._entity)):
            yield Task(
                ids=page,
                known_rows=outline.known_rows,
                stored_ids=outline.stored.intersection(page),
                quarantined_ids=quarantined.all.intersection(page),
                dismissed={each: quarantined.dismissed[each] for each in page if each in quarantined.dismissed},
                still_dismissed=still_dismissed if last else 0,
                unchanged=len(ids) - len(selected) - still_dismissed if last else 0,
                inactive_without_row=outline.inactive_without_row
                if last and not self._context.scope.is_filtered
                else (),
                already_counted=counted,
                block_end=block_end if last else None,
            )

    def _select(
        self, block: Block, ids: Sequence[int], outline: BlockSnapshot, quarantined: QuarantinedIds, since: datetime
    ) -> list[int]:
        """Select the ids to read: changed since the cursor, with old names, missing from the store, or marked so.

        Of dismissed rows those alone that have changed.
        """
        changed, dismissed = self._changed(block, since), quarantined.dismissed.keys()
        must_read = outline.must_read.union(quarantined.waiting, self._renamed.intersection(ids)) - dismissed
        must_read = must_read.union(changed)
        known = outline.known_rows.keys() | dismissed if dismissed else outline.known_rows
        return [odoo_id for odoo_id in ids if odoo_id in must_read or odoo_id not in known]

    def _changed(self, block: Block, since: datetime) -> Collection[int]:
        """Find the ids changed since then; read once for all blocks if they are few, as they mostly are."""
        connector, entity, domain = self._context.connector, self._entity, self._context.scope.domain
        if since not in self._changed_ids:
            self._changed_ids[since] = connector.changed_ids_if_few(entity, since, domain)
        few = self._changed_ids[since]
        return connector.changed_ids(entity, block, since, domain) if few is None else few.written | few.dependent

    def _collect_missing(self, ids: Sequence[int], outline: BlockSnapshot, quarantined: frozenset[int]) -> None:
        if self._context.scope.is_filtered:
            return
        self.missing_documents.add(outline.active_without_row)
        self.obsolete_quarantine |= quarantined.difference(ids)


def walk_blocks(
    read_ids: ReadIds, size: int, cancel: CancelToken, border: int = 0
) -> Iterator[tuple[Block, Sequence[int]]]:
    """Yield each block with its ids, until the ids end.

    Every block has ``size`` ids, except the last one and the one that ends at ``border``; the last block reaches to
    the end of the id space.

    Args:
        read_ids: reads ids from Odoo, those of some blocks at once.
        size: how many ids a block has.
        cancel: ends the walk.
        border: an id at which a block must end, such as the one where an earlier run was cut off; 0: none.

    Raises:
        RunCancelled: a stop was requested.
    """
    after, listed, has_more = 0, list[int](), True
    while True:
        cancel.raise_if_requested()
        if has_more and len(listed) < size:
            limit = max(size, MAX_IDS_PER_LIST_CALL // size * size)
            found = read_ids(listed[-1] if listed else after, limit)
            has_more = len(found) == limit
            listed += found
        ids, last = listed[:size], not has_more and len(listed) <= size
        if after < border and (last or ids[-1] > border):
            ids, through = ids[: bisect_right(ids, border)], border
        else:
            through = None if last else ids[-1]
        yield Block(after, through), ids
        if through is None:
            return
        after, listed = through, listed[len(ids) :]
