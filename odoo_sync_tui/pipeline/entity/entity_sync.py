"""Sync one entity: plan, fetch, compare, write, retire."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from odoo_sync_tui.core.entity import Cursor, Domain, Entity, InactiveReason, KnownRow, Page, RejectedRow
from odoo_sync_tui.core.errors import LeaseLost
from odoo_sync_tui.core.progress import Phase
from odoo_sync_tui.core.result import Counts, EntityResult, EntityState, Notice
from odoo_sync_tui.core.run import Checkpoint
from odoo_sync_tui.core.scope import Mode
from odoo_sync_tui.odoo.connector import OdooConnector, ReadProfile
from odoo_sync_tui.pipeline.entity.compare import Comparison, compare, load_content_matcher
from odoo_sync_tui.pipeline.entity.context import Context
from odoo_sync_tui.pipeline.entity.counts import count_page, subtract_rows
from odoo_sync_tui.pipeline.entity.mapper import Mapper
from odoo_sync_tui.pipeline.entity.planner import BlockEnd, Planner, Task
from odoo_sync_tui.pipeline.entity.retirement import MAX_EXAMPLES, Census, describe, reason_withheld
from odoo_sync_tui.runtime.background import BackgroundWriter
from odoo_sync_tui.store.documents.changes import Change, WriteReport

WRITE_BATCH_SIZE = 1000
CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far a cursor may lie ahead of the server's clock."""
UNVERIFIED = ""
"""Read fingerprint of a cursor that proves nothing about the documents, only the access to the rows."""


@dataclass(frozen=True, slots=True)
class EntityPreflight:
    """Facts that Odoo returns about an entity before its rows are read.

    Attributes:
        read_profile: what the reading of its rows depends on.
        newest_write_date: the newest ``write_date``; read before the census, so that no change can fall between.
        row_count: how many rows there are.
    """

    read_profile: ReadProfile
    newest_write_date: datetime | None
    row_count: int


def preflight(connector: OdooConnector, entity: Entity, domain: Domain, cursor: Cursor | None) -> EntityPreflight:
    """Read the facts about an entity that has been read up to its cursor.

    Raises:
        OdooError, RunCancelled: the facts cannot be read, or a stop was requested.
    """
    basis = connector.prepare(entity, cursor.models_without_names if cursor else ())
    return EntityPreflight(basis, connector.newest_write_date(entity), connector.count(entity, domain))


