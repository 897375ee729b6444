"""What the audit log holds, and how it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from odoo_sync_tui.core.words import Outcome


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


class Order(StrEnum):
    """By time, from which end."""

    NEWEST_FIRST = "newest first"
    OLDEST_FIRST = "oldest first"


@dataclass(frozen=True, slots=True)
class Excluded:
    """Which events are left out: those to which any of this applies. ``None`` as an outcome: events without one."""

    actions: tuple[str, ...] = ()
    user_ids: tuple[str, ...] = ()
    outcomes: tuple[Outcome | None, ...] = ()
    run_ids: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing is left out."""
        return not (self.actions or self.user_ids or self.outcomes or self.run_ids or self.texts)


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which events: all conditions that are set must hold.

    ``no_outcome`` asks for events that are no end. Each of ``texts`` must occur somewhere in the event, in upper or
    lower case: in its action, operator, run or outcome, in a detail, or in an error or a warning.
    """

    action: str | None = None
    user_id: str | None = None
    outcome: Outcome | None = None
    run_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    no_outcome: bool = False
    texts: tuple[str, ...] = ()
    excluded: Excluded = Excluded()

    @property
    def searches(self) -> bool:
        """Whether no index answers it: the events are looked through one by one, as far as time allows."""
        return bool(self.texts) or not self.excluded.empty


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Events in the order asked for. ``after`` asks for the next page; ``None`` when there is none.

    ``searched_to`` is set when a search stopped before the page was full, because it took long: the time of the last
    event that it looked at.
    """

    events: tuple[AuditEvent, ...]
    after: str | None = None
    searched_to: datetime | None = None


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
