"""Results of a verification: differences between the store and Odoo."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, tzinfo
from enum import StrEnum
from itertools import groupby

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.core.scope import Mode, Scope
from odoo_sync_tui.core.text.coerce import EARLIEST

DEFAULT_SAMPLE_SIZE = 200
"""Default number of rows of an entity to compare by content."""
LIVE_RUN_KIND = "live_run"
"""Kind of the warning about a run during the verification."""
MAX_EXAMPLES = 20
"""Maximum number of example ids per finding: enough to look into it, and bounded whatever is wrong."""
SCATTER = 2_654_435_761
"""2**32 divided by the golden ratio: multiples of it are spread evenly (Knuth, The Art of Computer Programming 6.4)."""
PROOF_FINDINGS = ("missing", "extra", "different", "state")
"""Findings that a proof keeps; rows in quarantine are known anyway."""


class Verdict(StrEnum):
    """Verdict on one entity or on all entities."""

    IN_STEP = "in_step"
    OUT_OF_STEP = "out_of_step"
    UNAVAILABLE = "unavailable"  # the server has no such model, and the store nothing of it
    UNKNOWN = "unknown"  # it could not be compared


@dataclass(frozen=True, slots=True)
class IdSample:
    """Number of rows or documents of one finding, and the first Odoo ids as examples."""

    count: int = 0
    examples: tuple[int, ...] = ()

    def add(self, ids: Iterable[int]) -> IdSample:
        """Return the sample with more ids added."""
        more = tuple(ids)
        return IdSample(self.count + len(more), (*self.examples, *more[: MAX_EXAMPLES - len(self.examples)]))

    def as_dict(self) -> dict[str, object]:
        """Return count and examples."""
        return {"count": self.count, "examples": list(self.examples)}


@dataclass(frozen=True, slots=True)
class Findings:
    """Findings of one entity. A row or document is in at most one of them.

    Attributes:
        missing: rows without a document.
        extra: active documents without a row.
        different: documents that differ from their row, among those compared.
        state: active documents of archived rows, or the reverse, among those compared.
        quarantined: rows that cannot be read or stored.
        dismissed: rows that cannot be read or stored, and that an operator dismissed. Not an error.
        pending: rows written in Odoo after the last sync, so that their documents lag behind. Not an error: the next
            sync updates them.
    """

    missing: IdSample = IdSample()
    extra: IdSample = IdSample()
    different: IdSample = IdSample()
    state: IdSample = IdSample()
    quarantined: IdSample = IdSample()
    dismissed: IdSample = IdSample()
    pending: IdSample = IdSample()

    @property
    def is_in_step(self) -> bool:
        """Whether the store agrees with Odoo."""
        return not any((self.missing.count, self.extra.count, self.different.count, self.state.count)) and (
            not self.quarantined.count
        )

    def by_name(self) -> dict[str, IdSample]:
        """Return all findings by name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


@dataclass(frozen=True, slots=True)
class IdDigests:
    """Number of ids on both sides, and the SHA-256 of them in their order, one a line.

    ``store`` has the ids of active documents, and of inactive ones whose row is there.
    """

    odoo: int = 0
    odoo_sha256: str = ""
    store: int = 0
    store_sha256: str = ""


