"""Audit events, queries and reports of the audit log."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from odoo_sync_tui.core import actions
from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.text.coerce import as_datetime, as_int, as_text, as_texts


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One audit event: operator, action, time and outcome. Never changed once written.

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


def describe_interruption(details: Mapping[str, object], format_time: Callable[[datetime], str]) -> str | None:
    """Describe an event of a run that could not record its own end; ``None`` for any other event."""
    if details.get("event") != "interrupted":
        return None
    last_seen = as_datetime(details.get("last_seen"))
    seen = f", last seen {format_time(last_seen)}" if last_seen else ""
    dry = "dry run, " if details.get("dry_run") is True else ""
    noticed_by = as_text(details.get("noticed_by")) or "nobody"
    return f"{dry}process {details.get('pid')} on {details.get('host')}{seen}; noticed by {noticed_by}"


def describe_other_event(
    event: AuditEvent, format_number: Callable[[int], str], format_time: Callable[[datetime], str]
) -> str | None:
    """Describe an event of something that is no run: an operator did it, or somebody was told; ``None`` for a run's."""
    details = event.details
    entity = as_text(details.get("entity")) or "an entity"
    match event.action:
        case actions.DROP_ENTITY:
            documents = format_number(as_int(details.get("documents")))
            done = "to delete" if details.get("event") == "started" else "deleted"
            return f"{entity}: {documents} documents {done}"
        case actions.ERASE_RECORD | actions.LIFT_ERASURE:
            return _describe_erasure(details, format_number)
        case actions.RETENTION:
            documents, runs = (format_number(as_int(details.get(name))) for name in ("documents", "runs"))
            return f"{documents} retired documents and {runs} records of runs to drop, as they are too old"
        case actions.DRIFT_SEEN:
            return f"{entity}: has seen {'; '.join(as_texts(details.get('changes')))}"
        case actions.BACKUP | actions.RESTORE:
            count, file = format_number(as_int(details.get("documents"))), as_text(details.get("file")) or "a file"
            return f"{count} documents {'to' if event.action == actions.BACKUP else 'from'} {file}"
        case actions.QUARANTINE:
            count, event_name = as_int(details.get("rows")), as_text(details.get("event"))
            rows = "1 row" if count == 1 else f"{format_number(count)} rows"
            return f"{entity}: {rows} {'back in' if event_name == 'reopened' else 'dismissed from'} the quarantine"
        case actions.PAUSE | actions.RESUME:
            sync = (as_text(details.get("sync")) or "a sync").removeprefix("sync_").replace("_", "-")
            until = as_datetime(details.get("until"))
            return f"{sync} {details.get('event')}" + (f" until {format_time(until)}" if until else "")
        case actions.ALERT:
            receiver, about, told = (as_text(details.get(name)) or "?" for name in ("to", "about", "sync"))
            return f"{receiver} {'was told' if event.outcome is None else 'could not be told'}: {told} {about}"
        case _:
            return None


def _describe_erasure(details: Mapping[str, object], format_number: Callable[[int], str]) -> str:
    record = f"{as_text(details.get('model')) or 'a record'} {as_int(details.get('odoo_id'))}"
    if details.get("event") == "lifted":
        return f"{record}: may come back with the next sync"
    documents, accounts, changes = (
        format_number(as_int(details.get(name))) for name in ("documents", "accounts", "changes")
    )
    return f"{record}: {documents} documents deleted, {accounts} accounts unlinked, {changes} logged changes removed"


class Order(StrEnum):
    """Sort order by time."""

    NEWEST_FIRST = "newest first"
    OLDEST_FIRST = "oldest first"


