"""Result of a run, with counts that add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.errors import SyncError
from odoo_sync_tui.core.text.coerce import as_datetime, as_enum, as_float, as_int, as_mapping, as_mappings, as_text


class EntityState(StrEnum):
    """State of one entity of a run. The last seven are final."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCESS = "success"
    PARTIAL = "partial"
    FAILED = "failed"
    UNAVAILABLE = "unavailable"  # the server has no such model
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    NOT_BEGUN = "not begun"  # the run ended before its turn


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of a result. Every row of the scope is in exactly one of them.

    Attributes:
        created: documents that did not exist; an archived row is stored too, inactive from the start.
        updated: documents with changed content, not those merely read.
        unchanged: in the census and known to be equal: compared, or not written since the cursor.
        reactivated: inactive documents whose row is active again.
        deactivated: active documents that became inactive: archived or gone.
        quarantined: rows that could not be read or stored.
        dismissed: such rows that an operator dismissed, and that have not changed since.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    reactivated: int = 0
    deactivated: int = 0
    quarantined: int = 0
    dismissed: int = 0

    @property
    def synced(self) -> int:
        """Number of records in step after the run."""
        return self.created + self.updated + self.unchanged + self.reactivated

    @property
    def changed(self) -> int:
        """Number of documents that were written or retired."""
        return self.created + self.updated + self.reactivated + self.deactivated

    @property
    def rows(self) -> int:
        """Number of all rows in the counts."""
        return self.synced + self.deactivated + self.quarantined + self.dismissed

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Counts:
        """Read stored counts; a missing or odd one is 0."""
        return cls(*(as_int(stored.get(f.name)) for f in fields(cls)))

    def as_dict(self) -> dict[str, int]:
        """Return all counts by name, ``synced`` first."""
        return {"synced": self.synced} | {f.name: getattr(self, f.name) for f in fields(self)}


@dataclass(frozen=True, slots=True)
class Notice:
    """An error or warning of a run: what happened, to what, and what to do."""

    kind: str
    message: str
    hint: str = ""
    entity: str | None = None

    @classmethod
    def from_error(cls, error: SyncError, entity: str | None = None) -> Notice:
        """Build the notice of an error."""
        return cls(error.kind, error.message, error.hint, entity)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Notice:
        """Read a stored notice; a missing or odd field is empty."""
        kind, message, hint = (as_text(stored.get(name)) or "" for name in ("kind", "message", "hint"))
        return cls(kind, message, hint, as_text(stored.get("entity")))

    def as_dict(self) -> dict[str, str]:
        """Return the non-empty fields by name."""
        pairs = {"kind": self.kind, "entity": self.entity, "message": self.message, "hint": self.hint}
        return {name: value for name, value in pairs.items() if value}

    def __str__(self) -> str:
        where = f"{self.entity}: " if self.entity else ""
        return f"{where}{self.message} {self.hint}".strip()


