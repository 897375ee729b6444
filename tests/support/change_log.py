"""What the tests of the change log share: writes that are logged, their move, and what the log then tells."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.store.database import Store
from odoo_sync_tui.store.documents.outbox import Outbox
from tests.support.store import ACCOUNTS, database_of


def everything(_: str) -> bool:
    """Changes of every field are wanted."""
    return True


def outbox(run_id: str = "r", entity: Entity = ACCOUNTS, *, first_load: bool = False) -> Outbox:
    return Outbox(entity, run_id, first_load=first_load)


def open_log(store: Store, fence: int = 1) -> Database[Any]:
    """The database, with a log that a run has claimed."""
    store.change_log.open(fence, everything)
    return database_of(store)


def move(store: Store, fence: int = 1) -> None:
    for name in ("data_lake_serving", "users"):
        store.change_log.move(name, fence, everything)


def told(database: Database[Any], **query: Any) -> list[tuple[Any, ...]]:
    """Number, type and changed fields of the entries, with old and new values."""
    found = database.sync_changes.find(query).sort("_id", 1)
    return [
        (each["_id"], each["type"], {field["name"]: (field.get("old"), field.get("new")) for field in each["fields"]})
        for each in found
    ]
