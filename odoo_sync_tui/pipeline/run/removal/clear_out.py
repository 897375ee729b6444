"""Remove what must not be in the store before a run reads: erased records, and what the settings keep no longer."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from odoo_sync_tui.core.actions import RETENTION
from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.core.cursor import DocumentTotals, IdTotals
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.run import Lease
from odoo_sync_tui.pipeline.run.lease.held_lease import LogEvent
from odoo_sync_tui.pipeline.run.removal.erase_record import RecordRemover, open_change_log
from odoo_sync_tui.pipeline.run.request import RunRequest
from odoo_sync_tui.store.database import Store
from odoo_sync_tui.store.documents.document_store import chunks


def clear_out(
    store: Store,
    request: RunRequest,
    run_id: str,
    lease: Lease,
    ensure_held: Callable[[], None],
    log_event: LogEvent,
) -> RunRequest:
    """Remove what must go; return the request, whose entities leave erased rows out. A dry run removes nothing.

    Erasing that was cut off is completed. What a run that had lost its lease wrote of an erased record is removed.

    Args:
        store: the store.
        request: what the run is asked to do.
        run_id: the run.
        lease: its lease.
        ensure_held: checks the lease before a write.
        log_event: writes to the audit log.

    Raises:
        LeaseLost: another run took over.
        StoreError: the store cannot be read or written.
    """
    request = replace(request, entities=store.erasures.leave_out(request.entities))
    if request.scope.dry_run:
        return request
    _remove_erased(store, request, lease.fence, ensure_held, log_event)
    if not request.scope.is_filtered:
        _Retention(store, request, lease, ensure_held).apply(run_id, log_event)
    return request


def _remove_erased(
    store: Store, request: RunRequest, fence: int, ensure_held: Callable[[], None], log_event: LogEvent
) -> None:
    records = store.erasures.list_records()
    if not records:
        return
    open_change_log(store, fence, request.settings.changes)
    remover = RecordRemover(store, request.catalog, fence, ensure_held)
    for each in records:
        if each.pending:
            remover.complete(each, log_event)
    left = [entity for entity in request.entities if store.erasures.has_parts(entity)]
    if left:
        remover.remove([(entity, entity.erased_ids) for entity in left])


@dataclass(frozen=True, slots=True)
class _Retention:
    """Drops what is too old, by the clock of the database server."""

    store: Store
    request: RunRequest
    lease: Lease
    ensure_held: Callable[[], None]

    def apply(self, run_id: str, log_event: LogEvent) -> None:
        """Log how much is too old, and drop it."""
        keep_runs = self.request.settings.keep_runs
        documents = self._find_documents()
        runs = self.store.runs.list_expired(self.lease.since - keep_runs) if keep_runs else []
        if not documents and not runs:
            return
        self.ensure_held()
        log_event(self._make_event(run_id, documents, len(runs)))
        for entity in self.request.entities:
            self._drop_documents(entity, documents.get(entity.id, ()))
        for chunk in chunks(runs):
            self.ensure_held()
            self.store.runs.drop(chunk, self.lease.fence)

    def _find_documents(self) -> Mapping[str, Sequence[tuple[int, bool]]]:
        """Find the documents that are too old, by entity."""
        keep, found = self.request.settings.keep_retired, dict[str, Sequence[tuple[int, bool]]]()
        for entity in self.request.entities if keep else ():
            if keep and (expired := self.store.erasures.list_expired(entity.target, self.lease.since - keep)):
                found[entity.id] = expired
        return found

    def _drop_documents(self, entity: Entity, documents: Sequence[tuple[int, bool]]) -> None:
        """Drop documents, and take them out of the totals: a run that is killed in between is followed by a census."""
        keep = self.request.settings.keep_retired
        if keep is None:
            return
        for chunk in chunks(documents):
            ids = [odoo_id for odoo_id, _ in chunk]
            self.ensure_held()
            self.store.erasures.drop_expired(entity, ids, self.lease.since - keep, self.lease.fence)
            without_hash = sum(not has_hash for _, has_hash in chunk)
            gone = DocumentTotals(IdTotals(-len(ids), -sum(ids)), 0, -without_hash)
            self.store.erasures.move_census(entity.id, gone, self.lease.fence)

    def _make_event(self, run_id: str, documents: Mapping[str, Sequence[object]], runs: int) -> AuditEvent:
        operator, counts = self.request.operator, {name: len(each) for name, each in documents.items()}
        details = {
            "event": "started",
            "documents": sum(counts.values()),
            "by_entity": counts,
            "runs": runs,
            "host": operator.host,
            "pid": operator.pid,
        }
        return AuditEvent(str(uuid.uuid4()), RETENTION, operator.name, datetime.now(UTC), details, run_id)
