"""What the tests of the store on a real mongod share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr
from pymongo.database import Database

from odoo_sync_tui.core.entity import Block, Document, Entity, Row, RowTable
from odoo_sync_tui.core.errors import LeaseHeld
from odoo_sync_tui.core.run import Lease, Operator
from odoo_sync_tui.entities import accounts, departments, users
from odoo_sync_tui.entities.mapping import map_rows
from odoo_sync_tui.store.config import MongoConfig
from odoo_sync_tui.store.database import Store
from odoo_sync_tui.store.documents.changes import Change, ChangeKind
from odoo_sync_tui.store.documents.document_store import DocumentState
from odoo_sync_tui.store.driver.values import content_hash

ACCOUNTS, DEPARTMENTS, USERS = accounts.ENTITY, departments.ENTITY, users.ENTITY
LAKE = ACCOUNTS.target
PEOPLE = USERS.target
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ANNA = Operator("anna", "box", 1, "10.0.0.1")


def config(uri: str, database: str, **changes: Any) -> MongoConfig:
    return MongoConfig(SecretStr(uri), database, **changes)


def database_of(store: Store) -> Database[dict[str, Any]]:
    return store.documents._database


def map_row(entity: Entity, row: Row) -> Document:
    """Map one row to its document."""
    return map_rows(entity, RowTable.of([row]))[0]


def document(entity: Entity, odoo_id: int, **row: Any) -> Document:
    return map_row(entity, {"id": odoo_id, "name": f"Name {odoo_id}", **row})


def change(kind: ChangeKind, made: Document, key: object = None) -> Change:
    return Change(kind, made, content_hash(made.owned), key)


def created(entity: Entity, *odoo_ids: int, **row: Any) -> list[Change]:
    return [change(ChangeKind.CREATED, document(entity, odoo_id, **row)) for odoo_id in odoo_ids]


def stored(store: Store, odoo_id: int, entity: Entity = ACCOUNTS) -> DocumentState:
    return store.documents.find_in_block(entity, Block(odoo_id - 1, odoo_id))[odoo_id]


def update(
    odoo_id: int, key: object, kind: ChangeKind = ChangeKind.UPDATED, entity: Entity = ACCOUNTS, **row: Any
) -> Change:
    return change(kind, document(entity, odoo_id, **row), key)


def taken(store: Store, run_id: str = "r1", seconds: float = 30.0) -> Lease:
    return store.leases.acquire("odoo", ANNA, run_id, seconds)


def taken_when_free(store: Store, run_id: str) -> Lease:
    """The lease as soon as its holder's time is over."""
    while True:
        try:
            return taken(store, run_id)
        except LeaseHeld:
            continue
