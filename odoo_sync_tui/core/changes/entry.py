"""One entry of the change log: a change of a document that happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from odoo_sync_tui.core.changes.fields import ABSENT
from odoo_sync_tui.core.entity import Entity


class LoggedKind(StrEnum):
    """What became of a document; the second half of an entry's type. That of a linked document is updated."""

    CREATED = "created"
    UPDATED = "updated"
    REACTIVATED = "reactivated"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """Old and new value of a field; :data:`ABSENT`: the document did not have it, or has it no more."""

    name: str
    old: object = ABSENT
    new: object = ABSENT


@dataclass(frozen=True, slots=True)
class LoggedChange:
    """One entry of the change log.

    Attributes:
        number: the ``_id``: grows over all entities in the order in which entries become visible.
        subject: the singular of the entity, and the first half of the type ("opportunity").
        kind: what became of the document.
        entity: the id of the entity.
        odoo_id: the id of the row.
        document_id: the ``_id`` of the document.
        run_id: the run that wrote it.
        at: when; the document has the same time as that of its last change.
        first_load: whether a first load of the entity wrote it.
        fields: the changed fields.
        values_omitted: the values were too large to be kept; ``fields`` is empty then.
    """

    number: int
    subject: str
    kind: LoggedKind
    entity: str
    odoo_id: int
    document_id: object
    run_id: str
    at: datetime
    first_load: bool = False
    fields: tuple[FieldChange, ...] = ()
    values_omitted: bool = False

    @property
    def type(self) -> str:
        """What programs select entries by: ``"opportunity.updated"``."""
        return f"{self.subject}.{self.kind}"


def get_subject(entity: Entity) -> str:
    """Return the singular of an entity, which no other has: "department", "employee", "opportunity"."""
    return entity.target.make_key(0).removeprefix("odoo_").removesuffix("_0")
