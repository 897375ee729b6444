"""What the change log is to hold, as the settings say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from odoo_sync_tui.core.changes.fields import NESTED, matches_field
from odoo_sync_tui.core.entity import DocumentField, Entity


@dataclass(frozen=True, slots=True)
class ChangePolicy:
    """What the change log is to hold.

    Attributes:
        enabled: whether changes are logged at all.
        first_load: whether those of an entity's first load are too.
        keep: how long entries are kept.
        entity_ids: ids of the entities whose changes are logged; ``None``: of all.
        fields: patterns of the fields whose changes are logged; none: of all.
    """

    enabled: bool = False
    first_load: bool = False
    keep: timedelta = timedelta(days=400)
    entity_ids: frozenset[str] | None = None
    fields: tuple[str, ...] = ()

    def includes(self, entity_id: str, *, is_first_load: bool) -> bool:
        """Whether changes of the entity are logged now."""
        if not self.enabled or (is_first_load and not self.first_load):
            return False
        return self.entity_ids is None or entity_id in self.entity_ids

    def includes_field(self, name: str) -> bool:
        """Whether changes of the field are logged."""
        return not self.fields or matches_field(name, self.fields)

    def find_idle_fields(self, entities: Iterable[Entity]) -> tuple[str, ...]:
        """Find the patterns that mean no field of the entities whose changes are logged.

        None where an operator declared one of these: only Odoo knows its fields.
        """
        logged = [each for each in entities if self.entity_ids is None or each.id in self.entity_ids]
        if not self.enabled or any(each.choice and not each.choice.parent for each in logged):
            return ()
        names = [name for entity in logged for name in _list_names(entity)]
        return tuple(each for each in self.fields if not any(matches_field(name, (each,)) for name in names))


def _list_names(entity: Entity) -> Iterator[str]:
    """Yield the names that the fields of an entity's documents have in the log, as far as they are known."""
    target, prefix = entity.target, f"{entity.parent_field}." if entity.parent_field else ""
    yield from _walk(entity.document_fields, prefix)
    yield from (target.active_field, target.deactivated_at_field, "inactive_reason", *entity.initial)
    yield from (name for reference in entity.references for name in reference.copied_fields)
    for name in entity.choice.patterns if entity.choice else ():
        yield from (f"data.extra.{each}" for each in (name, f"{name}_name", f"{name.removesuffix('_id')}_name"))


def _walk(fields: Sequence[DocumentField], prefix: str) -> Iterator[str]:
    for each in fields:
        name = f"{prefix}{each.name}"
        yield from _walk(each.parts, f"{name}.") if each.parts and name in NESTED else (name,)


@dataclass(frozen=True, slots=True)
class ChangeLogState:
    """How the change log stands.

    Attributes:
        complete_since: since when the log of each entity is complete, by its id; one whose log is not is left out.
        pending: how many documents carry entries that are not moved yet.
        kept: how long the server keeps entries; ``None`` before the first run with the log.
    """

    complete_since: Mapping[str, datetime]
    pending: int
    kept: timedelta | None
