"""Scope of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from odoo_sync_tui.core.entity import Domain


class Mode(StrEnum):
    """Amount of rows read from Odoo."""

    INCREMENTAL = "incremental"  # rows written since the cursor, and rows missing from the store
    FULL = "full"  # every row


@dataclass(frozen=True, slots=True)
class Scope:
    """Entities, rows and options of a run.

    Attributes:
        entities: names of the action's entities; empty: all of them.
        mode: incremental or full. An entity without a cursor is always read in full.
        domain: further Odoo filter. A filtered run never retires a document and never moves a cursor.
        dry_run: read and compare, write nothing but the run's own record and audit events.
        confirm_retire: number of documents, by entity name, that may be retired beyond the retirement limit by the
            operator's confirmation; for other entities the limit applies.
        restart: start over, even if an earlier run of the same scope was interrupted and could be resumed.
        reread: compare rows with the documents themselves, instead of the hash stored beside them: repairs changes made
            by another program. Costs a read of every document.
        adopt_source: the operator confirms that the records of the store are those of the Odoo that the settings name,
            although the store knows it by another address or database.
    """

    entities: tuple[str, ...] = ()
    mode: Mode = Mode.INCREMENTAL
    domain: Domain = ()
    dry_run: bool = False
    confirm_retire: Mapping[str, int] = field(default_factory=dict[str, int])
    restart: bool = False
    reread: bool = False
    adopt_source: bool = False

    @property
    def is_filtered(self) -> bool:
        """Whether the operator set a filter."""
        return bool(self.domain)