class EntitySync:
    """Sync one entity of the store with Odoo. Made for one use.

    Args:
        entity: the entity to sync.
        context: the objects of the run.
        checkpoint: where an earlier run of the same scope was cut off, to continue from there.
    """

    def __init__(self, entity: Entity, context: Context, checkpoint: Checkpoint | None = None) -> None:
        self._entity = entity
        self._context = context
        self._store = context.store
        self._connector = context.connector
        self._checkpoint = checkpoint
        self._mapper = Mapper(entity, context.store.documents)
        self._planner = Planner(entity, context, None)
        self._newest: datetime | None = None
        self._basis = ""
        self._compares_contents = True
        self._missed = 0
        self._saved: datetime | None = None
        self.cursor_before: datetime | None = None
        self.counts = Counts()
        self.warnings: list[Notice] = []

    @property
    def census_size(self) -> int:
        """How many rows the census has held so far."""
        return self._planner.census_size

    def run(self, wait_for_preflight: Callable[[], EntityPreflight]) -> EntityResult:
        """Sync the entity.

        Args:
            wait_for_preflight: waits for the result of the preflight, or raises its error.

        Raises:
            OdooError: Odoo cannot be read; written documents stay, the cursor does not move.
            StoreError: the store cannot be written.
            LeaseLost: another run took over.
            RunCancelled: a stop was requested; everything committed so far is durable.
        """
        preflight_result = wait_for_preflight()
        basis = preflight_result.read_profile
        cursor = self._store.integrations.cursors().get(self._entity.id)
        self.cursor_before = cursor.write_date if cursor else None
        self._basis = basis.read_fingerprint
        self._compares_contents = self._must_compare_contents(cursor)
        self._newest = preflight_result.newest_write_date
        self._context.tracker.set_total(self._entity.name, preflight_result.row_count)
        self._warn_of_lost_fields(cursor, basis)
        self._invalidate_cursor(cursor)
        self._planner = self._plan(self._since(cursor))
        self._commit_pages()
        withheld = self._retire(preflight_result.row_count, cursor, basis)
        if not withheld and not self._missed:
            self._save_cursor(cursor, basis)
        return self._result(withheld)

    def _result(self, withheld: int) -> EntityResult:
        quarantined = self.counts.quarantined
        if quarantined:
            self._warn("quarantine", f"{quarantined} rows could not be read or stored and are in quarantine.")
        for collection, ids in self._mapper.missing_references.items():
            if ids:
                message = f"{len(ids)} {collection} that its documents refer to are not in the store yet."
                self._warn("reference_missing", message, f"Sync {collection}, then {self._entity.name} again.")
        if self._missed:
            message = f"{self._missed} documents were changed by another program while they were being written."
            self._warn("changed_meanwhile", message, "Run the sync again.")
        state = EntityState.PARTIAL if withheld or quarantined or self._missed else EntityState.SUCCESS
        seconds = self._context.tracker.elapsed_seconds(self._entity.name)
        name, cursors = self._entity.name, (self.cursor_before, self._saved)
        return EntityResult(name, state, self.counts, self.census_size, withheld, seconds, *cursors)

    # ------------------------------------------------------------------------------------------------ reading

    def _since(self, cursor: Cursor | None) -> datetime | None:
        """Compute the time from which on changed rows are read; ``None``: read all rows."""
        if self._context.scope.mode is Mode.FULL or cursor is None or cursor.read_fingerprint != self._basis:
            return None
        if cursor.write_date is None or self._is_in_the_future(cursor.write_date):
            return None
        return cursor.write_date - self._context.settings.overlap

    def _must_compare_contents(self, cursor: Cursor | None) -> bool:
        """Whether stored row hashes prove nothing about the documents.

        Because the rows were read with another fingerprint, because documents also hold fields copied from the store,
        or because the operator requests a comparison of the stored content.
        """
        read_otherwise = cursor is None or cursor.read_fingerprint != self._basis
        return read_otherwise or self._context.scope.reread or bool(self._entity.references)

    def _is_in_the_future(self, write_date: datetime) -> bool:
        """Whether the cursor is ahead of Odoo's clock: rows written since may have an older ``write_date``."""
        now = self._connector.server_time
        if now is None or write_date <= now + CLOCK_TOLERANCE:
            return False
        self._warn(
            "clock",
            f"The last run read up to {write_date:%Y-%m-%d %H:%M} UTC, but Odoo's clock says {now:%Y-%m-%d %H:%M}: "
            "everything is read again.",
            "Look after the clock of the Odoo server.",
        )
        return True

    def _warn_of_lost_fields(self, cursor: Cursor | None, basis: ReadProfile) -> None:
        lost = set(cursor.fields if cursor else ()) - set(basis.fields)
        if lost:
            self._warn(
                "lost_fields",
                f"Odoo no longer shows {', '.join(sorted(lost))} of {self._entity.model}: they become null.",
                "Look whether a module was removed, or rights of the Odoo user.",
            )

    def _invalidate_cursor(self, cursor: Cursor | None) -> None:
        """Invalidate a cursor with another read fingerprint, until all rows have been read with the present one."""
        if cursor is None or cursor.read_fingerprint in {self._basis, UNVERIFIED} or self._context.scope.dry_run:
            return
        self._store_cursor(replace(cursor, write_date=None, read_fingerprint=UNVERIFIED))

    def _plan(self, since: datetime | None) -> Planner:
        checkpoint = self._checkpoint
        if checkpoint is None or checkpoint.newest is None or checkpoint.basis != self._basis:
            return Planner(self._entity, self._context, since)
        # Rows in quarantine are read again, and counted again.
        counts = replace(checkpoint.counts, quarantined=0)
        self._count(counts, counts.rows)
        # Changes in those blocks since then are yet to be read: until then, the checkpoint keeps its older time.
        self._save_checkpoint(BlockEnd(checkpoint.through, complete=False), checkpoint.newest)
        changed_since = checkpoint.newest - self._context.settings.overlap
        return Planner(self._entity, self._context, since, checkpoint, changed_since)

    def _commit_pages(self) -> None:
        name, tracker = self._entity.name, self._context.tracker
        tracker.set_phase(name, Phase.FETCH)
        known_rows: Callable[[Task], Mapping[int, KnownRow]] = (
            (lambda _: {}) if self._compares_contents else _known_rows
        )
        with closing(self._planner.tasks()) as tasks, BackgroundWriter() as writer:
            for task, page in self._connector.fetch(self._entity, tasks, _ids, known_rows):
                self._context.cancel.raise_if_requested()
                writer.submit(self._commit_job(task, page))
        self._clear_quarantine(self._planner.obsolete_quarantine)
        if self._checkpoint is not None:
            # Rows of its blocks may have gone since, and so may documents that this run created again.
            excess = subtract_rows(self.counts, self.counts.rows - self.census_size)
            self._count(excess, excess.rows)

    # ------------------------------------------------------------------------------------------------ writing

    def _commit_job(self, task: Task, page: Page) -> Callable[[], None]:
        mapped = self._mapper.map_page(page)
        links = self._mapper.find_links(mapped.documents, task.stored_ids)
        target = self._entity.target
        stored = self._store.documents.find_by_ids(self._entity, task.stored_ids - page.unchanged_ids)
        is_same_content, stored = load_content_matcher(self._store.content_hashes, target, mapped.documents, stored)
        comparison = compare(target, mapped.documents, page.fingerprints, stored, links, is_same_content)
        return partial(self._commit_page, task, comparison, len(page.unchanged_ids), mapped.rejected)

    def _commit_page(
        self, task: Task, comparison: Comparison, matching_hash_count: int, rejected: Sequence[RejectedRow]
    ) -> None:
        """Commit one page: write, quarantine, count, and save the checkpoint if the page is the last of its block."""
        missed = 0
        if not self._context.scope.dry_run:
            report = self._write(comparison.changes)
            rejected, missed = (*rejected, *report.rejected), report.missed
            self._update_hashes(comparison.updated_hashes)
            self._update_quarantine(task, rejected)
            # The old hash of a row in quarantine, or without a row, must not make it count as unchanged later.
            self._clear_hashes(
                [*task.stored_ids.intersection(row.odoo_id for row in rejected), *task.inactive_without_row]
            )
        self._count(*count_page(task, comparison, matching_hash_count, rejected, missed, self.counts))
        if task.block_end:
            self._save_checkpoint(task.block_end, self._newest)

    def _write(self, changes: Sequence[Change]) -> WriteReport:
        if not changes:
            return WriteReport()
        self._context.heartbeat.ensure_held()
        report = self._store.documents.write(self._entity.target, changes, self._context.lease.fence)
        if report.stale:
            raise LeaseLost(
                f"{report.stale} documents of {self._entity.name} were written by a newer run.",
                "This run has stopped; the newer one goes on.",
            )
        self._missed += report.missed
        return report

    def _update_hashes(self, hashes: Mapping[object, str]) -> None:
        if hashes:
            self._context.heartbeat.ensure_held()
            self._store.documents.update_hashes(self._entity.target, hashes, self._context.lease.fence)

    def _clear_hashes(self, ids: Sequence[int]) -> None:
        for start in range(0, len(ids), WRITE_BATCH_SIZE):
            self._context.cancel.raise_if_requested()
            self._context.heartbeat.ensure_held()
            chunk = ids[start : start + WRITE_BATCH_SIZE]
            self._store.documents.clear_hashes(self._entity.target, chunk, self._context.lease.fence)

    def _update_quarantine(self, task: Task, rejected: Sequence[RejectedRow]) -> None:
        if rejected:
            self._context.heartbeat.ensure_held()
            fence = self._context.lease.fence
            self._store.quarantine.put(self._entity.id, self._context.run_id, rejected, fence)
        self._clear_quarantine(task.quarantined_ids - {row.odoo_id for row in rejected})

    def _clear_quarantine(self, ids: Collection[int]) -> None:
        if ids and not self._context.scope.dry_run:
            self._context.heartbeat.ensure_held()
            self._store.quarantine.clear(self._entity.id, ids, self._context.lease.fence)

    def _count(self, counts: Counts, rows: int) -> None:
        """Add to the counts; ``rows`` more of the census are done."""
        self.counts += counts
        self._context.tracker.advance(self._entity.name, rows, counts)

    def _save_checkpoint(self, ends: BlockEnd, newest: datetime | None) -> None:
        """Save that all blocks up to this end are committed, as of Odoo's newest change ``newest``."""
        if self._context.scope.dry_run:
            return
        self._context.heartbeat.ensure_held()
        checkpoint = Checkpoint(ends.through, self.counts, complete=ends.complete, newest=newest, basis=self._basis)
        self._store.runs.save_checkpoint(self._context.run_id, self._entity.id, checkpoint, self._context.lease.fence)

    # ------------------------------------------------------------------------------------------------ the end

    def _retire(self, counted: int, cursor: Cursor | None, basis: ReadProfile) -> int:
        """Retire missing documents; return how many are left: withheld, hidden, or too many for one run."""
        gone = self._planner.missing_documents
        if not gone.count:
            return 0
        self._context.tracker.set_phase(self._entity.name, Phase.RETIRE)
        counted = min(counted, self._connector.count(self._entity))
        census = Census(
            self.census_size, counted, cursor is None or cursor.access_fingerprint == basis.access_fingerprint
        )
        active = self._store.documents.count_active(self._entity.target)
        guard, confirmed = (
            self._context.settings.retirement_limit,
            self._context.scope.confirm_retire.get(self._entity.name),
        )
        reason = reason_withheld(gone, census, active, guard, confirmed)
        if reason:
            examples = describe(self._connector.classify_missing(self._entity, gone.ids[:MAX_EXAMPLES]))
            self._warn(
                "retirement_withheld",
                f"{gone.count} documents have no row in Odoo any more and were not retired: {reason}. "
                f"The first of them: {examples}.",
                f"If they are really gone, run again with {_options(self._entity, gone.count)}.",
            )
            return gone.count
        missing_rows = self._connector.classify_missing(self._entity, gone.ids)
        self._retire_ids(InactiveReason.DELETED, missing_rows.deleted)
        self._retire_ids(InactiveReason.ELSEWHERE, missing_rows.elsewhere)
        withheld = len(missing_rows.hidden) if confirmed is None or confirmed < gone.count else 0
        if withheld:
            self._warn(
                "hidden",
                f"{withheld} rows are hidden from the Odoo user now; their documents were not retired.",
                f"Give the user back the right to see them, or run again with {_options(self._entity, gone.count)}.",
            )
        else:
            self._retire_ids(InactiveReason.HIDDEN, missing_rows.hidden)
        if gone.surplus:
            self._warn(
                "retirement_unfinished",
                f"{gone.surplus} more documents have no row in Odoo any more: one run retires {len(gone.ids)} at most.",
                "Run again to go on.",
            )
        return withheld + gone.surplus

    def _retire_ids(self, reason: InactiveReason, ids: Sequence[int]) -> None:
        """Retire documents in batches; those retired before a requested stop are in the counts."""
        for start in range(0, len(ids), WRITE_BATCH_SIZE):
            self._context.cancel.raise_if_requested()
            chunk = ids[start : start + WRITE_BATCH_SIZE]
            retired = len(chunk) if self._context.scope.dry_run else self._retire_chunk(chunk, reason)
            self._count(Counts(deactivated=retired), rows=0)

    def _retire_chunk(self, ids: Sequence[int], reason: InactiveReason) -> int:
        self._context.heartbeat.ensure_held()
        return self._store.documents.retire(self._entity.target, ids, reason, self._context.lease.fence)

    def _save_cursor(self, cursor: Cursor | None, basis: ReadProfile) -> None:
        if self._context.scope.is_filtered or self._context.scope.dry_run:
            return
        write_date = self._newest or (cursor.write_date if cursor else None)
        now = self._connector.get_read_profile(self._entity)
        saved = Cursor(
            write_date,
            now.read_fingerprint,
            basis.access_fingerprint,
            self._context.run_id,
            datetime.now(UTC),
            basis.fields,
            now.models_without_names,
        )
        # A field dropped during the run is missing in some documents only: the next run reads all rows alike.
        self._store_cursor(
            saved
            if now.read_fingerprint == basis.read_fingerprint
            else replace(saved, write_date=None, read_fingerprint=UNVERIFIED)
        )

    def _store_cursor(self, cursor: Cursor) -> None:
        self._context.heartbeat.ensure_held()
        self._store.integrations.save_cursor(self._entity.id, cursor, self._context.lease.fence)
        self._saved = cursor.write_date

    def _warn(self, kind: str, message: str, hint: str = "") -> None:
        self.warnings.append(Notice(kind, message, hint, self._entity.name))


def _options(entity: Entity, count: int) -> str:
    return f"--entity {entity.name} --confirm-retire {count}"


def _ids(task: Task) -> Sequence[int]:
    return task.ids


def _known_rows(task: Task) -> Mapping[int, KnownRow]:
    return task.known_rows
