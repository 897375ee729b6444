"""What the audit log holds, and how it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from odoo_sync_tui.core.result import Outcome


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One event: who did what, when, and how it ended. Never changed once written.

    ``outcome`` is ``None`` for an event that is not an end ("started", "retirement confirmed").
    ``details`` is plain data: text, numbers, booleans, lists and dictionaries of those.
    """

    id: str
    action: str
    user_id: str
    timestamp: datetime
    details: Mapping[str, object] = field(default_factory=dict[str, object])
    run_id: str | None = None
    outcome: Outcome | None = None
    source: str = "odoo"


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which events: all conditions that are set must hold."""

    action: str | None = None
    user_id: str | None = None
    outcome: Outcome | None = None
    run_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Events newest first. ``after`` asks for the next page; ``None`` when there is none."""

    events: tuple[AuditEvent, ...]
    after: str | None = None


@dataclass(frozen=True, slots=True)
class ChainBreak:
    """Something wrong in the history: with this event, or with this run's events where one is missing."""

    problem: str
    run_id: str | None = None
    event_id: str | None = None

    def as_dict(self) -> dict[str, object]:
        """The fields by name."""
        return {"problem": self.problem, "run_id": self.run_id, "event_id": self.event_id}

    def __str__(self) -> str:
        where = [f"{kind} {name}" for kind, name in (("run", self.run_id), ("event", self.event_id)) if name]
        return f"{', '.join(where)}: {self.problem}" if where else self.problem


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a verification of the history looked at, and how much of it was wrong.

    ``unanchored`` is how many runs have events but no record, so that nothing says how many events there were.
    ``unchained`` is how many events carry no hash, as those of other programs; nothing can be said of them.
    """

    events: int
    runs: int
    unanchored: int
    unchained: int
    breaks: int

    @property
    def intact(self) -> bool:
        """Whether nothing is wrong."""
        return self.breaks == 0

    def as_dict(self) -> dict[str, object]:
        """The figures by name, the verdict first."""
        return {
            "intact": self.intact,
            "events": self.events,
            "runs": self.runs,
            "unanchored": self.unanchored,
            "unchained": self.unchained,
            "broken": self.breaks,
        }
