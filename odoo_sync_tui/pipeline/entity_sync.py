"""One entity of a run: plan, fetch, compare, write, retire."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from odoo_sync_tui.core.entity import Cursor, Domain, Entity, InactiveReason, Known, Page, Rejected
from odoo_sync_tui.core.errors import LeaseLost
from odoo_sync_tui.core.progress import Phase
from odoo_sync_tui.core.result import Counts, EntityResult, EntityState, Notice
from odoo_sync_tui.core.run import Checkpoint
from odoo_sync_tui.core.scope import Mode
from odoo_sync_tui.odoo.connector import EntityBasis, OdooConnector
from odoo_sync_tui.pipeline.compare import Comparison, compare
from odoo_sync_tui.pipeline.contents import by_content
from odoo_sync_tui.pipeline.context import Context
from odoo_sync_tui.pipeline.figures import figures, taken_back
from odoo_sync_tui.pipeline.mapping import Mapper
from odoo_sync_tui.pipeline.planner import BlockEnd, Planner, Task
from odoo_sync_tui.pipeline.retirement import EXAMPLES, Census, told, why_withheld
from odoo_sync_tui.pipeline.writer import Writer
from odoo_sync_tui.store.documents import Change, WriteReport

RETIRED_AT_ONCE = 1000
CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far a cursor may lie ahead of the server's clock."""
NO_BASIS = ""
"""The basis of a cursor that vouches for nothing but who could see the rows."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What Odoo says of an entity before its rows are read.

    Attributes:
        basis: what reading it depends on.
        newest: the newest ``write_date``; asked before the census, so that nothing can fall between.
        counted: how many rows there are.
    """

    basis: EntityBasis
    newest: datetime | None
    counted: int


def look(connector: OdooConnector, entity: Entity, domain: Domain, cursor: Cursor | None) -> Outlook:
    """Ask Odoo about an entity that has been read up to its cursor.

    Raises:
        OdooError, RunCancelled: it does not tell.
    """
    basis = connector.prepare(entity, cursor.nameless if cursor else ())
    return Outlook(basis, connector.newest_write_date(entity), connector.count(entity, domain))


