"""Erase a record for good on the operator's word, or let it come back.

First it is noted that the record is erased, with the event that tells so; then everything of it is removed, and last
the event is logged. Whoever finds the note with its event, the command given again or the next run, goes on.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from difflib import get_close_matches

from odoo_sync_tui.core.actions import ERASE_RECORD, LIFT_ERASURE, Outcome
from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.core.changes.policy import ChangePolicy
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.reports.overview import ErasedRecord, Erasure
from odoo_sync_tui.core.run import Operator
from odoo_sync_tui.entities.catalog import EntityCatalog
from odoo_sync_tui.pipeline.catalog import KnownEntity, list_known_entities
from odoo_sync_tui.pipeline.run.lease.held_lease import HeldLease, LogEvent, hold_lease
from odoo_sync_tui.store.database import Store
from odoo_sync_tui.store.runs.erasures import list_owned_fields

MAX_ID = 2**31 - 1
"""Highest id of a record in Odoo."""


@dataclass(frozen=True, slots=True)
class Eraser:
    """Erases records, and lets them come back.

    Attributes:
        store: the store.
        catalog: the entities that are synced.
        log_event: writes to the audit log.
        operator: who does it.
        seconds: how long the lease lasts without being renewed.
        policy: what the change log is to hold.
    """

    store: Store
    catalog: EntityCatalog
    log_event: LogEvent
    operator: Operator
    seconds: float
    policy: ChangePolicy

    def erase(self, name: str, odoo_id: int, reason: str) -> Erasure:
        """Erase a record; return what was erased. Of one that was erased before, what has come back since.

        Args:
            name: an entity of its model.
            odoo_id: its id in Odoo.
            reason: why, in the operator's words.

        Raises:
            ConfigurationError: there is no such entity, or none whose records may be erased.
            LeaseHeld: a run is at work; nothing was changed.
            LeaseLost: another run took over; what was removed stays removed, and the next run removes the rest.
            StoreError: the store cannot be read or written.
        """
        find_erasure(self.store, self.catalog, name, odoo_id)
        with hold_lease(self.store, self.log_event, self.operator, self.seconds) as lease:
            open_change_log(self.store, lease.fence, self.policy)
            erasure = find_erasure(self.store, self.catalog, name, odoo_id)
            record = self.store.erasures.find(erasure.model, odoo_id)
            if record and not record.pending and not any(erasure.total):
                return erasure
            if record is None or record.pending is None:
                event = self._make_event(ERASE_RECORD, "erased", erasure, reason, erasure.total._asdict())
                lease.ensure_held()
                self.store.erasures.begin(erasure.model, odoo_id, event, lease.fence)
                record = ErasedRecord(erasure.model, odoo_id, event.timestamp, event)
            self._remover(lease).complete(record, self.log_event)
        return erasure

    def lift(self, name: str, odoo_id: int, reason: str) -> Erasure:
        """Let a record come back with the next run.

        Raises:
            ConfigurationError: it was not erased, or the entity is not known.
            LeaseHeld, LeaseLost, StoreError: as :meth:`erase`.
        """
        erasure = find_erasure(self.store, self.catalog, name, odoo_id)
        if erasure.erased_at is None:
            raise ConfigurationError(
                f"{name} {odoo_id} was not erased.", "Look at what was: odoo-sync-tui erase --list."
            )
        with hold_lease(self.store, self.log_event, self.operator, self.seconds) as lease:
            record = self.store.erasures.find(erasure.model, odoo_id)
            if record and record.pending:
                open_change_log(self.store, lease.fence, self.policy)
                self._remover(lease).complete(record, self.log_event)
            self.log_event(self._make_event(LIFT_ERASURE, "lifted", erasure, reason, {}))
            self._remover(lease).forget_totals(_list_entities(self.catalog, erasure.model))
            self.store.erasures.lift(erasure.model, odoo_id, lease.fence)
        return erasure

    def _remover(self, lease: HeldLease) -> RecordRemover:
        return RecordRemover(self.store, self.catalog, lease.fence, lease.ensure_held)

    def _make_event(
        self, action: str, event: str, erasure: Erasure, reason: str, counts: Mapping[str, int]
    ) -> AuditEvent:
        """Make an event of names of entities, numbers and the operator's own words: no values of records."""
        origin = {key: value for key, value in asdict(self.operator).items() if key != "name" and value is not None}
        what = {"event": event, "model": erasure.model, "odoo_id": erasure.odoo_id, "entities": list(erasure.parts)}
        details: dict[str, object] = {**what, "reason": reason, **counts, **origin}
        moment = datetime.now(UTC)
        return AuditEvent(str(uuid.uuid4()), action, self.operator.name, moment, details, outcome=Outcome.SUCCESS)


