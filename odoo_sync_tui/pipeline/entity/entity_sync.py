"""Sync one entity: plan, fetch, compare, write, retire."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from itertools import chain

from odoo_sync_tui.core.cursor import CensusTotals, Cursor, RelatedState
from odoo_sync_tui.core.entity import Entity, KnownRow, Page, RejectedRow
from odoo_sync_tui.core.progress import Phase
from odoo_sync_tui.core.result import EntityResult, EntityState
from odoo_sync_tui.core.run import Checkpoint
from odoo_sync_tui.core.scope import Mode
from odoo_sync_tui.entities.masks import describe_masks
from odoo_sync_tui.odoo.rows.fingerprints import ReadProfile
from odoo_sync_tui.odoo.rows.ids import ChangedIds
from odoo_sync_tui.pipeline.entity.commits import PageCommitter, subtract_rows
from odoo_sync_tui.pipeline.entity.compare import Comparison, compare
from odoo_sync_tui.pipeline.entity.context import Context, EntityReport
from odoo_sync_tui.pipeline.entity.links import LinkDecider
from odoo_sync_tui.pipeline.entity.mapper import Mapper
from odoo_sync_tui.pipeline.entity.plan.changes import ChangesPlanner, find_changed_ids, plan_changes
from odoo_sync_tui.pipeline.entity.plan.cursor import CursorDecision, next_cursor
from odoo_sync_tui.pipeline.entity.plan.drift import Drift, DriftFinder, make_notices, refuse_lost_fields
from odoo_sync_tui.pipeline.entity.plan.planner import BlockEnd, Planner, Task
from odoo_sync_tui.pipeline.entity.plan.preflight import EntityPreflight, preflight
from odoo_sync_tui.pipeline.entity.plan.renames import as_of, find_renamed, keep_known
from odoo_sync_tui.pipeline.entity.requested import RequestedRows
from odoo_sync_tui.pipeline.entity.retirement import Census, Retirement
from odoo_sync_tui.pipeline.entity.writes import LeasedWrites
from odoo_sync_tui.runtime.background import BackgroundWriter
from odoo_sync_tui.runtime.threads import POLL_SECONDS, OrderedResults


@dataclass(frozen=True, slots=True)
class EntityBeginning:
    """What was found out about an entity, and its pages, the first of which are under way; none before its turn."""

    found: EntityPreflight
    decision: CursorDecision
    pages: OrderedResults[Task, Page] | None


class EntitySync:
    """Sync one entity of the store with Odoo. Made for one use.

    It begins in another thread, while the entity before is still being written: Odoo and the store work at the same
    time then. Nothing is written before its turn.

    Args:
        entity: the entity to sync.
        context: the objects of the run.
        writes: writes to the store.
        cursor: how far the last run has read.
        checkpoint: where an earlier run of the same scope was cut off, to continue from there.

    Attributes:
        report: counts and warnings so far.
        has_read: all pages are read, or it has ended.
    """

    def __init__(
        self,
        entity: Entity,
        context: Context,
        writes: LeasedWrites,
        cursor: Cursor | None,
        checkpoint: Checkpoint | None = None,
    ) -> None:
        self._entity = entity
        self._context = context
        self._writes = writes
        self._cursor = cursor
        self._checkpoint = checkpoint
        self._mapper = Mapper(entity, context.store.documents)
        self._links = LinkDecider(entity, context.store.documents)
        self._planner: Planner | ChangesPlanner = Planner(entity, context, None)
        self._newest: datetime | None = None
        self._read_at: datetime | None = None
        self._related: tuple[RelatedState, ...] = ()
        self._basis = ""
        self._drift = Drift()
        self.report = EntityReport(entity.name, context.tracker)
        self._committer = PageCommitter(entity, context, writes, self.report)
        self.has_read = threading.Event()
        self._opened, self._is_closed = ExitStack(), False
        self._lock = threading.Lock()

    @property
    def cursor_before(self) -> datetime | None:
        """How far the last run has read."""
        return self._cursor.write_date if self._cursor else None

    @property
    def census_size(self) -> int:
        """How many rows the census has held so far."""
        return self._planner.census_size

    def begin(self, before: EntitySync | None) -> EntityBeginning:
        """Find out what is to be read, and ask for the first pages once the entity before has read all of its own.

        Not where stored values have to be masked first. No document may depend on those of another entity of the same
        run, which may not be written yet.

        Raises:
            OdooError: Odoo cannot be read.
            StoreError: the store cannot be read.
            RunCancelled: a stop was requested.
        """
        entity, context = self._entity, self._context
        found = preflight(context, entity, self._cursor)
        profile, now = found.read_profile, context.connector.server_time
        self._basis, self._newest, self._read_at = profile.read_fingerprint, found.summary.newest, found.read_at
        self._related, self._committer.reads_since = keep_known(found.related, self._cursor), now
        overlap = context.settings.overlap
        decision = CursorDecision.of(self._cursor, entity, profile, context.scope, overlap, now, self._newest)
        is_masked = describe_masks(entity) or context.store.masks.fields(entity.id)
        return EntityBeginning(found, decision, None if is_masked else self._start_reading(found, decision, before))

    def _start_reading(
        self, found: EntityPreflight, decision: CursorDecision, before: EntitySync | None
    ) -> OrderedResults[Task, Page]:
        """Plan what is to be read, and ask for the first pages."""
        entity, context = self._entity, self._context
        self._planner = self._plan(decision.since, found)
        if decision.since is None:
            context.connector.prove_columns(entity, found.summary.count)
        known_rows: Callable[[Task], Mapping[int, KnownRow]] = (
            (lambda _: {}) if decision.compares_contents else _known_rows
        )
        with ExitStack() as opened:
            tasks = opened.enter_context(closing(self._planner.tasks()))
            first_task = next(tasks)
            if before:
                before.wait_until_read()
            pages = context.connector.fetch(entity, chain([first_task], tasks), _ids, known_rows)
            opened.enter_context(closing(pages))
            with self._lock:
                if not self._is_closed:
                    self._opened = opened.pop_all()
        return pages

    def run(self, wait_for_beginning: Callable[[], EntityBeginning]) -> EntityResult:
        """Sync the entity.

        Args:
            wait_for_beginning: waits for the result of :meth:`begin`, or raises its error.

        Raises:
            OdooError: Odoo cannot be read; written documents stay, the cursor does not move.
            StoreError: the store cannot be written.
            LeaseLost: another run took over.
            RunCancelled: a stop was requested; everything committed so far is durable.
        """
        beginning = wait_for_beginning()
        found, decision = beginning.found, beginning.decision
        self._context.tracker.set_total(self._entity.name, found.summary.count)
        self._writes.begin(is_first_load=self._cursor is None)
        self._find_drift(found.read_profile)
        self.report.warnings += decision.warnings
        if decision.invalidated:
            self._writes.save_cursor(decision.invalidated)
        self._mask_stored()
        pages = beginning.pages or self._start_reading(found, decision, None)
        if isinstance(self._planner, Planner):
            self._writes.forget_census(self._cursor)
        if self._checkpoint:
            self._resume(self._checkpoint)
        self._commit_pages(pages)
        withheld = self._retire(found.summary.count, found.read_profile)
        self._committer.settle(self._links.decide(knows_all_rows=not self._context.scope.is_filtered))
        if not withheld and not self._committer.missed:
            self._save_cursor(found.read_profile)
        return self._result(withheld)

    def _mask_stored(self) -> None:
        """Put the masks on what is stored, where they are not those of the last run: rows that are gone never do."""
        entity, context = self._entity, self._context
        masks, before = describe_masks(entity), context.store.masks.fields(entity.id)
        if masks == before and not (masks and context.scope.mode is Mode.FULL):
            return
        changed = self._writes.mask_stored()
        if masks != before:
            fields = ", ".join(f"{path} ({kind})" for path, kind, _ in masks)
            where = f" {changed} documents were masked where they stand." if changed else ""
            self.report.warn("masks", f"Masked from now on: {fields or 'no field'}.{where}")

    def _find_drift(self, profile: ReadProfile) -> None:
        """Record what became of the fields since the last run; raises ``OdooFieldsLostError`` where that freezes."""
        context, entity, cursor, now = self._context, self._entity, self._cursor, datetime.now(UTC)
        finder = DriftFinder(entity, cursor, profile, context.connector.models, context.run_id, now) if cursor else None
        if finder is None or not finder.has_changes():
            return
        self._drift = drift = finder.find(context.store.integrations.drift(entity.id))
        self._writes.save_drift(drift.news)
        self.report.warnings += make_notices(entity, [each for each in drift.changes if each.seen_by is None])
        refuse_lost_fields(entity, drift)

    def close(self) -> None:
        """End the calls under way, and whatever waits for this entity."""
        self.has_read.set()
        with self._lock:
            self._is_closed, opened = True, self._opened.pop_all()
        opened.close()

    def wait_until_read(self) -> None:
        """Wait until all pages are read: no more rows are held than one entity has under way."""
        while not self.has_read.wait(POLL_SECONDS):
            self._context.cancel.raise_if_requested()

    def _plan(self, since: datetime | None, found: EntityPreflight) -> Planner | ChangesPlanner:
        """Plan to read what changed alone where that is enough, else by a census."""
        entity, context, renamed = self._entity, self._context, frozenset[int]()
        last, changed = self._cursor.census if self._cursor else None, None
        if since:
            found_ids = find_renamed(entity, context, self._cursor, found.related, found.summary.count)
            if found_ids is None:  # so do documents of an earlier run that was cut off
                since = self._checkpoint = None
            renamed = found_ids or renamed
        if since and last and self._checkpoint is None:
            changed = find_changed_ids(entity, context, since, found)
            planner = plan_changes(entity, context, changed, renamed, found, last) if changed else None
            if planner:
                return planner
        return self._plan_census(since, changed, renamed)

    def _plan_census(self, since: datetime | None, changed: ChangedIds | None, renamed: frozenset[int]) -> Planner:
        checkpoint = self._checkpoint
        if checkpoint is None or checkpoint.newest is None or checkpoint.basis != self._basis:
            self._checkpoint = None
            return Planner(self._entity, self._context, since, changed=changed, renamed=renamed)
        self._related = as_of(self._related, checkpoint.newest)
        changed_since = checkpoint.newest - self._context.settings.overlap
        return Planner(self._entity, self._context, since, checkpoint, changed_since, renamed=renamed)

    def _resume(self, checkpoint: Checkpoint) -> None:
        """Count what an earlier run has committed."""
        # Rows in quarantine are counted again, wherever they stand by now.
        counts = replace(checkpoint.counts, quarantined=0, dismissed=0)
        self.report.count(counts, counts.rows)
        # Changes in those blocks since then are yet to be read: until then, the checkpoint keeps its older time.
        self._save_checkpoint(BlockEnd(checkpoint.through, complete=False), checkpoint.newest)

    def _commit_pages(self, pages: OrderedResults[Task, Page]) -> None:
        """Commit each of the planned pages in the background while the next ones are read."""
        self.report.set_phase(Phase.FETCH)
        with BackgroundWriter() as writer:
            for task, page in pages:
                self._context.cancel.raise_if_requested()
                writer.submit(self._compare(task, page))
            self.has_read.set()
        self._writes.release_quarantine(self._planner.obsolete_quarantine)
        if self._checkpoint is not None:
            # Rows of its blocks may have gone since, and so may documents that this run created again.
            excess_rows = self.report.counts.rows + len(self._links.held_ids) - self.census_size
            excess = subtract_rows(self.report.counts, excess_rows)
            self.report.count(excess, excess.rows)

    def _compare(self, task: Task, page: Page) -> Callable[[], None]:
        """Compare a page with its stored documents; return the job that commits it."""
        mapped = self._mapper.map_page(page)
        documents = self._links.hold_back(mapped.documents, task.stored_ids, page.fingerprints)
        task = replace(task, quarantined_ids=task.quarantined_ids.difference(self._links.held_ids))
        changed_ids = task.stored_ids - page.unchanged_ids
        stored = self._context.store.documents.find_page(self._entity, changed_ids, mapped.fields)
        comparison = compare(self._entity.target, documents, page.fingerprints, stored)
        return partial(self._commit_page, task, comparison, len(page.unchanged_ids), mapped.rejected)

    def _commit_page(
        self, task: Task, comparison: Comparison, matching_hash_count: int, rejected: Sequence[RejectedRow]
    ) -> None:
        """Commit one page, and save the checkpoint if the page is the last of its block."""
        self._committer.commit(task, comparison, matching_hash_count, rejected)
        if task.block_end:
            self._save_checkpoint(task.block_end, self._newest)

    def _save_checkpoint(self, end: BlockEnd, newest: datetime | None) -> None:
        """Save that all blocks up to this end are committed, as of Odoo's newest change ``newest``."""
        counts = self.report.counts
        self._writes.checkpoint(
            Checkpoint(end.through, counts, complete=end.complete, newest=newest, basis=self._basis)
        )

    def _retire(self, row_count: int, profile: ReadProfile) -> int:
        """Retire missing documents; return how many are left."""
        has_same_access = self._cursor is None or self._cursor.access_fingerprint == profile.access_fingerprint
        parts = self._entity, self._context, self._writes, self.report
        if self._context.scope.is_filtered:
            return RequestedRows(*parts, has_same_access=has_same_access).settle()
        census = Census(self.census_size, row_count, has_same_access)
        return Retirement(*parts, self._planner.missing_documents, census).run()

    def _save_cursor(self, profile: ReadProfile) -> None:
        """Save how far all rows have been stored; a filtered run has not stored all."""
        if self._context.scope.is_filtered:
            return
        now = self._context.connector.get_read_profile(self._entity)
        cursor = next_cursor(
            self._cursor,
            profile,
            now,
            self._newest,
            self._context.run_id,
            datetime.now(UTC),
            self._totals(),
            self._related,
            self._read_at,
            self._entity.choice,
            self._drift.narrowed,
        )
        self._writes.save_cursor(cursor)

    def _totals(self) -> CensusTotals | None:
        """Add what was written to the totals that were found; ``None`` where the next run has to list all ids."""
        found = self._planner.totals
        if found is None or self._writes.left_unsettled:
            return None
        return replace(found, documents=found.documents + self._writes.moved)

    def _result(self, withheld: int) -> EntityResult:
        report, name = self.report, self._entity.name
        quarantined = report.counts.quarantined
        if quarantined:
            report.warn("quarantine", f"{quarantined} rows could not be read or stored and are in quarantine.")
        for collection, ids in self._mapper.missing_references.items():
            if ids:
                message = f"{len(ids)} {collection} that its documents refer to are not in the store yet."
                report.warn("reference_missing", message, f"Sync {collection}, then {name} again.")
        if self._committer.missed:
            message = (
                f"{self._committer.missed} documents were changed by another program while they were being written."
            )
            report.warn("changed_meanwhile", message, "Run the sync again.")
        is_partial = withheld or quarantined or self._committer.missed or report.unmet
        state = EntityState.PARTIAL if is_partial else EntityState.SUCCESS
        seconds, cursors = self._context.tracker.elapsed_seconds(name), (self.cursor_before, self._writes.cursor_date)
        return EntityResult(name, state, report.counts, self.census_size, withheld, seconds, *cursors)


def _ids(task: Task) -> Sequence[int]:
    return task.ids


def _known_rows(task: Task) -> Mapping[int, KnownRow]:
    return task.known_rows
