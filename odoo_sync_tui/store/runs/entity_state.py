"""Stored form of what is known of an entity: how far it was read, totals, and what became of its fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, cast

from odoo_sync_tui.core.cursor import (
    CensusTotals,
    ColumnVerdict,
    Cursor,
    DocumentTotals,
    DriftKind,
    FieldDrift,
    IdTotals,
    RelatedState,
)
from odoo_sync_tui.core.text.coerce import as_enum, as_int_or_none, as_mapping, as_text, as_texts
from odoo_sync_tui.store.driver.messages import to_message
from odoo_sync_tui.store.driver.repository import Fields
from odoo_sync_tui.store.driver.values import EPOCH, as_time

MAX_STORED_INTEGER = 2**63 - 1


def cursor_to_document(cursor: Cursor) -> Fields:
    """Build the stored form of a cursor, without its verdict on columns and its totals."""
    return {
        "write_date": cursor.write_date,
        "basis": cursor.read_fingerprint,
        "access": cursor.access_fingerprint,
        "run_id": cursor.run_id,
        "saved_at": cursor.saved_at,
        "seen_at": cursor.seen_at,
        "read_at": cursor.read_at,
        "fields": list(cursor.fields),
        "patterns": list(cursor.patterns),
        "shapes": [list(each) for each in cursor.shapes.items()],
        "unread": list(cursor.unread),
        "hidden": list(cursor.hidden),
        "nameless": list(cursor.models_without_names),
        "related": [asdict(each) for each in cursor.related],
    }


def cursor_from_document(stored: Mapping[str, Any], totals: Mapping[str, Any]) -> Cursor:
    """Read a cursor, with the totals beside it; a missing or odd value is neutral."""
    return Cursor(
        write_date=as_time(stored.get("write_date")),
        read_fingerprint=as_text(stored.get("basis")) or "",
        access_fingerprint=as_text(stored.get("access")) or "",
        run_id=as_text(stored.get("run_id")) or "",
        saved_at=as_time(stored.get("saved_at")) or EPOCH,
        seen_at=as_time(stored.get("seen_at")),
        read_at=as_time(stored.get("read_at")),
        fields=as_texts(stored.get("fields")),
        patterns=as_texts(stored.get("patterns")),
        shapes=_shapes(stored.get("shapes")),
        unread=as_texts(stored.get("unread")),
        hidden=as_texts(stored.get("hidden")),
        models_without_names=as_texts(stored.get("nameless")),
        columns=_column_verdict(as_mapping(stored.get("columns"))),
        related=_related(stored.get("related")),
        census=_census(totals) if totals.get("run_id") == stored.get("run_id") else None,
    )


def _shapes(stored: object) -> dict[str, str]:
    """Read pairs of a name and a text; a field name may hold what no key of a document may."""
    pairs = [as_texts(each) for each in cast("list[object]", stored)] if isinstance(stored, list) else []
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def census_to_document(census: CensusTotals, run_id: str) -> Fields | None:
    """Return the stored form, which counts only beside the cursor of its run; ``None`` where a sum has no place."""
    documents = census.documents
    if max(census.rows.id_sum, documents.ids.id_sum) > MAX_STORED_INTEGER:
        return None
    return {
        "run_id": run_id,
        "listed_at": census.listed_at,
        "rows": {"count": census.rows.count, "id_sum": census.rows.id_sum},
        "documents": {"count": documents.ids.count, "id_sum": documents.ids.id_sum},
        "active": documents.active,
        "without_hash": documents.without_hash,
    }


def _census(stored: Mapping[str, Any]) -> CensusTotals | None:
    """Read totals; ``None`` where one is missing or of another type."""
    listed_at, rows, documents = as_time(stored.get("listed_at")), _totals(stored, "rows"), _totals(stored, "documents")
    active, without_hash = as_int_or_none(stored.get("active")), as_int_or_none(stored.get("without_hash"))
    if listed_at is None or rows is None or documents is None or active is None or without_hash is None:
        return None
    return CensusTotals(rows, DocumentTotals(documents, active, without_hash), listed_at)


def _related(stored: object) -> tuple[RelatedState, ...]:
    """Read the states of related models, without those that another program changed."""
    states: list[RelatedState] = []
    for each in cast("list[object]", stored) if isinstance(stored, list) else ():
        state = as_mapping(each)
        newest, seen_at, read_at = (as_time(state.get(name)) for name in ("newest", "seen_at", "read_at"))
        if (model := as_text(state.get("model"))) and newest and seen_at and read_at:
            states.append(RelatedState(model, newest, seen_at, read_at))
    return tuple(states)


def _totals(stored: Mapping[str, Any], name: str) -> IdTotals | None:
    totals = as_mapping(stored.get(name))
    count, id_sum = as_int_or_none(totals.get("count")), as_int_or_none(totals.get("id_sum"))
    return None if count is None or id_sum is None else IdTotals(count, id_sum)


def _column_verdict(stored: Mapping[str, Any]) -> ColumnVerdict | None:
    basis = as_text(stored.get("basis"))
    return ColumnVerdict(basis, as_texts(stored.get("fields")), as_texts(stored.get("differing"))) if basis else None


def drift_to_document(drift: FieldDrift) -> Fields:
    """Build the stored form of a change of a field."""
    words = {"field": to_message(drift.field), "text": to_message(drift.text), "change": str(drift.change)}
    return {**words, "found_at": drift.found_at, "run_id": drift.run_id, "since": drift.since, "seen_by": None}


def drift_from_documents(stored: Mapping[str, Any]) -> Mapping[str, FieldDrift]:
    """Read the changes of an entity's fields by their keys, without those that this version does not know."""
    drifts = {key: _drift(key, as_mapping(each)) for key, each in stored.items()}
    return {key: drift for key, drift in drifts.items() if drift}


def _drift(key: str, stored: Mapping[str, Any]) -> FieldDrift | None:
    field, change = as_text(stored.get("field")), as_enum(DriftKind, stored.get("change"))
    if field is None or change is None:
        return None
    return FieldDrift(
        key,
        field,
        change,
        as_text(stored.get("text")) or "",
        as_time(stored.get("found_at")) or EPOCH,
        as_text(stored.get("run_id")) or "",
        as_text(stored.get("since")) or "",
        as_text(stored.get("seen_by")),
    )
