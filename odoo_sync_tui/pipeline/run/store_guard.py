"""Guard the store against what must not mix in it: rows of another Odoo, and hashes of another key.

The same ids mean other records in another Odoo; what is equal has no equal hash by another key.
"""

from __future__ import annotations

from collections.abc import Iterable

from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.errors import ConfigurationError, OtherMaskKeyError, OtherSourceError
from odoo_sync_tui.core.run import OdooSource
from odoo_sync_tui.core.text.masking import Masker
from odoo_sync_tui.entities.catalog import EntityCatalog
from odoo_sync_tui.odoo.connector import OdooConnector
from odoo_sync_tui.pipeline.run.audit_trail import RunAuditTrail
from odoo_sync_tui.pipeline.run.request import RunRequest
from odoo_sync_tui.settings.names import to_env_variable
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


def ensure_mask_key(store: Store, entities: Iterable[Entity], *, accepts_other: bool = False) -> Masker | None:
    """Check that the masks of entities can be made, and with the key of the store; ``None``: they have no masks.

    Args:
        store: the store.
        entities: the entities as the settings have them.
        accepts_other: the operator wants the store to be masked anew with the key of the settings.

    Raises:
        ConfigurationError: there are masks and no key.
        OtherMaskKeyError: the store was masked with another key.
    """
    masking = next((each.masking for each in entities if each.masking), None)
    if masking is None:
        return None
    if masking.masker is None:
        raise ConfigurationError(
            "Fields are masked, and masking.key is not set: nothing is read without it.",
            "Make a key (openssl rand -hex 32) in a file that only you can read, and name it: masking.key_file, or"
            f" {to_env_variable('masking.key_file')}.",
        )
    stored = store.masks.key_fingerprint()
    if stored in {None, masking.masker.fingerprint} or accepts_other:
        return masking.masker
    raise OtherMaskKeyError(
        f"The store was masked with another key (fingerprint {stored}) than masking.key (fingerprint"
        f" {masking.masker.fingerprint}): what is equal would no longer look equal. Nothing was read or written.",
        "Put the former key back. If it is lost or known to others, mask everything anew: sync each of departments,"
        " users and data-lake with --accept-mask-key.",
    )


def keep_mask_key(store: Store, request: RunRequest, audit_trail: RunAuditTrail, fence: int) -> None:
    """Check the key of a run under its lease, and let the store know it; another one is recorded.

    Raises:
        ConfigurationError, LeaseLost, StoreError: as :func:`ensure_mask_key`, or the store cannot be read or written.
    """
    scope = request.scope
    masker = ensure_mask_key(store, request.entities, accepts_other=scope.accept_mask_key)
    before = store.masks.key_fingerprint() if masker else None
    if masker is None or scope.dry_run or masker.fingerprint == before:
        return
    if before:
        audit_trail.record_mask_key(before, masker.fingerprint)
    store.masks.save_key(masker.fingerprint, fence)
