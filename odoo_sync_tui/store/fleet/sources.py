"""States of all sources, one small document each, so that one query shows two hundred of them.

The truth about a source is in its own database; this is what its last run wrote here, and when.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from odoo_sync_tui.core.reports.fleet import MAX_REASON_LENGTH, Claim, FleetState, SourceProgress, SourceState
from odoo_sync_tui.core.reports.health import HealthLevel
from odoo_sync_tui.core.text.coerce import as_enum, as_int, as_int_or_none, as_mapping, as_text, as_texts
from odoo_sync_tui.store.driver.messages import MAX_NAME_LENGTH, to_message
from odoo_sync_tui.store.driver.repository import Fields, Repository, translate_driver_errors
from odoo_sync_tui.store.driver.values import EPOCH, as_time

COLLECTION = "fleet_sources"


class FleetSources(Repository):
    """States of sources, by name."""

    @translate_driver_errors("reading the states of the sources")
    def read(self) -> FleetState:
        """Read all states, and the server's time, with one query."""
        documents = list(self._database[COLLECTION].aggregate([{"$set": {"now": "$$NOW"}}]))
        if not documents:
            return FleetState(self._read_server_time())
        return FleetState(documents[0]["now"], tuple(_state(each) for each in documents))

    @translate_driver_errors("writing the state of a source")
    def save(self, state: SourceState) -> None:
        """Save what a run knows of its source, with the server's time. Claims and retries stay as they are."""
        known = {
            "health": str(state.health),
            "reason": to_message(state.reason, MAX_REASON_LENGTH),
            "where": to_message(state.where, MAX_NAME_LENGTH),
            "tags": list(state.tags),
            "running": asdict(state.running) if state.running else None,
        }
        plain = ("last_success", "documents", "due_at", "late_at", "paused", "zone")
        values = known | {name: getattr(state, name) for name in plain}
        self._update(state.name, {"$set": values, "$currentDate": {"at": True}})

    @translate_driver_errors("writing the progress of a source")
    def save_progress(self, name: str, running: SourceProgress, where: str) -> None:
        """Save how far the run at work has come, and where, with the server's time."""
        values = {"running": asdict(running), "where": to_message(where, MAX_NAME_LENGTH)}
        self._update(name, {"$set": values, "$currentDate": {"at": True}})

    def _update(self, name: str, update: Fields) -> None:
        self._database[COLLECTION].update_one({"_id": name}, update, upsert=True)

    def _read_server_time(self) -> datetime:
        hello: Mapping[str, Any] = self._database.command("hello")
        return as_time(hello.get("localTime")) or EPOCH


def _state(document: Mapping[str, Any]) -> SourceState:
    return SourceState(
        name=str(document["_id"]),
        health=as_enum(HealthLevel, document.get("health")) or HealthLevel.UNKNOWN,
        reason=as_text(document.get("reason")) or "",
        last_success=as_time(document.get("last_success")),
        documents=as_int_or_none(document.get("documents")),
        due_at=as_time(document.get("due_at")),
        late_at=as_time(document.get("late_at")),
        paused=document.get("paused") is True,
        running=_progress(as_mapping(document.get("running"))),
        where=as_text(document.get("where")) or "",
        tags=as_texts(document.get("tags")),
        zone=as_text(document.get("zone")) or "",
        at=as_time(document.get("at")),
        claim=_claim(as_mapping(document.get("claim")), document["now"]),
        retry_at=as_time(document.get("retry_at")),
    )


def _progress(stored: Mapping[str, Any]) -> SourceProgress | None:
    if not stored:
        return None
    return SourceProgress(
        action=as_text(stored.get("action")) or "",
        run_id=as_text(stored.get("run_id")) or "",
        since=as_time(stored.get("since")) or EPOCH,
        done=as_int(stored.get("done")),
        total=as_int_or_none(stored.get("total")),
    )


def _claim(stored: Mapping[str, Any], now: datetime) -> Claim | None:
    if not stored:
        return None
    until = as_time(stored.get("until")) or EPOCH
    return Claim(
        holder=as_text(stored.get("holder")) or "",
        host=as_text(stored.get("host")) or "",
        engine=as_text(stored.get("engine")) or "",
        since=as_time(stored.get("since")) or EPOCH,
        until=until,
        live=until > now,
    )
