"""Changes to write, and the report of a write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from odoo_sync_tui.core.entity import BrokenRule, Document, InactiveReason, RejectedRow, Target

INCOMPLETE = "incomplete"
"""Field of a document with a part that could not be read, and of no other."""


class ChangeKind(StrEnum):
    """Effect of a write on a document's content and state.

    CREATED: a new document, active or not as its row is.
    UPDATED: new content; the state stays as it is.
    REACTIVATED: new content, and active again.
    DEACTIVATED: new content, and inactive because its row is archived.
    RESTATED: new content; another program made it active already, and the reason of our retirement no longer holds.
    LINKED: content and Odoo id go to a document that had none; its state stays as it is. Missed when
        the document was linked in the meantime.
    """

    CREATED = "created"
    UPDATED = "updated"
    REACTIVATED = "reactivated"
    DEACTIVATED = "deactivated"
    RESTATED = "restated"
    LINKED = "linked"


class Change(NamedTuple):
    """One document to write.

    ``hash`` is the fingerprint of its row (``Page.hashes``); a document without one is read again by every run.
    ``key`` is the ``_id`` of the stored document (``Stored.key``); unused for CREATED. ``before`` is what it held when
    it was read, of all fields that a change may set or remove; ``None``: it was not read.
    """

    kind: ChangeKind
    document: Document
    hash: str | None
    key: object = None
    before: Mapping[str, object] | None = None


def reject(change: Change, rule: BrokenRule, reason: str) -> RejectedRow:
    """Make the rejected row of a change that is not written."""
    return RejectedRow(change.document.odoo_id, reason, rule, change.document.owned, change.hash or "")


@dataclass(frozen=True, slots=True)
class WriteReport:
    """Result of writing a page of changes.

    Attributes:
        written: documents that now hold what was given.
        stale: documents that hold a newer fence: another run has taken over, and this one must stop.
        missed: changes that did not find their document as it was read: another program removed or linked it. The
            next run sees what is there now.
        rejected: changes that MongoDB cannot hold or a rule of the database refuses.
        contested_ids: those of them whose value another document holds now, and may give up.
    """

    written: int = 0
    stale: int = 0
    missed: int = 0
    rejected: tuple[RejectedRow, ...] = ()
    contested_ids: frozenset[int] = frozenset()


def active_state(target: Target) -> dict[str, object]:
    """Return the state fields of an active document."""
    return {target.active_field: True, target.deactivated_at_field: None, "inactive_reason": None}


def retired_state(target: Target, reason: InactiveReason, moment: datetime | None) -> dict[str, object]:
    """Return the state fields of a document that we retire; ``None``: it is not known when."""
    return {target.active_field: False, target.deactivated_at_field: moment, "inactive_reason": str(reason)}


def state_to_write(
    change: Change, active: Mapping[str, object], archived: Mapping[str, object]
) -> Mapping[str, object]:
    """Choose the state fields that a change sets: those of an active document, of an archived one, or none."""
    match change.kind:
        case ChangeKind.CREATED:
            return active if change.document.active else archived
        case ChangeKind.DEACTIVATED:
            return archived
        case ChangeKind.REACTIVATED | ChangeKind.RESTATED:
            return active
        case ChangeKind.UPDATED | ChangeKind.LINKED:
            return {}


def find_absent(target: Target, document: Document) -> list[str]:
    """Find the fields that an update to this document removes."""
    absent = [name for name in sorted(target.sparse_fields) if document.owned.get(name, "") is None]
    return absent if document.incomplete else [*absent, INCOMPLETE]
