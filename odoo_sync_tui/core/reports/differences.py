"""What a dry run finds: documents that a run would change, with their old and new values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from odoo_sync_tui.core.entity import InactiveReason


class DifferenceKind(StrEnum):
    """What would become of a document. LINKED and RESTATED documents are updated ones here, as in the counts."""

    UPDATED = "updated"
    REACTIVATED = "reactivated"
    RETIRED = "retired"
    CREATED = "created"


@dataclass(frozen=True, slots=True)
class ValueChange:
    """Old and new value of a field; ``None``: empty, or not there."""

    old: object
    new: object


@dataclass(frozen=True, slots=True)
class Difference:
    """One document that a run would change. The names of the attributes are those of its JSON.

    Attributes:
        entity: name of the entity.
        odoo_id: id of the row.
        change: what would become of the document.
        reason: why it would be retired; else ``None``.
        fields: by dotted path, the fields whose value would change; of a new document all that have one, and none of a
            document to retire. What a run notes for itself (hash, fence, time of the write) is left out.
    """

    entity: str
    odoo_id: int
    change: DifferenceKind
    reason: InactiveReason | None = None
    fields: Mapping[str, ValueChange] = field(default_factory=dict[str, ValueChange])


DifferenceListener = Callable[[Difference], None]
"""Takes the differences of a dry run, one after the other, from the threads of the run; an error of it ends the run."""
