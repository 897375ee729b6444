"""Guard the store against rows of another Odoo: the same ids mean other records there."""

from __future__ import annotations

from odoo_sync_tui.core.errors import OtherSourceError
from odoo_sync_tui.core.run import OdooSource
from odoo_sync_tui.entities.catalog import EntityCatalog
from odoo_sync_tui.odoo.connector import OdooConnector
from odoo_sync_tui.store.database import Store


def ensure_same_source(stored: OdooSource | None, source: OdooSource) -> None:
    """Check that the connected Odoo is the one whose records the store holds; a store without a source passes.

    Raises:
        OtherSourceError: it is another one.
    """
    if stored is None or stored.is_same_as(source):
        return
    if (stored.address, stored.database) == (source.address, source.database):
        raise OtherSourceError(
            f"The store holds records of {stored} with the uuid {stored.uuid}, but another database answers there now: "
            f"its uuid is {source.uuid}. Nothing was written.",
            "Find out whether it was restored or made anew. If its records are the same: sync with --adopt-source.",
        )
    raise OtherSourceError(
        f"The store holds records of {stored}, but the settings name {source}. Nothing was written.",
        "Set odoo.url and odoo.database to the former, or use another mongo.database for this one. "
        "If it is the same Odoo under a new name: sync with --adopt-source.",
    )


def ensure_proven_source(store: Store, connector: OdooConnector, source: OdooSource, catalog: EntityCatalog) -> None:
    """Check a store that does not know its source: it is empty, or a cursor proves that the rows came from here.

    Raises:
        OtherSourceError: nothing proves it.
    """
    cursors = store.integrations.cursors()
    proofs = {entity.id: connector.get_access_fingerprint(entity) for entity in catalog}
    if any(cursor.access_fingerprint == proofs.get(entity_id) for entity_id, cursor in cursors.items()):
        return
    if any(map(any, store.documents.counts([entity.target for entity in catalog]))):
        raise OtherSourceError(
            "The store holds records of Odoo, and nothing in it proves that they are from "
            f"{source}. Nothing was written.",
            "Make sure that they are, then sync with --adopt-source once. Else use another mongo.database.",
        )
