"""Document of the integration: enabled or not, configuration, status, cursors and counts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo.database import Database

from odoo_sync_tui.core.cursor import ColumnVerdict, Cursor, FieldDrift
from odoo_sync_tui.core.reports.overview import IntegrationStatus
from odoo_sync_tui.core.run import INTEGRATION, LeaseState, OdooSource, SyncStatus
from odoo_sync_tui.core.text.coerce import as_enum, as_int_or_none, as_mapping, as_text, as_texts
from odoo_sync_tui.store.documents.bulk_write import lease_taken_over
from odoo_sync_tui.store.driver.fences import as_fence, not_newer_than
from odoo_sync_tui.store.driver.messages import to_message
from odoo_sync_tui.store.driver.repository import Fields, Repository, translate_driver_errors
from odoo_sync_tui.store.driver.values import as_time
from odoo_sync_tui.store.runs.entity_state import (
    census_to_document,
    cursor_from_document,
    cursor_to_document,
    drift_from_documents,
    drift_to_document,
)

COLLECTION = "integrations"
INTEGRATION_FILTER = {"integration_type": INTEGRATION}
CURSOR_VERSION = 1
MAX_DRIFT = 200
"""Most changes of fields that are kept of an entity; the runs that found them tell all."""
DISTRUSTED_CURSOR = {"write_date": None, "basis": "", "access": ""}
TIME_FIELD_BY_STATUS = {SyncStatus.RUNNING: "last_attempt", SyncStatus.SUCCESS: "last_sync"}


@dataclass(frozen=True, slots=True)
class EntityStatistics:
    """Figures of an entity, kept between runs.

    ``odoo`` is the number of rows in Odoo at ``odoo_at``; ``changed`` is the number of documents that its last run, at
    ``synced_at``, wrote or retired. ``drift`` are changes of its fields that nobody has seen yet, the oldest first.
    """

    odoo: int | None = None
    odoo_at: datetime | None = None
    changed: int | None = None
    synced_at: datetime | None = None
    drift: tuple[FieldDrift, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertState:
    """What one receiver of messages knows about a sync, or about all.

    Attributes:
        state: the state of the sync; empty while nothing was wrong.
        drift_at: the newest change of fields.
        late: whether the sync is late.
        ends: what ends soon, each with its end.
        failed_at: when it could not be told something that no run tells; ``None``: it could since.
    """

    state: str = ""
    drift_at: datetime | None = None
    late: bool = False
    ends: tuple[str, ...] = ()
    failed_at: datetime | None = None


class Integrations(Repository):
    """Document of the integration, ``integration_type: "odoo"``, written with the fence of the run as documents are.

    Its field ``audit_head`` is that of :mod:`odoo_sync_tui.store.audit.chain`; any process may move it at any time.
    """

    @translate_driver_errors("reading the integration")
    def config(self) -> Mapping[str, str] | None:
        """Read ``config`` {url, database, username, api_key} as other programs left it; ``None`` without one.

        The key in it is a secret: wrap it in a ``SecretStr`` at once.
        """
        config = as_mapping(self._read("config").get("config"))
        return {name: value for name, value in config.items() if isinstance(value, str) and value} or None

    @translate_driver_errors("reading the integration")
    def fence(self) -> int:
        """Return the fence of the run that wrote last; 0 before the first."""
        return as_fence(self._read("fence").get("fence"))

    @translate_driver_errors("reading the integration")
    def find_odd_fields(self) -> tuple[str, ...]:
        """Find a fence that no run writes; an integration without any has had no run yet."""
        fence = self._read("fence").get("fence")
        return () if fence is None or as_fence(fence) else (f"{COLLECTION}.fence",)

    @translate_driver_errors("reading the integration")
    def is_enabled(self) -> bool:
        """Whether runs are allowed; an integration without the field is enabled."""
        return self._read("enabled").get("enabled") is not False

    @translate_driver_errors("reading the integration")
    def source(self) -> OdooSource | None:
        """Read which Odoo the records of the store are from; ``None`` before the first run that stored any."""
        return _source(self._read("source"))

    @translate_driver_errors("writing the integration's source")
    def save_source(self, source: OdooSource, fence: int, *, distrust_cursors: bool = False) -> None:
        """Save which Odoo the records of the store are from.

        ``distrust_cursors``: no cursor proves anything any more, neither about documents nor about the access to rows.

        Raises:
            LeaseLost: a newer run has written since.
        """
        values: dict[str, object] = {
            "source": {"address": source.address, "database": source.database, "uuid": source.uuid}
        }
        if distrust_cursors:
            for entity_id in as_mapping(self._read("cursors").get("cursors")):
                values |= {f"cursors.{entity_id}.{name}": value for name, value in DISTRUSTED_CURSOR.items()}
        ensure_document(self._database)
        proofs = {"$unset": {"proofs": ""}} if distrust_cursors else {}
        if not self._update(fence, {"$set": values, **proofs}):
            raise lease_taken_over("the integration")

    @translate_driver_errors("reading the integration")
    def status(self, lease: LeaseState | None = None) -> IntegrationStatus:
        """Read the status. ``lease`` is the lease of the integration: "running" without a live one was interrupted."""
        document = self._read()
        status = as_enum(SyncStatus, document.get("sync_status"))
        config, server = as_mapping(document.get("config")), as_mapping(document.get("server"))
        return IntegrationStatus(
            status=status,
            interrupted=status is SyncStatus.RUNNING and not (lease and lease.live),
            error_message=as_text(document.get("error_message")),
            last_sync=as_time(document.get("last_sync")),
            last_attempt=as_time(document.get("last_attempt")),
            url=as_text(config.get("url")) or "",
            database=as_text(config.get("database")) or "",
            username=as_text(config.get("username")) or "",
            server_version=as_text(server.get("version")),
            protocol=as_text(server.get("protocol")),
            source=_source(document),
        )

    @translate_driver_errors("writing the integration's status")
    def set_status(
        self,
        status: SyncStatus,
        *,
        fence: int,
        error_message: str | None,
        server: tuple[str, str] | None = None,
        covers_all: bool = True,
    ) -> bool:
        """Set status and error (``None`` clears it) and, where known, the server's (version, protocol).

        ``RUNNING`` counts as an attempt, and ``SUCCESS`` of a run that ``covers_all`` rows as the last sync, now by the
        database server's clock.
        ``False``: a newer run has written since, and nothing was changed.
        """
        if status is SyncStatus.RUNNING:
            ensure_document(self._database)
        message = None if error_message is None else to_message(error_message)
        update: Fields = {"$set": {"sync_status": str(status), "error_message": message}}
        if server:
            update["$set"]["server"] = {"version": to_message(server[0]), "protocol": server[1]}
        moment = TIME_FIELD_BY_STATUS.get(status)
        if moment and (covers_all or status is SyncStatus.RUNNING):
            update["$currentDate"] = {moment: True}
        return self._update(fence, update)

    @translate_driver_errors("writing the integration's fence")
    def save_fence(self, fence: int) -> None:
        """Save the fence of a lease, so that no run with an earlier one changes the integration any more."""
        self._update(fence, {"$set": {}})

    @translate_driver_errors("reading the cursors")
    def cursors(self) -> dict[str, Cursor]:
        """Read the cursors by entity id. A cursor of another version is left out: its entity is read in full."""
        document = self._read("cursors", "census")
        cursors, totals = as_mapping(document.get("cursors")), as_mapping(document.get("census"))
        return {
            entity_id: cursor_from_document(stored, as_mapping(totals.get(entity_id)))
            for entity_id, stored in cursors.items()
            if as_mapping(stored).get("version") == CURSOR_VERSION
        }

    @translate_driver_errors("saving a cursor")
    def save_cursor(self, entity_id: str, cursor: Cursor, fence: int) -> None:
        """Save how far an entity has been read. Call this when all rows up to the cursor are written.

        Raises:
            LeaseLost: a newer run has written since, and keeps the cursor from now on.
        """
        columns = self._columns_to_store(entity_id, cursor.columns)
        stored = cursor_to_document(cursor) | {"version": CURSOR_VERSION, "columns": columns}
        census = census_to_document(cursor.census, cursor.run_id) if cursor.census else None
        ensure_document(self._database)
        if not self._update(fence, {"$set": {f"cursors.{entity_id}": stored, f"census.{entity_id}": census}}):
            raise lease_taken_over("the integration")

    @translate_driver_errors("saving a cursor")
    def forget_census(self, entity_id: str, fence: int) -> None:
        """Remove the totals of an entity, so that the next run lists all ids. Its cursor stays.

        Raises:
            LeaseLost: a newer run has written since.
        """
        if not self._update(fence, {"$set": {f"census.{entity_id}": None}}):
            raise lease_taken_over("the integration")

    @translate_driver_errors("reading the alerts")
    def alerts(self, action: str) -> dict[str, AlertState]:
        """Read what receivers of messages know about a sync, by their keys."""
        stored = as_mapping(as_mapping(self._read("alerts").get("alerts")).get(action))
        states = {key: as_mapping(each) for key, each in stored.items()}
        return {
            key: AlertState(
                as_text(each.get("state")) or "",
                as_time(each.get("drift_at")),
                each.get("late") is True,
                as_texts(each.get("ends")),
                as_time(each.get("failed_at")),
            )
            for key, each in states.items()
        }

    @translate_driver_errors("saving the alerts")
    def save_alert(self, action: str, key: str, known: Mapping[str, object]) -> None:
        """Save fields of what a receiver knows. Needs no fence: at worst it is told again what it knows."""
        values = {f"alerts.{action}.{key}.{name}": value for name, value in known.items()}
        self._database[COLLECTION].update_one(INTEGRATION_FILTER, {"$set": values})

    @translate_driver_errors("saving a verdict on columns")
    def save_differing_columns(self, entity_id: str, verdict: ColumnVerdict) -> None:
        """Save which fields differ when they are read by columns, unless the stored verdict has another basis by now.

        Needs no fence: it only makes later runs read more by rows.
        """
        path, names = f"cursors.{entity_id}.columns", list(verdict.differing)
        self._database[COLLECTION].update_one(
            {**INTEGRATION_FILTER, f"{path}.basis": verdict.basis},
            {"$pullAll": {f"{path}.fields": names}, "$addToSet": {f"{path}.differing": {"$each": names}}},
        )

    def _columns_to_store(self, entity_id: str, verdict: ColumnVerdict | None) -> Fields | None:
        """Return the stored form of a verdict, with what a verification has found to differ while the run was going."""
        if verdict is None:
            return None
        stored = self.cursors().get(entity_id)
        if stored and stored.columns and stored.columns.basis == verdict.basis:
            verdict = verdict.with_differing(stored.columns.differing)
        return {"basis": verdict.basis, "fields": list(verdict.fields), "differing": list(verdict.differing)}

    @translate_driver_errors("reading the counts")
    def entity_statistics(self) -> dict[str, EntityStatistics]:
        """Read the figures of each entity, by its id."""
        document = self._read("entities", "drift")
        facts, drift = as_mapping(document.get("entities")), as_mapping(document.get("drift"))
        return {
            entity_id: _entity_facts(as_mapping(facts.get(entity_id)), as_mapping(drift.get(entity_id)))
            for entity_id in {**facts, **drift}
        }

    @translate_driver_errors("reading changes of fields")
    def drift(self, entity_id: str) -> Mapping[str, FieldDrift]:
        """Read the changes of an entity's fields by their keys, with those that somebody has seen."""
        return drift_from_documents(as_mapping(as_mapping(self._read("drift").get("drift")).get(entity_id)))

    @translate_driver_errors("saving changes of fields")
    def save_drift(self, entity_id: str, drift: Collection[FieldDrift], fence: int) -> None:
        """Save changes of an entity's fields, and forget those that were compared with an older cursor and are seen.

        Raises:
            LeaseLost: a newer run has written since.
        """
        known, since = self.drift(entity_id), {each.since for each in drift}
        settled = [key for key, each in known.items() if each.seen_by and each.since not in since]
        ensure_document(self._database)
        path, new = f"drift.{entity_id}", list(drift)[: max(0, MAX_DRIFT - len(known) + len(settled))]
        update: Fields = {"$set": {f"{path}.{each.key}": drift_to_document(each) for each in new}}
        if settled:
            update["$unset"] = {f"{path}.{key}": "" for key in settled}
        if not self._update(fence, update):
            raise lease_taken_over("the integration")

    @translate_driver_errors("saving changes of fields")
    def acknowledge_drift(self, entity_id: str, keys: Collection[str], by: str) -> None:
        """Save who has seen these changes of an entity's fields. Needs no fence: no run decides by it."""
        values = {f"drift.{entity_id}.{key}.seen_by": to_message(by) for key in keys}
        self._database[COLLECTION].update_one(INTEGRATION_FILTER, {"$set": values})

    @translate_driver_errors("saving the counts")
    def save_odoo_counts(self, counts: Mapping[str, int | None], at: datetime) -> None:
        """Save Odoo's counts by entity id; ``None`` for an entity that Odoo does not have."""
        if not counts:
            return
        ensure_document(self._database)
        values = {f"entities.{entity_id}.odoo": count for entity_id, count in counts.items()}
        moments = {f"entities.{entity_id}.odoo_at": at for entity_id in counts}
        self._database[COLLECTION].update_one(INTEGRATION_FILTER, {"$set": {**values, **moments}})

    @translate_driver_errors("saving the counts")
    def save_entity_statistics(self, entity_id: str, odoo: int, changed: int, fence: int) -> None:
        """Save the figures of an entity whose run ends now: rows in Odoo, documents changed.

        Nothing is changed when a newer run has written since, because its figures are newer.
        """
        path = f"entities.{entity_id}"
        values: dict[str, object] = {f"{path}.odoo": odoo, f"{path}.changed": changed}
        moments = {f"{path}.odoo_at": True, f"{path}.synced_at": True}
        self._update(fence, {"$set": values, "$currentDate": moments})

    def _read(self, *fields: str) -> Mapping[str, Any]:
        return self._database[COLLECTION].find_one(INTEGRATION_FILTER, list(fields) or None) or {}

    def _update(self, fence: int, update: Fields) -> bool:
        update["$set"]["fence"] = fence
        return (
            self._database[COLLECTION].update_one({**INTEGRATION_FILTER, **not_newer_than(fence)}, update).matched_count
            == 1
        )


def ensure_document(database: Database[Fields]) -> None:
    """Create the document if missing. By equality on its unique key alone, so that two programs cannot both."""
    database[COLLECTION].update_one(INTEGRATION_FILTER, {"$setOnInsert": {"enabled": True}}, upsert=True)


def _source(document: Mapping[str, Any]) -> OdooSource | None:
    stored = as_mapping(document.get("source"))
    address, database = as_text(stored.get("address")), as_text(stored.get("database"))
    return OdooSource(address, database, as_text(stored.get("uuid"))) if address and database else None


def _entity_facts(stored: Mapping[str, Any], drift: Mapping[str, Any]) -> EntityStatistics:
    unseen = [each for each in drift_from_documents(drift).values() if each.seen_by is None]
    return EntityStatistics(
        odoo=as_int_or_none(stored.get("odoo")),
        odoo_at=as_time(stored.get("odoo_at")),
        changed=as_int_or_none(stored.get("changed")),
        synced_at=as_time(stored.get("synced_at")),
        drift=tuple(sorted(unseen, key=lambda each: (each.found_at, each.field))),
    )
