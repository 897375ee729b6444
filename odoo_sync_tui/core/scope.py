"""What a run covers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from odoo_sync_tui.core.entity import Domain


class Mode(StrEnum):
    """How much is read from Odoo."""

    INCREMENTAL = "incremental"  # what was written since the cursor, and whatever the store lacks
    FULL = "full"  # every row


@dataclass(frozen=True, slots=True)
class Scope:
    """What a run covers.

    Attributes:
        entities: names of the action's entities; empty: all of them.
        mode: incremental or full. An entity without a cursor is always read in full.
        domain: further Odoo filter. A filtered run never retires a document and never moves a cursor.
        dry_run: read and compare, write nothing but the run's own record and audit events.
        confirm_retire: the operator's word, by name of the entity, that up to so many of its documents may be retired
            although the guard would withhold them; of an entity that is not named the guard decides.
        restart: start over, even if an earlier run of the same scope was cut off and could be continued.
        reread: compare rows with the documents as they are now, instead of by the hash that we wrote beside them: mends
            what another program changed. Costs a read of every document.
    """

    entities: tuple[str, ...] = ()
    mode: Mode = Mode.INCREMENTAL
    domain: Domain = ()
    dry_run: bool = False
    confirm_retire: Mapping[str, int] = field(default_factory=dict[str, int])
    restart: bool = False
    reread: bool = False

    @property
    def filtered(self) -> bool:
        """Whether the operator narrowed the rows down."""
        return bool(self.domain)
