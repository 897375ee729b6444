"""What a run did, in figures that add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum

from odoo_sync_tui.core.errors import SyncError
from odoo_sync_tui.core.words import Outcome


class EntityState(StrEnum):
    """Where one entity of a run stands. The last six are final."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCESS = "success"
    PARTIAL = "partial"
    FAILED = "failed"
    UNAVAILABLE = "unavailable"  # the server has no such model
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Counts:
    """The figures of a result. Every row of the scope is in exactly one of them.

    Attributes:
        created: documents that did not exist; an archived row is stored too, inactive from the start.
        updated: documents whose content changed, not those merely read.
        unchanged: in the census and known to be equal: compared, or not written since the cursor.
        reactivated: inactive documents whose row is active again.
        deactivated: active documents that became inactive: archived or gone.
        quarantined: rows that could not be read or stored.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    reactivated: int = 0
    deactivated: int = 0
    quarantined: int = 0

    @property
    def synced(self) -> int:
        """Records that are in step after the run."""
        return self.created + self.updated + self.unchanged + self.reactivated

    @property
    def rows(self) -> int:
        """Rows that are accounted for."""
        return self.synced + self.deactivated + self.quarantined

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def as_dict(self) -> dict[str, int]:
        """All figures by name, ``synced`` first."""
        return {"synced": self.synced} | {f.name: getattr(self, f.name) for f in fields(self)}


@dataclass(frozen=True, slots=True)
class Notice:
    """An error or warning of a run, told to the operator: what happened, to what, what to do."""

    kind: str
    message: str
    hint: str = ""
    entity: str | None = None

    @classmethod
    def of(cls, error: SyncError, entity: str | None = None) -> Notice:
        """The notice of an error."""
        return cls(error.kind, error.message, error.hint, entity)

    def as_dict(self) -> dict[str, str]:
        """The fields that are set, by name."""
        pairs = {"kind": self.kind, "entity": self.entity, "message": self.message, "hint": self.hint}
        return {name: value for name, value in pairs.items() if value}

    def __str__(self) -> str:
        where = f"{self.entity}: " if self.entity else ""
        return f"{where}{self.message} {self.hint}".strip()


@dataclass(frozen=True, slots=True)
class EntityResult:
    """What happened to one entity.

    ``census`` is how many rows Odoo showed; ``withheld`` how many documents the guard kept from being retired.
    ``cursor_before`` is up to when the entity had been read before, ``cursor_after`` up to when it has been now;
    ``None`` for a cursor that was not there, or did not move.
    """

    name: str
    state: EntityState
    counts: Counts = Counts()
    census: int = 0
    withheld: int = 0
    seconds: float = 0.0
    cursor_before: datetime | None = None
    cursor_after: datetime | None = None

    def as_dict(self) -> dict[str, object]:
        """The result as plain data."""
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
    """What a run did. ``synced``, ``created``, ``updated`` and ``deactivated`` are those of all entities together."""

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

    @property
    def counts(self) -> Counts:
        """The figures of all entities together."""
        return sum((entity.counts for entity in self.entities.values()), Counts())

    @property
    def synced(self) -> int:
        """Records that are in step after the run."""
        return self.counts.synced

    @property
    def created(self) -> int:
        """Documents that did not exist before."""
        return self.counts.created

    @property
    def updated(self) -> int:
        """Documents whose content changed."""
        return self.counts.updated

    @property
    def deactivated(self) -> int:
        """Active documents that became inactive."""
        return self.counts.deactivated

    def as_dict(self) -> dict[str, object]:
        """The object that ``sync --json`` prints and the run's record keeps."""
        return {
            "run_id": self.run_id,
            "action": self.action,
            "outcome": str(self.outcome),
            **self.counts.as_dict(),
            "duration_seconds": round(self.duration_seconds, 3),
            "retries": self.retries,
            "dry_run": self.dry_run,
            "retryable": self.retryable,
            "entities": {name: entity.as_dict() for name, entity in self.entities.items()},
            "errors": [notice.as_dict() for notice in self.errors],
            "warnings": [notice.as_dict() for notice in self.warnings],
        }
