"""Write the results of one entity's sync: here alone lease, fence and dry run are looked after."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from odoo_sync_tui.core.cursor import Cursor, DocumentTotals, FieldDrift, IdTotals
from odoo_sync_tui.core.entity import Entity, InactiveReason, RejectedRow
from odoo_sync_tui.core.errors import LeaseLost
from odoo_sync_tui.core.reports.differences import DifferenceListener
from odoo_sync_tui.core.run import Checkpoint, Lease
from odoo_sync_tui.entities.masks import describe_masks, list_masked_fields, list_masks
from odoo_sync_tui.pipeline.entity.differences import DifferenceReporter
from odoo_sync_tui.pipeline.heartbeat import Heartbeat
from odoo_sync_tui.store.change_log.recorder import ChangeRecorder
from odoo_sync_tui.store.database import Store
from odoo_sync_tui.store.documents.bulk_write import NEWER_RUN_HINT
from odoo_sync_tui.store.documents.changes import Change, ChangeKind, WriteReport
from odoo_sync_tui.store.documents.outbox import Outbox


class LeasedWrites:
    """The writes of one entity's sync.

    Every method checks the lease, passes the fence on to the store, and does nothing where there is nothing to write
    or in a dry run. Every method raises :class:`LeaseLost` when another run has taken over, and :class:`StoreError`.

    ``on_difference`` takes what a dry run would write and retire; it is not called by other runs. ``recorder`` has the
    changes logged.

    Attributes:
        cursor_date: ``write_date`` of the cursor saved last; ``None`` before.
        moved: by how much the totals of the documents moved by what was written.
        left_unsettled: something was written whose row the next run has to read again, or whose totals are not known.
    """

    def __init__(
        self,
        store: Store,
        entity: Entity,
        run_id: str,
        lease: Lease,
        heartbeat: Heartbeat,
        *,
        dry_run: bool,
        on_difference: DifferenceListener | None = None,
        recorder: ChangeRecorder | None = None,
    ) -> None:
        self._store = store
        self._entity = entity
        self._run_id = run_id
        self._fence = lease.fence
        self._heartbeat = heartbeat
        self._dry_run = dry_run
        self._reporter = DifferenceReporter(entity, store.browser, on_difference) if dry_run and on_difference else None
        self._recorder = None if dry_run else recorder
        self._outbox: Outbox | None = None
        self.cursor_date: datetime | None = None
        self.moved = DocumentTotals()
        self.left_unsettled = False

    def begin(self, *, is_first_load: bool) -> None:
        """Prepare the change log; to be called before every other method."""
        if self._recorder and self._may_write([self._entity]):
            self._outbox = self._recorder.begin(self._entity, is_first_load=is_first_load)

    def write(self, changes: Sequence[Change]) -> WriteReport:
        """Write a page of changes."""
        if self._reporter:
            self._reporter.report_changes(changes)
        if not self._may_write(changes):
            return WriteReport()
        report = self._store.documents.write(self._entity.target, changes, self._fence, self._outbox)
        self._move_logged()
        if report.stale:
            raise LeaseLost(
                f"{report.stale} documents of {self._entity.name} were written by a newer run.",
                NEWER_RUN_HINT,
            )
        self.moved += _moved_by(changes)
        self.left_unsettled |= bool(report.missed or report.rejected) or not all(map(_is_settled, changes))
        return report

    def update_hashes(self, hashes: Mapping[object, str]) -> None:
        """Set row hashes, by ``_id``, of documents with the right content already."""
        if self._may_write(hashes):
            self._store.documents.update_hashes(self._entity.target, hashes, self._fence)

    def unset_nulls(self, keys: Collection[object]) -> None:
        """Remove empty fields that are to be left out from documents, by ``_id``."""
        if self._may_write(keys):
            self._store.documents.unset_nulls(self._entity.target, keys, self._fence, self._outbox)
            self._move_logged()

    def clear_hashes(self, ids: Collection[int]) -> None:
        """Remove the row hashes of documents, so that their rows are read again."""
        if self._may_write(ids):
            self._store.documents.clear_hashes(self._entity.target, ids, self._fence)

    def retire(self, ids: Collection[int], reason: InactiveReason) -> int:
        """Retire documents; return their number, which in a dry run is that of ``ids``."""
        if self._reporter:
            self._reporter.report_retired(ids, reason)
        if not self._may_write(ids):
            return len(ids)
        retired = self._store.documents.retire(self._entity.target, ids, reason, self._fence, self._outbox)
        self._move_logged()
        self.moved += DocumentTotals(active=-retired)
        return retired

    def quarantine(self, rejected: Sequence[RejectedRow], seen_at: datetime | None) -> None:
        """Put rows into quarantine, without what is masked; ``seen_at`` is a time before they were read."""
        if self._may_write(rejected):
            self.left_unsettled = True
            masked = list_masked_fields(self._entity)
            rows = [replace(each, row=_hide(each.row, masked)) for each in rejected]
            self._store.quarantine.put(self._entity.id, self._run_id, rows, self._fence, seen_at)

    def release_quarantine(self, ids: Collection[int]) -> None:
        """Remove rows from quarantine."""
        if self._may_write(ids):
            self._store.quarantine.clear(self._entity.id, ids, self._fence)

    def mask_stored(self) -> int:
        """Put the masks of the entity on what is stored of it, and save which they are; return how many documents."""
        if not self._may_write([self._entity]):
            return 0
        entity, masks, changed = self._entity, list_masks(self._entity), 0
        stored, check = self._store.masks, self._heartbeat.ensure_held
        if masks:
            changed = stored.mask_documents(entity.target, masks, self._fence, check)
            stored.forget_reasons(entity.id, self._fence)
        if masks and stored.fields(entity.id) != describe_masks(entity):
            stored.mask_changes(entity.target, entity.id, masks, check)
        stored.save_fields(entity.id, describe_masks(entity), self._fence)
        return changed

    def checkpoint(self, checkpoint: Checkpoint) -> None:
        """Save how far the entity is durably stored."""
        if self._may_write([checkpoint]):
            self._store.runs.save_checkpoint(self._run_id, self._entity.id, checkpoint, self._fence)

    def save_cursor(self, cursor: Cursor) -> None:
        """Save how far the entity has been read."""
        if self._may_write([cursor]):
            self._store.integrations.save_cursor(self._entity.id, cursor, self._fence)
            self.cursor_date = cursor.write_date
            if self._recorder:
                self._recorder.finish_load(self._entity)

    def save_drift(self, news: Sequence[FieldDrift]) -> None:
        """Save changes of fields, to be shown until somebody has seen them."""
        if self._may_write(news):
            self._store.integrations.save_drift(self._entity.id, news, self._fence)

    def forget_census(self, cursor: Cursor | None) -> None:
        """Forget the totals beside the cursor: from now on, documents may be left that have to be read again."""
        if cursor and cursor.census and self._may_write([cursor]):
            self._store.integrations.forget_census(self._entity.id, self._fence)

    def _move_logged(self) -> None:
        """Move what was written to the change log."""
        if self._recorder and self._outbox:
            self._recorder.move(self._entity)

    def _may_write(self, items: Collection[object]) -> bool:
        """Whether there is anything to write; checks the lease if so."""
        if not items or self._dry_run:
            return False
        self._heartbeat.ensure_held()
        return True


def _hide(row: Mapping[str, object] | None, masked: Collection[str]) -> Mapping[str, object] | None:
    return row and {name: value for name, value in row.items() if name not in masked}


def _moved_by(changes: Sequence[Change]) -> DocumentTotals:
    """By how much written changes moved the totals."""
    created = [each.document for each in changes if each.kind is ChangeKind.CREATED]
    kinds = [each.kind for each in changes]
    switched = kinds.count(ChangeKind.REACTIVATED) - kinds.count(ChangeKind.DEACTIVATED)
    active = sum(document.active for document in created)
    return DocumentTotals(IdTotals(len(created), sum(document.odoo_id for document in created)), active + switched)


def _is_settled(change: Change) -> bool:
    """Whether the document needs no other look. That of another program, which a row took over, may not be counted."""
    return change.hash is not None and not change.document.incomplete and change.kind is not ChangeKind.LINKED
