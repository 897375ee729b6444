"""What a verification found: where the store and Odoo agree, and where they do not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from enum import StrEnum
from itertools import groupby

from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.core.scope import Mode, Scope
from odoo_sync_tui.core.words import Action

SAMPLE = 200
"""Of how many rows of an entity the content is compared where nobody asks for more or all."""
LIVE_RUN = "live_run"
"""The kind of the warning that a run was at work meanwhile."""
EXAMPLES = 20
"""How many ids of each kind of finding are kept. Enough to look into it, and bounded whatever is wrong."""


class Verdict(StrEnum):
    """What a verification comes to, for an entity or for all of them."""

    IN_STEP = "in_step"
    OUT_OF_STEP = "out_of_step"
    UNAVAILABLE = "unavailable"  # the server has no such model, and the store nothing of it
    UNKNOWN = "unknown"  # it could not be compared


@dataclass(frozen=True, slots=True)
class Found:
    """How many rows or documents something is true of, and the Odoo ids of the first of them."""

    count: int = 0
    examples: tuple[int, ...] = ()

    def plus(self, ids: Iterable[int]) -> Found:
        """With these, too."""
        more = tuple(ids)
        return Found(self.count + len(more), (*self.examples, *more[: EXAMPLES - len(self.examples)]))

    def as_dict(self) -> dict[str, object]:
        """Count and examples."""
        return {"count": self.count, "examples": list(self.examples)}


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that was found of an entity. A row or document is in at most one of them.

    Attributes:
        missing: rows that have no document.
        extra: active documents that have no row.
        different: documents with other content than their row, among those compared.
        state: documents that are active though their row is archived, or the reverse, among those compared.
        quarantined: rows that cannot be read or stored.
        pending: rows written in Odoo after the last sync, whose documents therefore lag behind. Nothing is wrong: the
            next sync brings them.
    """

    missing: Found = Found()
    extra: Found = Found()
    different: Found = Found()
    state: Found = Found()
    quarantined: Found = Found()
    pending: Found = Found()

    @property
    def in_step(self) -> bool:
        """Whether nothing is wrong."""
        return not any((self.missing.count, self.extra.count, self.different.count, self.state.count)) and (
            not self.quarantined.count
        )

    def by_name(self) -> dict[str, Found]:
        """All findings by name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


@dataclass(frozen=True, slots=True)
class EntityVerification:
    """What was found of one entity.

    ``id``, ``name``, ``title`` and ``action`` are those of the entity. ``odoo`` is how many rows the census held,
    ``stored`` how many documents with an Odoo id the store has, active or not, and ``compared`` how many rows were
    read and compared with their documents.
    """

    id: str
    name: str
    title: str
    action: Action
    verdict: Verdict
    odoo: int = 0
    stored: int = 0
    compared: int = 0
    findings: Findings = Findings()
    seconds: float = 0.0

    def as_dict(self) -> dict[str, object]:
        """The verification as plain data."""
        return {
            "verdict": str(self.verdict),
            "odoo": self.odoo,
            "stored": self.stored,
            "compared": self.compared,
            **{name: found.as_dict() for name, found in self.findings.by_name().items()},
            "duration_seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found of all entities that were asked for.

    ``sample`` is how many rows of each entity were to be compared; ``None``: all of them.
    """

    entities: tuple[EntityVerification, ...]
    sample: int | None
    errors: tuple[Notice, ...] = ()
    warnings: tuple[Notice, ...] = ()
    duration_seconds: float = 0.0

    @property
    def verdict(self) -> Verdict:
        """In step only when everything that could be there was compared and agrees."""
        verdicts = {entity.verdict for entity in self.entities}
        for verdict in (Verdict.OUT_OF_STEP, Verdict.UNKNOWN):
            if verdict in verdicts:
                return verdict
        return Verdict.IN_STEP

    def repairs(self) -> Iterator[tuple[Action, Scope]]:
        """The runs that mend what is out of step: full ones, started over, in the order of the entities."""
        wrong = [entity for entity in self.entities if entity.verdict is Verdict.OUT_OF_STEP]
        for action, entities in groupby(wrong, lambda entity: entity.action):
            yield action, Scope(tuple(entity.name for entity in entities), Mode.FULL, restart=True, reread=True)

    def updated(self, later: Verification) -> Verification:
        """This verification with what ``later`` found of some of its entities."""
        newer = {entity.id: entity for entity in later.entities}
        return Verification(
            tuple(newer.get(entity.id, entity) for entity in self.entities),
            self.sample,
            (*(notice for notice in self.errors if notice.entity not in _titles(later)), *later.errors),
            (*(notice for notice in self.warnings if notice.entity not in _titles(later)), *later.warnings),
            self.duration_seconds + later.duration_seconds,
        )

    def as_dict(self) -> dict[str, object]:
        """The object that ``verify --json`` prints."""
        return {
            "verdict": str(self.verdict),
            "compared": "all" if self.sample is None else "sample",
            "sample": self.sample,
            "duration_seconds": round(self.duration_seconds, 3),
            "entities": {entity.id: entity.as_dict() for entity in self.entities},
            "errors": [notice.as_dict() for notice in self.errors],
            "warnings": [notice.as_dict() for notice in self.warnings],
        }


def _titles(verification: Verification) -> frozenset[str]:
    return frozenset(entity.title for entity in verification.entities)