@dataclass(frozen=True, slots=True)
class EntityResult:
    """Result of one entity.

    ``state`` is an :class:`EntityState`, or in a stored result the word of a newer version. ``census`` is the number of
    rows visible in Odoo; ``withheld`` the number of documents kept from retirement by the
    retirement limit. ``cursor_before`` and ``cursor_after`` are the times up to which the entity had been read, before
    and after the run; ``None`` for a cursor that did not exist, or did not move.
    """

    name: str
    state: str
    counts: Counts = Counts()
    census: int = 0
    withheld: int = 0
    seconds: float = 0.0
    cursor_before: datetime | None = None
    cursor_after: datetime | None = None

    @property
    def is_begun(self) -> bool:
        """Whether the run came to this entity at all."""
        return self.state not in {EntityState.WAITING, EntityState.NOT_BEGUN}

    @classmethod
    def from_dict(cls, name: str, stored: Mapping[str, Any]) -> EntityResult:
        """Read the stored result of the entity ``name``; a missing or odd value becomes neutral."""
        return cls(
            name,
            as_enum(EntityState, stored.get("state")) or as_text(stored.get("state")) or "",
            Counts.from_dict(stored),
            as_int(stored.get("census")),
            as_int(stored.get("withheld")),
            as_float(stored.get("duration_seconds")),
            as_datetime(stored.get("cursor_before")),
            as_datetime(stored.get("cursor_after")),
        )

    def as_dict(self) -> dict[str, object]:
        """Return the result as plain data."""
        return {
            "state": str(self.state),
            **self.counts.as_dict(),
            "census": self.census,
            "withheld": self.withheld,
            "duration_seconds": round(self.seconds, 3),
            "cursor_before": self.cursor_before and self.cursor_before.isoformat(),
            "cursor_after": self.cursor_after and self.cursor_after.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class SyncResult:
    """Result of a run. ``synced``, ``created``, ``updated`` and ``deactivated`` are sums over all entities.

    ``reason``: who or what stopped the run, if anything did ("cancelled by anna"). ``selected``: how many rows a
    selection had before its run began, by entity; empty without a selection.
    """

    run_id: str
    action: str
    outcome: Outcome
    entities: Mapping[str, EntityResult] = field(default_factory=dict[str, EntityResult])
    errors: tuple[Notice, ...] = ()
    warnings: tuple[Notice, ...] = ()
    duration_seconds: float = 0.0
    retries: int = 0
    dry_run: bool = False
    retryable: bool = False
    reason: str = ""
    selected: Mapping[str, int] = field(default_factory=dict[str, int])

    @property
    def counts(self) -> Counts:
        """Sum of the counts of all entities."""
        return sum((entity.counts for entity in self.entities.values()), Counts())

    @property
    def synced(self) -> int:
        """Number of records in step after the run."""
        return self.counts.synced

    @property
    def created(self) -> int:
        """Number of new documents."""
        return self.counts.created

    @property
    def updated(self) -> int:
        """Number of documents with changed content."""
        return self.counts.updated

    @property
    def deactivated(self) -> int:
        """Number of active documents that became inactive."""
        return self.counts.deactivated

    @property
    def problem(self) -> Notice | None:
        """What to know first of a run that is no success: its first error, why it was stopped, its first warning."""
        if self.outcome is Outcome.SUCCESS:
            return None
        if not self.errors and self.outcome is Outcome.CANCELLED:
            return Notice("cancelled", f"The run was stopped: {self.reason}.")
        return next(iter((*self.errors, *self.warnings)), None)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> SyncResult:
        """Read a stored result (:meth:`as_dict`); a missing or odd value becomes neutral, an unknown outcome failed."""
        entities = as_mapping(stored.get("entities"))
        return cls(
            as_text(stored.get("run_id")) or "",
            as_text(stored.get("action")) or "",
            as_enum(Outcome, stored.get("outcome")) or Outcome.FAILED,
            {name: EntityResult.from_dict(name, as_mapping(entity)) for name, entity in entities.items()},
            tuple(map(Notice.from_dict, as_mappings(stored.get("errors")))),
            tuple(map(Notice.from_dict, as_mappings(stored.get("warnings")))),
            as_float(stored.get("duration_seconds")),
            as_int(stored.get("retries")),
            stored.get("dry_run") is True,
            stored.get("retryable") is True,
            as_text(stored.get("reason")) or "",
            {name: as_int(count) for name, count in as_mapping(stored.get("selected")).items()},
        )

    def as_dict(self) -> dict[str, object]:
        """Return the object printed by ``sync --json`` and stored in the run's record."""
        return {
            "run_id": self.run_id,
            "action": self.action,
            "outcome": str(self.outcome),
            **self.counts.as_dict(),
            "duration_seconds": round(self.duration_seconds, 3),
            "retries": self.retries,
            "dry_run": self.dry_run,
            "retryable": self.retryable,
            "reason": self.reason,
            "selected": dict(self.selected),
            "entities": {name: entity.as_dict() for name, entity in self.entities.items()},
            "errors": [notice.as_dict() for notice in self.errors],
            "warnings": [notice.as_dict() for notice in self.warnings],
        }