@dataclass(frozen=True, slots=True)
class RecordRemover:
    """Removes records under a lease; what documents carry for the change log has to be moved there first.

    Every method raises :class:`LeaseLost` when another run has taken over, and :class:`StoreError`.

    Attributes:
        store: the store.
        catalog: the entities that are synced.
        fence: the fence of the lease.
        ensure_held: checks the lease before a write.
    """

    store: Store
    catalog: EntityCatalog
    fence: int
    ensure_held: Callable[[], None]

    def complete(self, record: ErasedRecord, log_event: LogEvent) -> None:
        """Remove all that is left of a record whose erasing began, and log its event."""
        self.remove([(each, [record.odoo_id]) for each in _list_entities(self.catalog, record.model)])
        self.ensure_held()
        event = record.pending
        if event and not self.store.audit.contains(event):
            log_event(replace(event, timestamp=datetime.now(UTC)))
        self.store.erasures.finish(record.model, record.odoo_id, self.fence)

    def remove(self, records: Sequence[tuple[Entity, Sequence[int]]]) -> int:
        """Remove records, each with its entity; return the number of documents deleted or unlinked.

        The totals of the entities go first, so that the next run lists all ids, whatever happens meanwhile. Of rows in
        quarantine, which may name a record, reasons and values are removed.
        """
        self.forget_totals([entity for entity, _ in records])
        removed = 0
        for entity, odoo_ids in records:
            self.ensure_held()
            removed += self.store.erasures.remove(entity, odoo_ids, self.fence)
        for known in list_known_entities(self.catalog, ()):  # a row of any entity may refer to a record by its name
            self.ensure_held()
            self.store.masks.forget_reasons(known.entity.id, self.fence)
        return removed

    def forget_totals(self, entities: Iterable[Entity]) -> None:
        """Have the next runs list all ids of entities."""
        cursors = self.store.integrations.cursors()
        for each in entities:
            if (cursor := cursors.get(each.id)) and cursor.census:
                self.ensure_held()
                self.store.integrations.forget_census(each.id, self.fence)


def find_erasure(store: Store, catalog: EntityCatalog, name: str, odoo_id: int) -> Erasure:
    """Find what would be erased with a record.

    Raises:
        ConfigurationError: there is no such entity, or none whose records may be erased, or the id is none.
        StoreError: the store cannot be read.
    """
    if not 1 <= odoo_id <= MAX_ID:
        raise ConfigurationError(f"{odoo_id} is no id in Odoo: those are whole numbers from 1 to {MAX_ID}.")
    known = list_known_entities(catalog, ())
    named = [each for each in known if name.replace(" ", "_") in {each.name, each.entity.id, each.entity.name}]
    if not named:
        nearest = get_close_matches(name, [each.name for each in known], n=1)
        guess = f"Did you mean {nearest[0]}? " if nearest else ""
        raise ConfigurationError(
            f"There is no entity {name} whose records can be erased.", f"{guess}Look at: odoo-sync-tui entities."
        )
    model = named[0].entity.model
    same = [each for each in known if each.entity.model == model]
    _ensure_not_copied(known, same)
    record = store.erasures.find(model, odoo_id)
    accounts = [each.entity for each in same if not each.entity.target.discriminator]
    return Erasure(
        name=named[0].name,
        model=model,
        odoo_id=odoo_id,
        parts={each.name: store.erasures.count(each.entity, odoo_id) for each in same},
        owned_fields=tuple(field for entity in accounts for field in list_owned_fields(entity)),
        erased_at=record and record.erased_at,
    )


def open_change_log(store: Store, fence: int, policy: ChangePolicy) -> None:
    """Move what documents carry for the change log, if there is one, before it goes with them.

    Raises:
        LeaseLost: a newer run has claimed the log.
        StoreError: the log cannot be read or written.
    """
    if store.change_log.exists():
        store.change_log.open(fence, policy.includes_field)


def _list_entities(catalog: EntityCatalog, model: str) -> list[Entity]:
    """List the entities of a model that are synced or could be: also what is switched off may have documents."""
    return [each.entity for each in list_known_entities(catalog, ()) if each.entity.model == model]


def _ensure_not_copied(known: Sequence[KnownEntity], erased: Sequence[KnownEntity]) -> None:
    """Refuse what others copy from: they would wait for it for ever.

    Raises:
        ConfigurationError: there is an entity that copies from it.
    """
    collections = {each.entity.target.collection: each.name for each in erased}
    for each in known:
        for reference in each.entity.references:
            if reference.collection in collections:
                raise ConfigurationError(
                    f"{each.name} copy from {collections[reference.collection]}: none of these can be erased.",
                    "Rename or delete the record in Odoo; the next sync follows.",
                )
