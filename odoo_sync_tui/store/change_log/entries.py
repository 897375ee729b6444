"""Stored form of the entries of the change log: made of what documents carry, and read back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import bson
from bson.raw_bson import RawBSONDocument

from odoo_sync_tui.core.changes.entry import FieldChange, LoggedChange, LoggedKind
from odoo_sync_tui.core.changes.fields import ABSENT
from odoo_sync_tui.core.text.coerce import as_enum, as_int, as_mapping, as_mappings, as_text
from odoo_sync_tui.store.documents.outbox import list_changed
from odoo_sync_tui.store.driver.repository import Fields
from odoo_sync_tui.store.driver.values import CODEC_OPTIONS, EPOCH, as_time

MAX_ENTRY_BYTES = 8 * 1024 * 1024
"""Size above which an entry is kept without values, so that the head holds any entry."""


class EncodedEntry(NamedTuple):
    """An entry as BSON, without its number, and what identifies it: its token, and the document as text.

    The ``_id`` of another program's document may be a document itself.
    """

    token: object
    document: str
    encoded: bytes

    def with_number(self, number: int) -> RawBSONDocument:
        """Put the number before the fields of the entry, as ``_id``: a document is its length, and what it holds."""
        numbered = b"\x12_id\0" + number.to_bytes(8, "little") + self.encoded[4:]
        return RawBSONDocument((len(numbered) + 4).to_bytes(4, "little") + numbered)


def to_entry(pending: Mapping[str, Any], document_id: object, wants: Callable[[str], bool]) -> Fields | None:
    """Make the entry of what a document carries, without its number; ``None`` where nothing was changed.

    Args:
        pending: the element of the document's list.
        document_id: the ``_id`` of the document.
        wants: whether changes of a field are logged.
    """
    old, new = as_mapping(pending.get("old")), as_mapping(pending.get("new"))
    token, entity, subject = (as_text(pending.get(name)) for name in ("token", "entity", "subject"))
    if token is None or entity is None or subject is None:
        return None  # another program's
    active_field = as_text(pending.get("active_field")) or ""
    kind = _find_kind(pending, old.get(active_field), new.get(active_field))
    is_omitted = pending.get("values_omitted") is True
    changed = as_mappings(pending.get("fields")) if "fields" in pending else list_changed(old, new)
    names = {str(each.get("name")) for each in changed}
    kept = [each for each in changed if wants(str(each.get("name"))) or each.get("name") == active_field]
    if kind is LoggedKind.UPDATED and not is_omitted and not (kept and any(map(wants, names))):
        return None
    return {
        "type": f"{subject}.{kind}",
        "entity": entity,
        "odoo_id": pending.get("odoo_id"),
        "document_id": document_id,
        "run_id": token.partition(":")[0],
        "at": pending.get("at"),
        "first_load": pending.get("first_load") is True,
        "fields": [] if is_omitted else kept,
        "token": token,
        **({"values_omitted": True} if is_omitted else {}),
    }


def encode_entry(entry: Mapping[str, Any]) -> EncodedEntry:
    """Encode an entry, without its values where they are too large."""
    encoded = bson.encode(entry, codec_options=CODEC_OPTIONS)
    if len(encoded) > MAX_ENTRY_BYTES:
        encoded = bson.encode({**entry, "fields": [], "values_omitted": True}, codec_options=CODEC_OPTIONS)
    return EncodedEntry(entry["token"], repr(entry["document_id"]), encoded)


def to_logged_change(stored: Mapping[str, Any]) -> LoggedChange | None:
    """Read a stored entry; ``None`` for what no version of this program has written."""
    subject, _, kind = (as_text(stored.get("type")) or "").rpartition(".")
    logged_kind, entity = as_enum(LoggedKind, kind), as_text(stored.get("entity"))
    if not subject or logged_kind is None or entity is None:
        return None
    return LoggedChange(
        number=as_int(stored.get("_id")),
        subject=subject,
        kind=logged_kind,
        entity=entity,
        odoo_id=as_int(stored.get("odoo_id")),
        document_id=stored.get("document_id"),
        run_id=as_text(stored.get("run_id")) or "",
        at=as_time(stored.get("at")) or EPOCH,
        first_load=stored.get("first_load") is True,
        fields=tuple(
            FieldChange(name, each.get("old", ABSENT), each.get("new", ABSENT))
            for each in as_mappings(stored.get("fields"))
            if (name := as_text(each.get("name")))
        ),
        values_omitted=stored.get("values_omitted") is True,
    )


def _find_kind(pending: Mapping[str, Any], was_active: object, is_active: object) -> LoggedKind:
    if pending.get("created") is True:
        return LoggedKind.CREATED
    if (was_active is True) is (is_active is True):
        return LoggedKind.UPDATED
    return LoggedKind.REACTIVATED if is_active is True else LoggedKind.RETIRED