class EntitySync:
    """Brings one entity of the store in step with Odoo. Made for one use.

    Args:
        entity: which one.
        context: the run that it is part of.
        settled: where an earlier run of the same scope was cut off, to go on from there.
    """

    def __init__(self, entity: Entity, context: Context, settled: Checkpoint | None = None) -> None:
        self._entity = entity
        self._context = context
        self._store = context.store
        self._connector = context.connector
        self._settled = settled
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
    def census(self) -> int:
        """How many rows the census has held so far."""
        return self._planner.census

    def run(self, outlook: Callable[[], Outlook]) -> EntityResult:
        """Sync the entity.

        Args:
            outlook: waits for what :func:`look` found, or raises what it raised.

        Raises:
            OdooError: Odoo cannot be read; what is written stays, the cursor does not move.
            StoreError: the store cannot be written.
            LeaseLost: another run took over.
            RunCancelled: a stop was requested; everything settled so far is durable.
        """
        found = outlook()
        basis = found.basis
        cursor = self._store.integrations.cursors().get(self._entity.id)
        self.cursor_before = cursor.write_date if cursor else None
        self._basis = basis.basis
        self._compares_contents = self._must_compare_contents(cursor)
        self._newest = found.newest
        self._context.tracker.total(self._entity.name, found.counted)
        self._look_for_lost_fields(cursor, basis)
        self._distrust(cursor)
        self._planner = self._plan(self._since(cursor))
        self._settle_pages()
        withheld = self._retire(found.counted, cursor, basis)
        if not withheld and not self._missed:
            self._save_cursor(cursor, basis)
        return self._result(withheld)

    def _result(self, withheld: int) -> EntityResult:
        quarantined = self.counts.quarantined
        if quarantined:
            self._warn("quarantine", f"{quarantined} rows could not be read or stored and are in quarantine.")
        for collection, ids in self._mapper.missing.items():
            if ids:
                message = f"{len(ids)} {collection} that its documents refer to are not in the store yet."
                self._warn("reference_missing", message, f"Sync {collection}, then {self._entity.name} again.")
        if self._missed:
            message = f"{self._missed} documents were changed by another program while they were being written."
            self._warn("changed_meanwhile", message, "Run the sync again.")
        state = EntityState.PARTIAL if withheld or quarantined or self._missed else EntityState.SUCCESS
        seconds = self._context.tracker.seconds(self._entity.name)
        name, cursors = self._entity.name, (self.cursor_before, self._saved)
        return EntityResult(name, state, self.counts, self.census, withheld, seconds, *cursors)

    # ------------------------------------------------------------------------------------------------ reading

    def _since(self, cursor: Cursor | None) -> datetime | None:
        """From when on rows are read again; ``None``: all of them."""
        if self._context.scope.mode is Mode.FULL or cursor is None or cursor.basis != self._basis:
            return None
        if cursor.write_date is None or self._lies_in_the_future(cursor.write_date):
            return None
        return cursor.write_date - self._context.settings.overlap

    def _must_compare_contents(self, cursor: Cursor | None) -> bool:
        """Whether what rows said the last time proves nothing about the documents.

        Because it was said on another basis, because documents also hold what is copied from the store, or because
        the operator wants to know what is really stored.
        """
        on_other_basis = cursor is None or cursor.basis != self._basis
        return on_other_basis or self._context.scope.reread or bool(self._entity.references)

    def _lies_in_the_future(self, write_date: datetime) -> bool:
        """Whether Odoo's clock was ahead when the cursor was taken: what was written since may be stamped before it."""
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

    def _look_for_lost_fields(self, cursor: Cursor | None, basis: EntityBasis) -> None:
        lost = set(cursor.fields if cursor else ()) - set(basis.fields)
        if lost:
            self._warn(
                "lost_fields",
                f"Odoo no longer shows {', '.join(sorted(lost))} of {self._entity.model}: they become null.",
                "Look whether a module was removed, or rights of the Odoo user.",
            )

    def _distrust(self, cursor: Cursor | None) -> None:
        """Rows read on another basis are another copy: until all are read on one, no cursor may say otherwise."""
        if cursor is None or cursor.basis in {self._basis, NO_BASIS} or self._context.scope.dry_run:
            return
        self._store_cursor(replace(cursor, write_date=None, basis=NO_BASIS))

    def _plan(self, since: datetime | None) -> Planner:
        settled = self._settled
        if settled is None or settled.newest is None or settled.basis != self._basis:
            return Planner(self._entity, self._context, since)
        # Rows in quarantine are tried again, and counted again.
        counts = replace(settled.counts, quarantined=0)
        self._count(counts, counts.rows)
        # What changed in those blocks since then is yet to be read: until it is, the checkpoint may not say more.
        self._save_checkpoint(BlockEnd(settled.through, complete=False), settled.newest)
        again = settled.newest - self._context.settings.overlap
        return Planner(self._entity, self._context, since, settled, again)

    def _settle_pages(self) -> None:
        name, tracker = self._entity.name, self._context.tracker
        tracker.phase(name, Phase.FETCH)
        known: Callable[[Task], Mapping[int, Known]] = (lambda _: {}) if self._compares_contents else _known
        with closing(self._planner.tasks()) as tasks, Writer() as writer:
            for task, page in self._connector.fetch(self._entity, tasks, _ids, known):
                self._context.cancel.raise_if_requested()
                writer.submit(self._job(task, page))
        self._clear_quarantine(self._planner.obsolete)
        if self._settled is not None:
            # Of its blocks, rows may have gone since, and documents that this run made again.
            excess = taken_back(self.counts, self.counts.rows - self.census)
            self._count(excess, excess.rows)

    # ------------------------------------------------------------------------------------------------ writing

    def _job(self, task: Task, page: Page) -> Callable[[], None]:
        mapped = self._mapper.map(page)
        links = self._mapper.links(mapped.documents, task.stored)
        target = self._entity.target
        stored = self._store.documents.stored(self._entity, task.stored - page.unchanged)
        same, stored = by_content(self._store.contents, target, mapped.documents, stored)
        comparison = compare(target, mapped.documents, page.hashes, stored, links, same)
        return partial(self._settle, task, comparison, len(page.unchanged), mapped.rejected)

    def _settle(self, task: Task, comparison: Comparison, same: int, rejected: Sequence[Rejected]) -> None:
        """Settle one page: write, quarantine, count, and save the block's checkpoint when it is the block's last."""
        missed = 0
        if not self._context.scope.dry_run:
            report = self._write(comparison.changes)
            rejected, missed = (*rejected, *report.rejected), report.missed
            self._renew(comparison.renewed)
            self._settle_quarantine(task, rejected)
            # Neither a row in quarantine nor one that is absent may be taken for what it said before.
            self._forget([*task.stored.intersection(row.odoo_id for row in rejected), *task.absent])
        self._count(*figures(task, comparison, same, rejected, missed, self.counts))
        if task.ends:
            self._save_checkpoint(task.ends, self._newest)

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

    def _renew(self, hashes: Mapping[object, str]) -> None:
        if hashes:
            self._context.heartbeat.ensure_held()
            self._store.documents.renew(self._entity.target, hashes, self._context.lease.fence)

    def _forget(self, ids: Sequence[int]) -> None:
        for start in range(0, len(ids), RETIRED_AT_ONCE):
            self._context.cancel.raise_if_requested()
            self._context.heartbeat.ensure_held()
            chunk = ids[start : start + RETIRED_AT_ONCE]
            self._store.documents.forget(self._entity.target, chunk, self._context.lease.fence)

    def _settle_quarantine(self, task: Task, rejected: Sequence[Rejected]) -> None:
        if rejected:
            self._context.heartbeat.ensure_held()
            fence = self._context.lease.fence
            self._store.quarantine.put(self._entity.id, self._context.run_id, rejected, fence)
        self._clear_quarantine(task.quarantined - {row.odoo_id for row in rejected})

    def _clear_quarantine(self, ids: Collection[int]) -> None:
        if ids and not self._context.scope.dry_run:
            self._context.heartbeat.ensure_held()
            self._store.quarantine.clear(self._entity.id, ids, self._context.lease.fence)

    def _count(self, counts: Counts, rows: int) -> None:
        """Add to the figures; ``rows`` of the census are settled with it."""
        self.counts += counts
        self._context.tracker.advance(self._entity.name, rows, counts)

    def _save_checkpoint(self, ends: BlockEnd, newest: datetime | None) -> None:
        """Remember that all blocks up to this end are settled as Odoo was when ``newest`` was its newest change."""
        if self._context.scope.dry_run:
            return
        self._context.heartbeat.ensure_held()
        checkpoint = Checkpoint(ends.through, self.counts, complete=ends.complete, newest=newest, basis=self._basis)
        self._store.runs.checkpoint(self._context.run_id, self._entity.id, checkpoint, self._context.lease.fence)

    # ------------------------------------------------------------------------------------------------ the end

    def _retire(self, counted: int, cursor: Cursor | None, basis: EntityBasis) -> int:
        """Retire what is gone, and return how many are left: withheld by the guard, hidden, or too many for one run."""
        gone = self._planner.gone
        if not gone.count:
            return 0
        self._context.tracker.phase(self._entity.name, Phase.RETIRE)
        counted = min(counted, self._connector.count(self._entity))
        census = Census(self.census, counted, cursor is None or cursor.access == basis.access)
        active = self._store.documents.active_count(self._entity.target)
        guard, confirmed = self._context.settings.guard, self._context.scope.confirm_retire.get(self._entity.name)
        reason = why_withheld(gone, census, active, guard, confirmed)
        if reason:
            first = told(self._connector.fate(self._entity, gone.ids[:EXAMPLES]))
            self._warn(
                "retirement_withheld",
                f"{gone.count} documents have no row in Odoo any more and were not retired: {reason}. "
                f"The first of them: {first}.",
                f"If they are really gone, run again with {_confirming(self._entity, gone.count)}.",
            )
            return gone.count
        fate = self._connector.fate(self._entity, gone.ids)
        self._retire_ids(InactiveReason.DELETED, fate.deleted)
        self._retire_ids(InactiveReason.ELSEWHERE, fate.elsewhere)
        withheld = len(fate.hidden) if confirmed is None or confirmed < gone.count else 0
        if withheld:
            self._warn(
                "hidden",
                f"{withheld} rows are hidden from the Odoo user now; their documents were not retired.",
                f"Give the user back the right to see them, or run again with {_confirming(self._entity, gone.count)}.",
            )
        else:
            self._retire_ids(InactiveReason.HIDDEN, fate.hidden)
        if gone.surplus:
            self._warn(
                "retirement_unfinished",
                f"{gone.surplus} more documents have no row in Odoo any more: one run retires {len(gone.ids)} at most.",
                "Run again to go on.",
            )
        return withheld + gone.surplus

    def _retire_ids(self, reason: InactiveReason, ids: Sequence[int]) -> None:
        """Retire them; what is retired when a stop is requested is in the figures."""
        for start in range(0, len(ids), RETIRED_AT_ONCE):
            self._context.cancel.raise_if_requested()
            chunk = ids[start : start + RETIRED_AT_ONCE]
            retired = len(chunk) if self._context.scope.dry_run else self._retire_chunk(chunk, reason)
            self._count(Counts(deactivated=retired), rows=0)

    def _retire_chunk(self, ids: Sequence[int], reason: InactiveReason) -> int:
        self._context.heartbeat.ensure_held()
        return self._store.documents.retire(self._entity.target, ids, reason, self._context.lease.fence)

    def _save_cursor(self, cursor: Cursor | None, basis: EntityBasis) -> None:
        if self._context.scope.filtered or self._context.scope.dry_run:
            return
        write_date = self._newest or (cursor.write_date if cursor else None)
        now = self._connector.basis(self._entity)
        saved = Cursor(
            write_date, now.basis, basis.access, self._context.run_id, datetime.now(UTC), basis.fields, now.nameless
        )
        # What was dropped on the way is missing in some documents only: the next run reads them all on one basis.
        self._store_cursor(saved if now.basis == basis.basis else replace(saved, write_date=None, basis=NO_BASIS))

    def _store_cursor(self, cursor: Cursor) -> None:
        self._context.heartbeat.ensure_held()
        self._store.integrations.save_cursor(self._entity.id, cursor, self._context.lease.fence)
        self._saved = cursor.write_date

    def _warn(self, kind: str, message: str, hint: str = "") -> None:
        self.warnings.append(Notice(kind, message, hint, self._entity.name))


def _confirming(entity: Entity, count: int) -> str:
    return f"--entity {entity.name} --confirm-retire {count}"


def _ids(task: Task) -> Sequence[int]:
    return task.ids


def _known(task: Task) -> Mapping[int, Known]:
    return task.known
