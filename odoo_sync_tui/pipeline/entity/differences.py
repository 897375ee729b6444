"""Differences between stored documents and what a run would make of them. Used by dry runs alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import cast

from odoo_sync_tui.core.entity import Entity, InactiveReason
from odoo_sync_tui.core.reports.differences import Difference, DifferenceKind, DifferenceListener, ValueChange
from odoo_sync_tui.core.text.masking import HIDDEN
from odoo_sync_tui.entities.masks import list_masks
from odoo_sync_tui.store.documents.browse import DocumentBrowser
from odoo_sync_tui.store.documents.changes import Change, ChangeKind, active_state, retired_state, state_to_write
from odoo_sync_tui.store.documents.document_store import chunks
from odoo_sync_tui.store.documents.outbox import is_same_value
from odoo_sync_tui.store.driver.repository import Fields

READ_BATCH_SIZE = 100
"""Documents whose old values are held at once."""

KINDS = {
    ChangeKind.CREATED: DifferenceKind.CREATED,
    ChangeKind.LINKED: DifferenceKind.UPDATED,
    ChangeKind.UPDATED: DifferenceKind.UPDATED,
    ChangeKind.RESTATED: DifferenceKind.UPDATED,
    ChangeKind.REACTIVATED: DifferenceKind.REACTIVATED,
    ChangeKind.DEACTIVATED: DifferenceKind.RETIRED,
}


class DifferenceReporter:
    """Reports what changes would make of the documents of one entity.

    Args:
        entity: the entity.
        browser: reads the old values.
        on_difference: takes the differences.
    """

    def __init__(self, entity: Entity, browser: DocumentBrowser, on_difference: DifferenceListener) -> None:
        self._entity = entity
        self._browser = browser
        self._on_difference = on_difference
        self._active = active_state(entity.target)
        self._archived = retired_state(entity.target, InactiveReason.ARCHIVED, None)
        self._masks = list_masks(entity)

    def report_changes(self, changes: Sequence[Change]) -> None:
        """Report each change with the old and new values of its fields.

        Raises:
            StoreError: the old values cannot be read.
        """
        for batch in chunks(changes, READ_BATCH_SIZE):
            old = self._read_old_values([each for each in batch if KINDS[each.kind] in _WITH_OLD_VALUES])
            for change in batch:
                self._on_difference(self._make_difference(change, old.get(_identify(change.key), {})))

    def report_retired(self, ids: Collection[int], reason: InactiveReason) -> None:
        """Report documents without a row that would be retired."""
        for odoo_id in ids:
            self._on_difference(Difference(self._entity.name, odoo_id, DifferenceKind.RETIRED, reason))

    def _read_old_values(self, changes: Sequence[Change]) -> Mapping[str, Fields]:
        if not changes:
            return {}
        names = {name for change in changes for name in self._new_values(change)}
        stored = self._browser.find_by_keys(self._entity.target, [change.key for change in changes], names)
        return {_identify(document["_id"]): document for document in stored}

    def _make_difference(self, change: Change, old: Mapping[str, object]) -> Difference:
        kind, odoo_id = KINDS[change.kind], change.document.odoo_id
        if kind is DifferenceKind.RETIRED:
            return Difference(self._entity.name, odoo_id, kind, InactiveReason.ARCHIVED)
        new = self._new_values(change)
        written = {name: old.get(name) for name in new}  # the others stay as they are
        changed = find_changed_values(written, new)
        shown = {name: self._hide_old_value(name, values) for name, values in changed.items()}
        return Difference(self._entity.name, odoo_id, kind, None, shown)

    def _hide_old_value(self, name: str, change: ValueChange) -> ValueChange:
        """Hide a stored value that is not masked yet."""
        mask = next((mask for path, mask in self._masks.items() if f"{name}.".startswith(f"{path}.")), None)
        is_shown = mask is None or mask.masker.is_masked(mask.kind, change.old)
        return change if is_shown else ValueChange(HIDDEN, change.new)

    def _new_values(self, change: Change) -> Mapping[str, object]:
        """Return the top-level fields that the write would set; a null stands for one that it leaves out or removes."""
        document, state = change.document, state_to_write(change, self._active, self._archived)
        if change.kind is ChangeKind.CREATED:
            beside = {**self._entity.target.discriminator, **document.initial}
            return {**document.owned, **beside, **document.owned, **state}  # what Odoo owns comes first, and wins
        return {**document.owned, **state}


_WITH_OLD_VALUES = frozenset({DifferenceKind.UPDATED, DifferenceKind.REACTIVATED})


def find_changed_values(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, ValueChange]:
    """Find the fields of two documents that differ, by dotted path; a missing field and null are the same.

    Values are compared as they are stored, so that every document with another content hash has such a field.
    """
    before, after = dict(_flatten(old)), dict(_flatten(new))
    return {
        name: ValueChange(before.get(name), after.get(name))
        for name in dict.fromkeys((*after, *before))
        if not is_same_value(before.get(name), after.get(name))
    }


def _flatten(fields: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Yield the innermost fields that have a value, by dotted path."""
    for name, value in fields.items():
        if isinstance(value, dict) and value:
            yield from _flatten(cast("Mapping[str, object]", value), f"{prefix}{name}.")
        elif value is not None:
            yield f"{prefix}{name}", value


def _identify(key: object) -> str:
    """Identify a document by its ``_id``, which in another program's document may be a document itself."""
    return repr(key)
