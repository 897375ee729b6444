"""Entities that are synced no more: what is left of them, and its deletion on the operator's word."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime

from odoo_sync_tui.core.actions import DROP_ENTITY, Outcome
from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.core.entity import Block
from odoo_sync_tui.core.errors import ConfigurationError, LeaseLost, StoreError, SyncError
from odoo_sync_tui.core.reports.overview import SYNCED, DroppedEntity, EntitySummary
from odoo_sync_tui.core.run import Operator
from odoo_sync_tui.entities.catalog import EntityCatalog
from odoo_sync_tui.pipeline.catalog import KnownEntity, find_left_over, list_known_entities
from odoo_sync_tui.pipeline.run.lease.held_lease import HeldLease, LogEvent, hold_lease
from odoo_sync_tui.store.database import Store
from odoo_sync_tui.store.documents.bulk_write import NEWER_RUN_HINT
from odoo_sync_tui.store.documents.document_store import CHUNK_SIZE, chunks
from odoo_sync_tui.store.runs.integrations import EntityStatistics

ALL_IDS = Block(0, None)
UNKNOWN = EntityStatistics()


def list_entities(store: Store, catalog: EntityCatalog) -> tuple[EntitySummary, ...]:
    """List all entities that are synced, or that anything is left of.

    Raises:
        StoreError: the store cannot be read.
    """
    stored_ids = store.left_over.known_ids()
    return _summarize(store, list_known_entities(catalog, stored_ids))


def list_left_over(store: Store, catalog: EntityCatalog) -> tuple[EntitySummary, ...]:
    """List the entities that are synced no more and have documents; nothing is counted where there is none.

    Raises:
        StoreError: the store cannot be read.
    """
    known = list_known_entities(catalog, store.left_over.known_ids())
    summaries = _summarize(store, [each for each in known if each.status not in SYNCED])
    return tuple(each for each in summaries if each.documents)


def get_left_over(store: Store, catalog: EntityCatalog, name: str) -> EntitySummary:
    """Get what is left of the entity of this name; see :func:`find_left_over`.

    Raises:
        ConfigurationError: it is none that may be dropped.
        StoreError: the store cannot be read.
    """
    return _find(store, catalog, name)[1]


def drop_entity(
    store: Store,
    catalog: EntityCatalog,
    log_event: LogEvent,
    operator: Operator,
    name: str,
    reason: str,
    seconds: float,
    on_deleted: Callable[[int], None] = lambda _number: None,
) -> DroppedEntity:
    """Delete the documents of an entity that is synced no more, and all that is recorded of it but the history.

    What is recorded goes last, so that a drop that was cut off is found, and goes on when it is asked for again.

    Args:
        store: the store of the entity.
        catalog: the entities that are synced.
        log_event: writes to the audit log, before anything is deleted and at the end.
        operator: who drops it.
        name: its name.
        reason: why, in the operator's words.
        seconds: how long the lease lasts without being renewed.
        on_deleted: called with the number of documents deleted so far.

    Raises:
        ConfigurationError: it is none that may be dropped.
        LeaseHeld: a run is at work; nothing was changed.
        LeaseLost: another run took over; what was deleted stays deleted.
        StoreError: the store cannot be read or written.
    """
    known, _ = _find(store, catalog, name)
    with hold_lease(store, log_event, operator, seconds) as lease:
        drop = _Drop(store, known, lease, on_deleted)
        _run(drop, _EventLog(log_event, operator, known.name, reason), _summarize(store, [known])[0])
    return DroppedEntity(known.name, drop.documents, drop.quarantined)


def _find(store: Store, catalog: EntityCatalog, name: str) -> tuple[KnownEntity, EntitySummary]:
    stored_ids = store.left_over.known_ids()
    known = find_left_over(catalog, stored_ids, name)
    (summary,) = _summarize(store, [known])
    if not summary.documents and known.entity.id not in stored_ids:
        raise ConfigurationError(f"Nothing is left of {known.name}.", "Look at: odoo-sync-tui entities.")
    return known, summary


def _run(drop: _Drop, events: _EventLog, before: EntitySummary) -> None:
    """Run the drop between its two events: what was there, and what became of it."""
    events.log("started", None, {"documents": before.documents, "active": before.active})
    try:
        drop.run()
    except BaseException as error:
        failed = isinstance(error, SyncError)
        outcome = Outcome.FAILED if failed else Outcome.CANCELLED  # by a signal
        with suppress(StoreError):  # the error itself says more
            events.log("finished", outcome, {**drop.counts, "errors": [error.message] if failed else []})
        raise
    events.log("finished", Outcome.SUCCESS, drop.counts)


class _Drop:
    """The deletion of one entity under a lease. Made for one use."""

    def __init__(self, store: Store, known: KnownEntity, lease: HeldLease, on_deleted: Callable[[int], None]) -> None:
        self._store = store
        self._entity = known.entity
        self._lease = lease
        self._on_deleted = on_deleted
        self.documents = 0
        self.quarantined = 0

    @property
    def counts(self) -> Mapping[str, object]:
        """What has been deleted so far."""
        return {"documents": self.documents, "quarantined": self.quarantined}

    def run(self) -> None:
        """Delete everything, in batches."""
        self._lease.ensure_held()
        self._close_log()
        self._store.left_over.forget_checkpoints(self._entity.id)
        self._delete_documents()
        self._clear_quarantine()
        self._lease.ensure_held()
        self._store.left_over.forget(self._entity.id, self._lease.fence)

    def _delete_documents(self) -> None:
        target, fence, left_over = self._entity.target, self._lease.fence, self._store.left_over
        while keys := left_over.find_keys(target, fence, CHUNK_SIZE):
            self._lease.ensure_held()
            self.documents += left_over.delete(target, keys, fence)
            self._on_deleted(self.documents)
        (left,) = self._store.documents.counts([target])
        if newer := left.active + left.inactive:
            raise LeaseLost(f"{newer} documents of {self._entity.name} were written by a newer run.", NEWER_RUN_HINT)

    def _close_log(self) -> None:
        """Move what documents carry for the change log, before it goes with them; the log is complete no more."""
        log = self._store.change_log
        if log.exists():
            log.open(self._lease.fence, lambda _name: True)
            log.set_complete_since(self._entity.id, None)

    def _clear_quarantine(self) -> None:
        for chunk in chunks(sorted(self._store.quarantine.ids(self._entity.id, ALL_IDS).all)):
            self._lease.ensure_held()
            self._store.quarantine.clear(self._entity.id, chunk, self._lease.fence)
            self.quarantined += len(chunk)


class _EventLog:
    """Events of one drop: names and numbers, no values of records."""

    def __init__(self, log_event: LogEvent, operator: Operator, name: str, reason: str) -> None:
        self._log_event = log_event
        self._operator = operator
        self._name = name
        self._reason = reason

    def log(self, event: str, outcome: Outcome | None, facts: Mapping[str, object]) -> None:
        """Write one event."""
        operator = asdict(self._operator)
        origin = {name: value for name, value in operator.items() if name != "name" and value is not None}
        details = {"event": event, "entity": self._name, "reason": self._reason, **facts, **origin}
        moment, user = datetime.now(UTC), self._operator.name
        self._log_event(AuditEvent(str(uuid.uuid4()), DROP_ENTITY, user, moment, details, outcome=outcome))


def _summarize(store: Store, known: Iterable[KnownEntity]) -> tuple[EntitySummary, ...]:
    entities = tuple(known)
    if not entities:
        return ()
    statistics = store.integrations.entity_statistics()
    counts = store.documents.counts([each.entity.target for each in entities])
    masks = store.masks.fields_by_entity()
    return tuple(
        EntitySummary(
            name=each.name,
            id=each.entity.id,
            model=each.entity.model or None,
            status=each.status,
            active=counted.active,
            inactive=counted.inactive,
            can_be_dropped=each.status not in SYNCED and bool(each.entity.target.discriminator),
            synced_at=statistics.get(each.entity.id, UNKNOWN).synced_at,
            drift=len(statistics.get(each.entity.id, UNKNOWN).drift),
            masked={path: kind for path, kind, _ in masks.get(each.entity.id, ())},
        )
        for each, counted in zip(entities, counts, strict=True)
    )
