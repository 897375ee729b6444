"""A change log as runs would have written it: entries by hand, for tests of those who read it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bson import Int64
from pymongo.database import Database

from odoo_sync_tui.store.change_log.head import COLLECTION, HEAD_COLLECTION, HEAD_ID

Fields = dict[str, Any]
BEGIN = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
"""Not long ago: the server removes what is older than the entries are kept."""

LEADS = "data_lake:opportunities"


def after(minutes: float) -> datetime:
    """So many minutes after the log began."""
    return BEGIN + timedelta(minutes=minutes)


def changed(name: str, old: object, new: object) -> Fields:
    return {"name": name, "old": old, "new": new}


def entry(number: int, odoo_id: int = 1, *fields: Fields, kind: str = "updated", **values: Any) -> Fields:
    """An entry of an opportunity, which happened ``number`` minutes after the log began."""
    return {
        "_id": Int64(number),
        "type": f"opportunity.{kind}",
        "entity": LEADS,
        "odoo_id": odoo_id,
        "document_id": f"odoo_opportunity_{odoo_id}",
        "run_id": "run-1",
        "at": after(number),
        "first_load": False,
        "fields": list(fields or (changed("data.name", f"old {number}", f"new {number}"),)),
        "token": f"run-1:{number}",
        **values,
    }


def write(database: Database[Fields], *entries: Fields) -> None:
    """Add entries, and let the head know the last of them; the log is complete since its beginning."""
    database[COLLECTION].insert_many(entries)
    since = {LEADS: {"at": BEGIN, "seq": Int64(0)}}
    update = {"$max": {"seq": entries[-1]["_id"]}, "$set": {"batch": [], "since": since}}
    database[HEAD_COLLECTION].update_one({"_id": HEAD_ID}, update, upsert=True)


def lead(odoo_id: int, **data: object) -> Fields:
    """A document of an opportunity with what a run notes for itself."""
    return {
        "_id": f"odoo_opportunity_{odoo_id}",
        "serving_id": f"odoo_opportunity_{odoo_id}",
        "entity_type": "opportunity",
        "data": {"id": odoo_id, **data},
        "is_active": True,
        "last_aggregated": after(100),
        "hash": "r1:00",
        "fence": 3,
    }
