"""Records of runs: scope, progress, cancel request and outcome."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from pymongo import DESCENDING, ReturnDocument
from pymongo.database import Database

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.errors import LeaseLost
from odoo_sync_tui.core.progress import RunProgress
from odoo_sync_tui.core.reports.details import RunPage
from odoo_sync_tui.core.result import EntityState, SyncResult
from odoo_sync_tui.core.run import INTEGRATION, MAX_REASON_LENGTH, Checkpoint, LeaseState, RunRecord
from odoo_sync_tui.core.scope import Mode
from odoo_sync_tui.core.text.coerce import as_mapping
from odoo_sync_tui.store.driver.errors import ErrorTranslator
from odoo_sync_tui.store.driver.fences import as_fence, newer_than, not_newer_than
from odoo_sync_tui.store.driver.messages import MAX_NAME_LENGTH, to_message, to_storable
from odoo_sync_tui.store.driver.repository import Fields, Repository, translate_driver_errors
from odoo_sync_tui.store.driver.values import EPOCH, as_sort_time, as_time
from odoo_sync_tui.store.runs.leases import Leases
from odoo_sync_tui.store.runs.serialize import (
    checkpoint_to_document,
    progress_to_document,
    run_from_document,
    run_to_document,
)

COLLECTION = "sync_runs"
SILENCE = timedelta(minutes=1)
"""How long the holder of a lease may give no sign of life before the operator is told; a run gives one each second."""
NEWEST_FIRST = [("started_at", DESCENDING), ("_id", DESCENDING)]
DONE = [str(Outcome.SUCCESS), str(Outcome.PARTIAL)]
_CANCEL_REQUEST = {"cancel_requested_by": 1, "cancel_reason": 1}


class Runs(Repository):
    """Records of all runs. A run with an outcome is never changed again, but for its audit events."""

    def __init__(self, database: Database[Fields], errors: ErrorTranslator, leases: Leases) -> None:
        super().__init__(database, errors)
        self._leases = leases

    @translate_driver_errors("recording the run")
    def start(self, record: RunRecord, fence: int) -> None:
        """Record a run that begins, under the lease with this fence."""
        self._database[COLLECTION].insert_one({**run_to_document(record), "fence": fence})

    @translate_driver_errors("recording the run's heartbeat")
    def record_heartbeat(self, run_id: str, progress: RunProgress | None) -> str | None:
        """Record a sign of life, and the progress if given.

        Returns:
            Who asked the run to stop, with the reason if one was given ("anna: wrong scope"); ``None``: nobody.
        """
        update: Fields = {"$currentDate": {"heartbeat_at": True}}
        if progress:
            update["$set"] = {"progress": progress_to_document(progress)}
        run: Mapping[str, Any] | None = self._database[COLLECTION].find_one_and_update(
            _unfinished(run_id), update, _CANCEL_REQUEST, return_document=ReturnDocument.AFTER
        )
        requested = [str(run[name]) for name in _CANCEL_REQUEST if run and run.get(name)]
        return ": ".join(requested) or None

    @translate_driver_errors("saving a checkpoint")
    def save_checkpoint(self, run_id: str, entity_id: str, checkpoint: Checkpoint, fence: int) -> None:
        """Save how far an entity of the run is durably stored.

        Raises:
            LeaseLost: the run was declared interrupted by a newer one.
        """
        query = {**_unfinished(run_id), "fence": fence}
        update = {"$set": {f"checkpoints.{entity_id}": checkpoint_to_document(checkpoint)}}
        if not self._database[COLLECTION].update_one(query, update).matched_count:
            raise LeaseLost(
                "The run was declared interrupted by a newer one, because its lease had expired.",
                "Look at that run; start another after it.",
            )

    @translate_driver_errors("recording the run's end")
    def finish(self, run_id: str, result: SyncResult, fence: int) -> bool:
        """Record the outcome of the run; ``False`` when a newer run has recorded an outcome before."""
        values = {"outcome": str(result.outcome), "result": to_storable(result.as_dict())}
        update = {"$set": values, "$currentDate": {"heartbeat_at": True, "finished_at": True}}
        return self._set_end({**_unfinished(run_id), "fence": fence}, update)

    @translate_driver_errors("recording an interrupted run")
    def interrupt(self, run_id: str, by_run_id: str, fence: int, outcome: Outcome = Outcome.INTERRUPTED) -> bool:
        """Record that a run died without an outcome; the run ``by_run_id``, with the lease of ``fence``, has found it.

        ``outcome`` is another one where the run could still report its outcome, but not record it.

        The heartbeat of the dead run stays, because it shows when the run was last alive. ``False`` when the run has an
        outcome, or is the newer one.
        """
        values = {"outcome": str(outcome), "interrupted_by": by_run_id}
        query = {**_unfinished(run_id), **not_newer_than(fence - 1)}
        return self._set_end(query, {"$set": values, "$currentDate": {"finished_at": True}})

    @translate_driver_errors("asking a run to stop")
    def request_cancel(self, run_id: str, by: str, reason: str = "") -> bool:
        """Ask a run to stop at its next heartbeat; ``False`` when it has ended. The first request stays on record."""
        runs = self._database[COLLECTION]
        first = {**_unfinished(run_id), "cancel_requested_by": None}
        request = {"cancel_requested_by": to_message(by, MAX_NAME_LENGTH)}
        if reason:
            request["cancel_reason"] = to_message(reason, MAX_REASON_LENGTH)
        if runs.update_one(first, {"$set": request}).matched_count:
            return True
        return runs.find_one(_unfinished(run_id), {"_id": 1}) is not None

    @translate_driver_errors("reading a run")
    def get(self, run_id: str) -> RunRecord | None:
        """Return the run, or ``None``."""
        return next(iter(self._records({"_id": run_id}, 1)), None)

    @translate_driver_errors("reading the runs")
    def list_latest(self, limit: int, before: datetime | None = None) -> list[RunRecord]:
        """Return the latest runs (started before a moment), newest first."""
        return self._records({} if before is None else {"started_at": {"$lt": before}}, limit)

    @translate_driver_errors("reading the runs")
    def list_unfiltered(self, action: str, limit: int) -> list[RunRecord]:
        """Return the latest runs of an action that read all rows of their entities and wrote, newest first."""
        return self._records(_unfiltered(action), limit)

    @translate_driver_errors("reading the runs")
    def find_latest_of_entity(self, action: str, entity_name: str) -> RunRecord | None:
        """Return the latest of these runs that came to an end and began this entity."""
        state = {f"result.entities.{entity_name}.state": {"$nin": [None, str(EntityState.NOT_BEGUN)]}}
        return next(iter(self._records({**_unfiltered(action), **state}, 1)), None)

    @translate_driver_errors("reading the runs")
    def find_latest_of_all_rows(self, action: str) -> RunRecord | None:
        """Return the latest run of an action that covers every row of all its entities, and writes."""
        return next(iter(self._records({**_unfiltered(action), "scope.entities": []}, 1)), None)

    @translate_driver_errors("reading the runs")
    def find_latest_full(self, action: str) -> RunRecord | None:
        """Return the latest of these runs that read every row, and did what it could."""
        query: Fields = {"scope.entities": [], "scope.mode": str(Mode.FULL), "outcome": {"$in": DONE}}
        return next(iter(self._records({**_unfiltered(action), **query}, 1)), None)

    @translate_driver_errors("reading the runs")
    def find_ids(self, beginning: str, limit: int) -> list[str]:
        """Find at most ``limit`` ids of runs that begin so."""
        condition = {"_id": {"$regex": f"^{re.escape(beginning)}"}}
        return [str(each["_id"]) for each in self._database[COLLECTION].find(condition, ["_id"]).limit(limit)]

    @translate_driver_errors("reading the runs")
    def list_operators(self, run_ids: Collection[str]) -> dict[str, str]:
        """Return the names of the operators of runs, by the ids of the runs that there are."""
        found = self._database[COLLECTION].find({"_id": {"$in": list(run_ids)}}, ["operator"])
        return {str(each["_id"]): str(as_mapping(each.get("operator")).get("name") or "") for each in found}

    @translate_driver_errors("reading the runs")
    def page(self, limit: int, after: str | None = None) -> RunPage:
        """Return at most ``limit`` runs, newest first; ``after`` continues below the run of this id."""
        query: Fields = {}
        if after is not None:
            last = self._database[COLLECTION].find_one({"_id": after}, {"started_at": 1})
            if last is None:
                return RunPage()
            moment = as_sort_time(last.get("started_at"))
            query = {"started_at": {"$lte": moment}, "$nor": [{"started_at": moment, "_id": {"$gte": after}}]}
        found = self._records(query, limit + 1)
        return RunPage(tuple(found[:limit]), found[limit - 1].id if len(found) > limit else None)

    @translate_driver_errors("reading the runs")
    def newest_fence(self) -> int:
        """Return the fence of the latest run that has one; 0 before the first."""
        newest = self._database[COLLECTION].find_one(newer_than(0), {"fence": 1}, sort=NEWEST_FIRST) or {}
        return as_fence(newest.get("fence"))

    @translate_driver_errors("reading a run")
    def find_silence(self, lease: LeaseState) -> datetime | None:
        """Return when the holder of a live lease was last seen, where that was more than :data:`SILENCE` ago."""
        run = self._database[COLLECTION].find_one({"_id": lease.run_id}, {"heartbeat_at": 1}) or {}
        last_seen = max(lease.since or EPOCH, as_time(run.get("heartbeat_at")) or EPOCH)
        return last_seen if lease.live and lease.at and lease.at - last_seen > SILENCE else None

    @translate_driver_errors("reading the unfinished runs")
    def list_unfinished(self) -> list[RunRecord]:
        """Return all runs without an outcome, newest first: one may be live, the others were interrupted."""
        return self._records({"outcome": None}, 0)

    @translate_driver_errors("looking for old runs")
    def list_expired(self, before: datetime) -> list[str]:
        """List the ids of runs that ended before a time, but for the newest of each action that says how it stands."""
        runs = self._database[COLLECTION]
        stages: list[Mapping[str, Any]] = [
            {"$match": {"scope.domain": [], "scope.dry_run": {"$ne": True}, "outcome": {"$ne": None}}},
            {"$sort": dict(NEWEST_FIRST)},
            {"$group": {"_id": "$action", "run": {"$first": "$_id"}}},
        ]
        newest = {group["run"] for group in runs.aggregate(stages)}
        old = {"started_at": {"$lt": before}, "finished_at": {"$lt": before}, "outcome": {"$ne": None}}
        return [each["_id"] for each in runs.find(old, ["_id"]) if each["_id"] not in newest]

    @translate_driver_errors("dropping old runs")
    def drop(self, run_ids: Collection[str], fence: int) -> None:
        """Delete records of runs that have ended; their events stay in the audit log."""
        query = {"_id": {"$in": list(run_ids)}, "outcome": {"$ne": None}, **not_newer_than(fence)}
        self._database[COLLECTION].delete_many(query)

    def _records(self, query: Mapping[str, Any], limit: int) -> list[RunRecord]:
        found = list(self._database[COLLECTION].find(query).sort(NEWEST_FIRST).limit(limit))
        lease = self._leases.state(INTEGRATION) if any(run.get("outcome") is None for run in found) else None
        live = lease.run_id if lease and lease.live else None
        return [run_from_document(run, live=run.get("outcome") is None and run["_id"] == live) for run in found]

    def _set_end(self, query: Mapping[str, Any], update: Mapping[str, Any]) -> bool:
        return self._database[COLLECTION].update_one(query, update).matched_count == 1


def _unfiltered(action: str) -> dict[str, object]:
    return {"action": action, "scope.domain": [], "scope.dry_run": {"$ne": True}}


def _unfinished(run_id: str) -> dict[str, object]:
    return {"_id": run_id, "outcome": None}