@dataclass(frozen=True, slots=True)
class Exclusions:
    """Conditions that exclude events: an event matching any of them is left out.

    ``None`` among ``outcomes`` stands for events without an outcome.
    """

    actions: tuple[str, ...] = ()
    user_ids: tuple[str, ...] = ()
    outcomes: tuple[Outcome | None, ...] = ()
    run_ids: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is excluded."""
        return not (self.actions or self.user_ids or self.outcomes or self.run_ids or self.texts)


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Conditions on audit events: an event must meet all that are set. Of ``actions`` it has any one.

    ``no_outcome`` selects events that are not the end of anything. Each of ``texts`` must occur somewhere in
    the event, in upper or lower case: in its action, operator, run or outcome, in a detail, an error or a warning.
    """

    actions: tuple[str, ...] = ()
    user_id: str | None = None
    outcome: Outcome | None = None
    run_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    no_outcome: bool = False
    texts: tuple[str, ...] = ()
    exclusions: Exclusions = Exclusions()

    @property
    def is_search(self) -> bool:
        """Whether the query needs a scan: no index answers it, so events are read one by one within a time limit."""
        return bool(self.texts) or not self.exclusions.is_empty


@dataclass(frozen=True, slots=True)
class AuditPage:
    """One page of events in the requested order. ``after`` requests the next page; ``None``: there is none.

    ``searched_to`` is set when a slow search stopped before the page was full: the time of the last event searched.
    """

    events: tuple[AuditEvent, ...]
    after: str | None = None
    searched_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChainBreak:
    """A break in the hash chain: at an event, or in a run with a missing event."""

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
class NotedHead:
    """The head of the chain to note down outside the store: it proves later what has been in the history until then.

    ``number`` is that of the last event, and ``digest`` covers all events. ``missing`` counts numbers up to it that
    have no event, because their process was killed, and ``outside`` counts events that an earlier version wrote beside
    the chain: neither may grow among what was noted.
    """

    number: int
    missing: int
    outside: int
    digest: str

    @classmethod
    def parse(cls, text: str) -> NotedHead | None:
        """Read the text that ``str`` makes of a head; ``None`` for any other."""
        found = re.fullmatch(r"(\d{1,16}):(\d{1,16}):(\d{1,16}):(\w+:[0-9a-f]+)", text.strip(), re.ASCII)
        return cls(int(found[1]), int(found[2]), int(found[3]), found[4]) if found else None

    def __str__(self) -> str:
        return f"{self.number}:{self.missing}:{self.outside}:{self.digest}"


@dataclass(frozen=True, slots=True)
class AuditState:
    """What the last verification of the whole history has found.

    Attributes:
        at: when that was; ``None``: never.
        head: the head of the chain by then; ``None``: there was none to trust.
        problem: the first problem; empty: the history is intact.
    """

    at: datetime | None = None
    head: NotedHead | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ChainReport:
    """Figures of a verification of the history: what was checked, and how many breaks were found.

    ``unanchored`` counts runs with events but no record in ``sync_runs``.
    ``unchained`` counts events without a hash that were there before the chain began: they cannot be checked.
    ``missing`` counts numbers of the chain without an event, each given up by a killed process.
    ``outside`` counts events that an earlier version of the program wrote beside the chain since it began; ``unproven``
    are those of them that were not there when the head was noted.
    ``head`` is ``None`` before the first event of the chain, and when there is no head to trust.
    """

    events: int
    runs: int
    unanchored: int
    unchained: int
    breaks: int
    missing: int = 0
    outside: int = 0
    unproven: int = 0
    head: NotedHead | None = None

    @property
    def is_intact(self) -> bool:
        """Whether no break was found, and nothing is unproven."""
        return self.breaks == 0 and self.unproven == 0

    def as_dict(self) -> dict[str, object]:
        """The figures by name, the verdict first."""
        return {
            "intact": self.is_intact,
            "events": self.events,
            "runs": self.runs,
            "unanchored": self.unanchored,
            "unchained": self.unchained,
            "missing": self.missing,
            "outside": self.outside,
            "unproven": self.unproven,
            "broken": self.breaks,
            "head": str(self.head) if self.head else None,
        }
