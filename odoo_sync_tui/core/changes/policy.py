"""What the change log is to hold, as the settings say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from odoo_sync_tui.core.changes.fields import matches_field


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