@dataclass(frozen=True, slots=True)
class EntityVerification:
    """Verification of one entity.

    ``id``, ``name``, ``title`` and ``action`` are those of the entity. ``odoo`` is the number of rows in the census,
    ``stored`` the number of stored documents with an Odoo id, active or not, and ``compared`` the number of rows read
    and compared with their documents. ``ids`` are those of both sides.
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
    ids: IdDigests = IdDigests()

    def as_dict(self) -> dict[str, object]:
        """Return the verification as plain data."""
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
    """Verification of all requested entities.

    ``sample`` is the number of rows of each entity to compare; ``None``: all of them, or those of a slice of so many
    ``percent``.
    """

    entities: tuple[EntityVerification, ...]
    sample: int | None
    errors: tuple[Notice, ...] = ()
    warnings: tuple[Notice, ...] = ()
    duration_seconds: float = 0.0
    percent: int | None = None

    @property
    def verdict(self) -> Verdict:
        """Verdict on all entities: in step only when every available entity was compared and agrees."""
        verdicts = {entity.verdict for entity in self.entities}
        for verdict in (Verdict.OUT_OF_STEP, Verdict.UNKNOWN):
            if verdict in verdicts:
                return verdict
        return Verdict.IN_STEP

    def plan_repairs(self) -> Iterator[tuple[Action, Scope]]:
        """Return the runs that repair the differences: full, restarted, in the order of the entities."""
        wrong = [entity for entity in self.entities if entity.verdict is Verdict.OUT_OF_STEP]
        for action, entities in groupby(wrong, lambda entity: entity.action):
            yield action, Scope(tuple(entity.name for entity in entities), Mode.FULL, restart=True, reread=True)

    def merge(self, later: Verification) -> Verification:
        """Return this verification with the entities of ``later`` replaced by theirs."""
        newer = {entity.id: entity for entity in later.entities}
        return Verification(
            tuple(newer.get(entity.id, entity) for entity in self.entities),
            self.sample,
            (*(notice for notice in self.errors if notice.entity not in _titles(later)), *later.errors),
            (*(notice for notice in self.warnings if notice.entity not in _titles(later)), *later.warnings),
            self.duration_seconds + later.duration_seconds,
            self.percent,
        )

    def as_dict(self) -> dict[str, object]:
        """Return the object printed by ``verify --json``."""
        return {
            "verdict": str(self.verdict),
            "compared": "slice" if self.percent else "all" if self.sample is None else "sample",
            "sample": self.sample,
            "duration_seconds": round(self.duration_seconds, 3),
            "entities": {entity.id: entity.as_dict() for entity in self.entities},
            "errors": [notice.as_dict() for notice in self.errors],
            "warnings": [notice.as_dict() for notice in self.warnings],
        }


@dataclass(frozen=True, slots=True)
class RowSlice:
    """The rows of a rolling verification: one of ``count`` slices, among which ids are spread evenly."""

    number: int
    count: int

    def includes(self, odoo_id: int) -> bool:
        """Whether the row with this id is in it. A model may use every second id only: they are scattered first."""
        return (odoo_id * SCATTER % 2**32) * self.count >> 32 == self.number


@dataclass(frozen=True, slots=True)
class Proof:
    """What verifications have proved of one entity.

    Attributes:
        at: when all ids were compared last.
        ids: the ids of both sides by then.
        slices: when each slice of the rows was compared by content last; ``None``: never.
        findings: how many documents were missing, extra, different, or in the other state, where there were any.
        suspects: Odoo ids of documents that differ; each verification compares them again.
    """

    at: datetime
    ids: IdDigests = IdDigests()
    slices: tuple[datetime | None, ...] = (None,)
    findings: Mapping[str, int] = field(default_factory=dict[str, int])
    suspects: tuple[int, ...] = ()

    @property
    def proved_since(self) -> datetime | None:
        """Since when all contents are proved; ``None``: not all of them are."""
        known = [each for each in self.slices if each is not None]
        return min(known) if len(known) == len(self.slices) else None

    def share_since(self, moment: datetime) -> float:
        """Return the share of the rows that were compared by content since then."""
        return sum(each is not None and each >= moment for each in self.slices) / len(self.slices)

    def choose_slice(self, count: int) -> RowSlice:
        """Choose the slice, of so many, whose last comparison is the longest ago."""
        slices = self.cut(count)
        return RowSlice(min(range(count), key=lambda number: slices[number] or EARLIEST), count)

    def cut(self, count: int) -> tuple[datetime | None, ...]:
        """Return the times of so many slices; of another number, only what is known of all of them holds."""
        return self.slices if len(self.slices) == count else (self.proved_since,) * count


def renew_proof(
    known: Proof | None, found: EntityVerification, at: datetime, sample: int | None, part: RowSlice | None
) -> Proof:
    """Renew what is known of an entity by what a verification has found."""
    count = part.count if part else 1
    slices = list(known.cut(part.count) if known and part else known.slices if known else (None,) * count)
    if part:
        slices[part.number] = at
    elif sample is None:
        slices = [at] * len(slices)
    counts = {name: getattr(found.findings, name).count for name in PROOF_FINDINGS}
    suspects = (*found.findings.different.examples, *found.findings.state.examples)
    return Proof(at, found.ids, tuple(slices), {name: count for name, count in counts.items() if count}, suspects)


@dataclass(frozen=True, slots=True)
class ProofSummary:
    """What is proved of all entities: through when all ids, and which share of the contents since midnight."""

    through: datetime
    share: float


def find_midnight(now: datetime, zone: tzinfo | None = None) -> datetime:
    """Find the beginning of the day, in the operator's zone; ``None``: that of this process."""
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def summarize_proofs(proofs: Collection[Proof | None], midnight: datetime) -> ProofSummary | None:
    """Summarize the proofs of all entities that were synced; ``None`` where one of them has none."""
    known = [each for each in proofs if each is not None]
    if not known or len(known) < len(proofs):
        return None
    rows = sum(each.ids.odoo for each in known)
    proved = sum(each.ids.odoo * each.share_since(midnight) for each in known)
    return ProofSummary(min(each.at for each in known), proved / rows if rows else 1.0)


def _titles(verification: Verification) -> frozenset[str]:
    return frozenset(entity.title for entity in verification.entities)
