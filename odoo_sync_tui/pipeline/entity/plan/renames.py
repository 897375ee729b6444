"""Find the rows whose documents hold the old name of a related record: Odoo does not stamp them as written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

from odoo_sync_tui.core.cursor import Cursor, RelatedState
from odoo_sync_tui.core.entity import Entity, RelatedRecord, RowTable
from odoo_sync_tui.core.text.masking import FieldMask, MaskKind
from odoo_sync_tui.entities.mapping import map_rows
from odoo_sync_tui.entities.masks import list_masks, strip_masks
from odoo_sync_tui.odoo.renames import RelatedModels, with_sources
from odoo_sync_tui.pipeline.entity.context import Context
from odoo_sync_tui.pipeline.entity.plan.cursor import is_settled
from odoo_sync_tui.store.documents.names import NamePath, NewNames

MAX_PERCENT = 10
"""Share of the documents above which the whole entity is read: hardly dearer than so many rows one by one."""
MIN_LIMIT, MAX_LIMIT = 20, 100_000
"""Bounds of the number of rows that are read because of new names alone."""
MAX_CLOCK_DIFFERENCE = timedelta(hours=1)
"""Largest difference between the clocks of Odoo and of its database: a change is old only beyond it."""
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_MARK = 10**9


def find_name_paths(entity: Entity, fields: Mapping[str, str]) -> tuple[NamePath, ...]:
    """Find where the documents of an entity hold ids and names of related records, by a row that was never read.

    A name whose id is not in the document is left out: nothing says which documents hold it; and so is one that is not
    stored because of a mask.

    Args:
        entity: the entity.
        fields: the related models of its fields that refer to one record, by field.
    """
    marks = {_FIRST_MARK + place: model for place, model in enumerate(fields.values())}
    row = {name: RelatedRecord(mark, f"name {mark}") for name, mark in zip(fields, marks, strict=True)}
    try:
        (document,) = map_rows(strip_masks(entity), RowTable.of([{"id": 1, **row}]))
    except (ValueError, TypeError):
        return ()
    values, masks = list(_walk(document.owned)), list_masks(entity)
    dropped = {path for path, mask in masks.items() if mask.kind is MaskKind.DROP}
    return tuple(
        NamePath(model, id_path, name_path)
        for mark, model in marks.items()
        for id_path in [path for path, value in values if value == mark][:1]
        for name_path, value in values
        if value == f"name {mark}" and not {id_path, name_path} & dropped
    )


def _walk(fields: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for name, value in fields.items():
        if isinstance(value, dict):
            yield from _walk(cast("dict[str, object]", value), f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def list_name_paths(related: RelatedModels, entity: Entity) -> tuple[NamePath, ...]:
    """List where the documents of an entity hold ids and names of related records."""
    return find_name_paths(entity, related.get_fields(entity))


def find_renamed(
    entity: Entity, context: Context, cursor: Cursor | None, states: Sequence[RelatedState], row_count: int
) -> frozenset[int] | None:
    """Find the rows whose documents hold another name than Odoo has now; ``None`` where they are too many.

    A model that has not changed since the last run costs nothing. What a slow transaction changed before it becomes
    visible late, as with rows.

    Args:
        entity: the entity.
        context: the objects of the run.
        cursor: the cursor of the last run, with the states of the related models then.
        states: their states now.
        row_count: how many rows the entity has.

    Raises:
        OdooError, StoreError, RunCancelled: the names or the documents cannot be read, or a stop was requested.
    """
    related, overlap = context.connector.related, context.settings.overlap
    known = {state.model: state for state in cursor.related} if cursor else {}
    changed_since = {
        state.model: max(BEGINNING, before.newest - overlap)
        for state in states
        if (before := known.get(state.model)) and has_moved(before, state, overlap)
    }
    paths, names = list_name_paths(related, entity), dict[str, Mapping[int, str]]()
    for model in {path.model for path in paths}:
        moments = [changed_since[each] for each in with_sources([model]) if each in changed_since]
        found = related.read_names(model, min(moments)) if moments else dict[int, str]()
        if found is None:
            return None
        names[model] = found
    masks = list_masks(entity)
    wanted = [
        NewNames(path, _mask_names(names[path.model], masks.get(path.name_path))) for path in paths if names[path.model]
    ]
    limit = min(MAX_LIMIT, max(MIN_LIMIT, row_count * MAX_PERCENT // 100))
    ids = context.store.names.find_outdated(entity.target, wanted, limit + 1) if wanted else ()
    return None if len(ids) > limit else frozenset(ids)


def _mask_names(names: Mapping[int, str], mask: FieldMask | None) -> Mapping[int, str]:
    """Mask names as documents hold them; one of which nothing is left is left out."""
    masked = mask.apply(list(names.values())) if mask else names.values()
    return {each: name for each, name in zip(names, masked, strict=True) if isinstance(name, str)}


def has_moved(before: RelatedState, now: RelatedState, overlap: timedelta) -> bool:
    """Whether a record may have changed: the newest change is another one, or a transaction was not yet visible."""
    if now.newest != before.newest:
        return True
    is_old = before.read_at - before.newest > overlap + MAX_CLOCK_DIFFERENCE
    return not (is_old or is_settled(before.seen_at, before.read_at, overlap))


def as_of(states: Sequence[RelatedState], moment: datetime) -> tuple[RelatedState, ...]:
    """Return states for which everything that changed since then has yet to be looked for."""
    return tuple(replace(each, newest=min(each.newest, moment), seen_at=each.read_at) for each in states)


def keep_known(states: Sequence[RelatedState], cursor: Cursor | None) -> tuple[RelatedState, ...]:
    """Return states with what the last run knew: since when, and of models that could not be read this time."""
    known = {state.model: state for state in cursor.related} if cursor else {}
    present = {state.model: _carry_on(state, known.get(state.model)) for state in states}
    return tuple((known | present).values())


def _carry_on(state: RelatedState, before: RelatedState | None) -> RelatedState:
    return replace(state, seen_at=before.seen_at) if before and before.newest == state.newest else state
