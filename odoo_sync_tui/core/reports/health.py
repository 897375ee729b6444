"""Health of the integration: one word for each entity and each sync, and for the whole the worst of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class HealthLevel(StrEnum):
    """How well something is in step. The members stand from best to worst."""

    IN_STEP = "in step"
    UNKNOWN = "never synced"
    ATTENTION = "attention"
    WRONG = "wrong"


EXPIRY_WARNING = timedelta(days=14)
"""How long before it ends a key or certificate is told of; most certificates are renewed 30 days before."""


class Expiring(StrEnum):
    """What ends some day, so that no run can be made from then on."""

    API_KEY = "api_key"
    ODOO_CERTIFICATE = "odoo_certificate"
    MONGODB_CERTIFICATE = "mongodb_certificate"


TITLE_BY_EXPIRING = {
    Expiring.API_KEY: "the first API key of the Odoo user",
    Expiring.ODOO_CERTIFICATE: "the certificate of Odoo",
    Expiring.MONGODB_CERTIFICATE: "the certificate of MongoDB",
}


HINT_BY_EXPIRING = {
    Expiring.API_KEY: "make a new one in Odoo in time and set odoo.api_key to it",
    Expiring.ODOO_CERTIFICATE: "have it renewed in time",
    Expiring.MONGODB_CERTIFICATE: "have it renewed in time",
}


@dataclass(frozen=True, slots=True)
class Expiries:
    """When keys and certificates end, as a run has read it at ``at``.

    ``ends`` has a time, or ``None`` for what never ends; what is not in it is unknown.
    """

    at: datetime | None = None
    ends: Mapping[Expiring, datetime | None] = field(default_factory=dict[Expiring, datetime | None])

    def list_near(self, now: datetime) -> Iterator[tuple[Expiring, datetime]]:
        """Yield what ends soon or has ended, with its end."""
        for thing, end in self.ends.items():
            if end is not None and end - now < EXPIRY_WARNING:
                yield thing, end

    def as_dict(self) -> dict[str, object]:
        """Return each end: a time, "never" or "unknown"."""
        return {str(thing): (self.ends[thing] or "never") if thing in self.ends else "unknown" for thing in Expiring}


@dataclass(frozen=True, slots=True)
class Concern:
    """Something beside the outcomes of runs that somebody has to look after.

    Attributes:
        kind: "expires", "audit", "proof", "quarantine" or "drift".
        level: how bad it is.
        message: what it is.
        hint: what to do.
        entity: the id of the entity that it is about; ``None``: the integration as a whole.
    """

    kind: str
    level: HealthLevel
    message: str
    hint: str
    entity: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an entity beside its runs: rows in quarantine, and rows that the store lacks."""

    quarantined: int = 0
    gap: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Something that waits for the operator until it is decided, whatever succeeds meanwhile.

    Attributes:
        kind: "retire", "quarantine", "continue" or "source".
        action: the sync that it is about; empty: all of them.
        entity: the name of the entity, where it is about one.
        message: what waits.
        hint: how to decide it on the command line.
        since: when it came up; ``None``: unknown.
        count: how many documents or rows it is about.
    """

    kind: str
    action: str
    entity: str | None
    message: str
    hint: str
    since: datetime | None = None
    count: int = 0


@dataclass(frozen=True, slots=True)
class EntityHealth:
    """Health of one entity of a sync.

    Attributes:
        id: the entity's id, which is unique among all syncs.
        name: its name in results.
        level: how well it is in step.
        state: the state in which the newest run that touched it left it; empty before the first.
        reason: why it is not in step, in a sentence; empty where it is.
        since: since when it has had this level; ``None``: never synced, or longer than is remembered.
        last_success: when it was last known to be in step.
        run_id: the newest run that touched it.
        withheld: how many documents that run kept from retirement.
        quarantined: rows in quarantine.
        gap: rows of Odoo that the store lacked at the end of that run; ``None``: not counted.
    """

    id: str
    name: str
    level: HealthLevel = HealthLevel.UNKNOWN
    state: str = ""
    reason: str = ""
    since: datetime | None = None
    last_success: datetime | None = None
    run_id: str | None = None
    withheld: int = 0
    quarantined: int = 0
    gap: int | None = None


@dataclass(frozen=True, slots=True)
class SyncHealth:
    """Health of one sync: the worst of its entities and of its newest run.

    ``last_success`` is the oldest last success of its entities: up to then, all of it is known to have been in step.
    """

    action: str
    level: HealthLevel
    reason: str
    since: datetime | None
    last_success: datetime | None
    entities: tuple[EntityHealth, ...]


@dataclass(frozen=True, slots=True)
class IntegrationHealth:
    """Health of the integration: the worst of its syncs, and all decisions that wait."""

    level: HealthLevel = HealthLevel.UNKNOWN
    reason: str = ""
    since: datetime | None = None
    syncs: tuple[SyncHealth, ...] = ()
    decisions: tuple[Decision, ...] = ()

    @property
    def has_trouble(self) -> bool:
        """Whether anything is out of step or waits for a decision."""
        return bool(self.decisions) or self.level in {HealthLevel.ATTENTION, HealthLevel.WRONG}

    def find_entity(self, entity_id: str) -> EntityHealth | None:
        """Find the health of an entity by its id."""
        entities = (entity for sync in self.syncs for entity in sync.entities)
        return next((entity for entity in entities if entity.id == entity_id), None)

    def late_syncs(self, now: datetime, max_age: timedelta) -> tuple[SyncHealth, ...]:
        """Return the syncs that have been run, but not with success within ``max_age``."""
        known = (sync for sync in self.syncs if sync.level is not HealthLevel.UNKNOWN)
        return tuple(sync for sync in known if sync.last_success is None or now - sync.last_success > max_age)
