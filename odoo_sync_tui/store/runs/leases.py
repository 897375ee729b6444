"""Lease of an integration: one run at a time, by the database server's clock.

The document of an integration is never removed: its ``fence`` only grows, and rejects the writes of a run that lost
its lease.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import uuid4

import pymongo
from pymongo import ReturnDocument

from odoo_sync_tui.core.errors import LeaseHeld
from odoo_sync_tui.core.run import Lease, LeaseState, Operator
from odoo_sync_tui.core.text.coerce import as_int, as_mapping, as_text
from odoo_sync_tui.runtime.process_identity import ProcessIdentity, current_process
from odoo_sync_tui.store.driver.fences import as_fence, newer_than, next_fence
from odoo_sync_tui.store.driver.messages import MAX_NAME_LENGTH, to_message
from odoo_sync_tui.store.driver.repository import Repository, translate_driver_errors
from odoo_sync_tui.store.driver.values import EPOCH, as_time

COLLECTION = "sync_leases"

MAX_LEASE_SECONDS = 2 * 3600.0
"""Longest time to its expiry that a lease is believed: twice what the settings allow, so that clocks may differ. What
expires later is not of a run (the year 9999, say), and holds nothing."""

MAX_SEARCH_SECONDS = 600.0
"""Time limit of the search for the highest fence, which reads whole collections."""

_IS_LIVE = {
    "$and": [
        {"$gt": ["$expires_at", "$$NOW"]},
        {"$lte": ["$expires_at", {"$add": ["$$NOW", round(MAX_LEASE_SECONDS * 1000)]}]},
    ]
}
"""Whether the lease has not expired; never, where another program left something else than a time."""


class Leases(Repository):
    """Leases of all integrations."""

    @translate_driver_errors("taking the lease")
    def acquire(
        self,
        integration: str,
        operator: Operator,
        run_id: str,
        ttl_seconds: float,
        last_fence: int = 0,
        over: LeaseState | None = None,
    ) -> Lease:
        """Take the lease for ``ttl_seconds`` if nobody holds it: one atomic operation, on any topology.

        A holder on this machine whose process is gone holds it no more. The fence is above that of every lease before
        it, and above ``last_fence``: where another program has removed or changed the document of the lease, its fence
        would begin anew, and every write would be rejected because of the fences that earlier runs have written.

        ``over``: the holder from whom the lease is taken, although it has not expired.

        Raises:
            LeaseHeld: another run holds it.
        """
        owner, process = str(uuid4()), current_process()
        taken = {
            "owner": _literal(owner),
            "run_id": _literal(run_id),
            "operator": _literal(to_message(operator.name, MAX_NAME_LENGTH)),
            "host": _literal(to_message(operator.host, MAX_NAME_LENGTH)),
            "pid": _literal(operator.pid),
            "client": _literal(operator.client and to_message(operator.client, MAX_NAME_LENGTH)),
            "process": _literal(process and asdict(process)),
            "since": "$$NOW",
            "expires_at": _seconds_from_now(ttl_seconds),
            "fence": next_fence(last_fence),
        }
        lease = self._take(integration, taken)
        if lease.get("owner") != owner and (is_holder_gone(lease) or (over and _is_held_by(over, lease))):
            lease = self._take(integration, taken, from_holder=lease)
        if lease.get("owner") != owner:
            raise LeaseHeld(
                as_text(lease.get("operator")) or "somebody",
                as_text(lease.get("host")) or "an unknown host",
                as_time(lease.get("since")),
                as_time(lease.get("expires_at")),
            )
        return Lease(integration, owner, as_int(lease["fence"]), as_time(lease["since"]) or EPOCH)

    def _take(
        self, integration: str, taken: Mapping[str, object], from_holder: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        """Write ``taken`` if the lease has expired, or is still the one of ``from_holder``; return the lease after."""
        # An upsert refuses $expr in its filter, so that the condition is tested here, field by field; all of them
        # see the document as it was before.
        free: dict[str, object] = {"$not": [_IS_LIVE]}
        if from_holder is not None:
            unchanged = [
                {"$eq": [{"$ifNull": [f"${name}", None]}, _literal(from_holder.get(name))]}
                for name in ("owner", "fence")
            ]
            free = {"$or": [free, {"$and": unchanged}]}
        update = [{"$set": {name: {"$cond": [free, value, f"${name}"]} for name, value in taken.items()}}]
        return (
            self._database[COLLECTION].find_one_and_update(
                {"_id": integration}, update, upsert=True, return_document=ReturnDocument.AFTER
            )
            or {}
        )

    @translate_driver_errors("renewing the lease")
    def renew(self, lease: Lease, ttl_seconds: float) -> bool:
        """Extend the lease to ``ttl_seconds`` from now; ``False``: the lease is lost, nothing more may be written."""
        update = [{"$set": {"expires_at": _seconds_from_now(ttl_seconds)}}]
        return self._database[COLLECTION].update_one(_held_by_us(lease), update).matched_count == 1

    @translate_driver_errors("releasing the lease")
    def release(self, lease: Lease) -> None:
        """End the lease, so that the next run can begin at once. A lost lease is left to its holder."""
        self._database[COLLECTION].update_one(_held_by_us(lease), [{"$set": {"expires_at": "$$NOW"}}])

    @translate_driver_errors("reading the lease")
    def state(self, integration: str) -> LeaseState | None:
        """Read the current or last holder of the lease; ``None`` before the first run."""
        projection = {
            **dict.fromkeys(("run_id", "operator", "host", "process", "since", "expires_at", "fence"), 1),
            "live": _IS_LIVE,
            "at": "$$NOW",
        }
        document = self._database[COLLECTION].find_one({"_id": integration}, projection)
        return _state(document) if document else None

    @translate_driver_errors("reading the lease")
    def find_odd_fields(self, integration: str) -> tuple[str, ...]:
        """Find the fields of the lease that hold what no run writes there."""
        far = {"$gt": ["$expires_at", _seconds_from_now(MAX_LEASE_SECONDS)]}
        projection = {**dict.fromkeys(("since", "expires_at", "fence"), 1), "far": far}
        document = self._database[COLLECTION].find_one({"_id": integration}, projection)
        if document is None:
            return ()
        is_odd = {
            "since": not isinstance(document.get("since"), datetime),
            "expires_at": not isinstance(document.get("expires_at"), datetime) or document["far"],
            "fence": not as_fence(document.get("fence")),
        }
        return tuple(f"{COLLECTION}.{name}" for name, odd in is_odd.items() if odd)

    @translate_driver_errors("looking for the highest fence")
    def find_highest_fence(self, collections: Iterable[str]) -> int:
        """Find the highest fence in the documents of these collections, all of which are read; 0 without any."""
        stages = [
            {"$match": newer_than(0)},
            {"$unwind": "$fence"},
            {"$match": newer_than(0)},
            {"$group": {"_id": None, "fence": {"$max": {"$toInt": {"$ceil": "$fence"}}}}},
        ]
        with pymongo.timeout(MAX_SEARCH_SECONDS):
            found = [each for name in collections for each in self._database[name].aggregate(stages)]
        return max((as_fence(each["fence"]) for each in found), default=0)


def _literal(value: object) -> dict[str, object]:
    """Quote a value inside a pipeline: without this, a name that starts with "$" would be read as a field."""
    return {"$literal": value}


def _seconds_from_now(seconds: float) -> dict[str, object]:
    return {"$add": ["$$NOW", round(seconds * 1000)]}


def _held_by_us(lease: Lease) -> dict[str, object]:
    return {"_id": lease.integration, "owner": lease.owner, "fence": lease.fence}


def is_holder_gone(lease: Mapping[str, Any]) -> bool:
    """Whether the process of a holder ran on this machine and has ended, so that nobody is there to renew or release.

    ``lease``: what it holds, with its process.
    """
    process = as_mapping(lease.get("process"))
    if not process:
        return False
    return ProcessIdentity(
        boot_id=as_text(process.get("boot_id")) or "",
        pid_namespace=as_text(process.get("pid_namespace")) or "",
        pid=as_int(process.get("pid")),
        start_time=as_int(process.get("start_time")),
    ).is_gone()


def _is_held_by(holder: LeaseState, lease: Mapping[str, Any]) -> bool:
    found = _state(lease)
    return (found.run_id, found.operator, found.host, found.since) == (
        holder.run_id,
        holder.operator,
        holder.host,
        holder.since,
    )


def _state(document: Mapping[str, Any]) -> LeaseState:
    return LeaseState(
        live=bool(document.get("live")) and not is_holder_gone(document),
        run_id=as_text(document.get("run_id")),
        operator=as_text(document.get("operator")) or "",
        host=as_text(document.get("host")) or "",
        since=as_time(document.get("since")),
        expires_at=as_time(document.get("expires_at")),
        fence=as_fence(document.get("fence")),
        at=as_time(document.get("at")),
    )
