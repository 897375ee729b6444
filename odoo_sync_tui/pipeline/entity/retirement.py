"""Retire documents without a row in the census, as far as the census proves that their rows are gone."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from odoo_sync_tui.core.entity import Entity, InactiveReason
from odoo_sync_tui.core.progress import Phase
from odoo_sync_tui.core.result import Counts
from odoo_sync_tui.odoo.calls.missing import MissingRows
from odoo_sync_tui.pipeline.entity.context import Context, EntityReport, RetirementLimit
from odoo_sync_tui.pipeline.entity.writes import LeasedWrites
from odoo_sync_tui.store.documents.document_store import chunks

WRITE_BATCH_SIZE = 1000
MAX_KEPT_IDS = 1_000_000  # 8 bytes each; more are only counted, and left to the next run
MAX_EXAMPLES = 20
"""Number of example ids in a withheld-retirement warning."""


@dataclass(slots=True)
class MissingDocuments:
    """Active documents whose rows are not in the census, collected block by block."""

    count: int = 0
    ids: array[int] = field(default_factory=lambda: array("q"))

    def add(self, ids: Sequence[int]) -> None:
        """Add the ids of a block."""
        self.count += len(ids)
        self.ids.extend(ids[: MAX_KEPT_IDS - len(self.ids)])

    @property
    def surplus(self) -> int:
        """How many documents there are beyond the kept ids."""
        return self.count - len(self.ids)


@dataclass(frozen=True, slots=True)
class Census:
    """Facts about the census by which the retirement is decided.

    Attributes:
        rows: how many ids the census held.
        odoo_count: Odoo's own count; the smaller of two, before and after the census, when a retirement is decided.
        has_same_access: whether user, companies and database are those of the census before.
    """

    rows: int
    odoo_count: int
    has_same_access: bool


class Retirement:
    """Retirement of the documents of one entity. Made for one use, after the census.

    Args:
        entity: the entity.
        context: the objects of the run.
        writes: retires documents.
        report: takes counts and warnings.
        missing: the active documents without a row in the census.
        census: evidence of the census.
    """

    def __init__(
        self,
        entity: Entity,
        context: Context,
        writes: LeasedWrites,
        report: EntityReport,
        missing: MissingDocuments,
        census: Census,
    ) -> None:
        self._entity = entity
        self._context = context
        self._writes = writes
        self._report = report
        self._missing = missing
        self._census = census
        self._confirmed_count = context.scope.confirm_retire.get(entity.name)

    def run(self) -> int:
        """Retire missing documents; return how many are left: withheld, hidden, or too many for one run.

        Raises:
            OdooError, StoreError, LeaseLost, RunCancelled: documents retired before stay retired, and are counted.
        """
        if not self._missing.count:
            return 0
        self._report.set_phase(Phase.RETIRE)
        reason = self._reason_withheld()
        if reason:
            self._warn_of_withheld(reason)
            return self._missing.count
        rows = self._context.connector.classify_missing(self._entity, self._missing.ids)
        self._retire(InactiveReason.DELETED, rows.deleted)
        self._retire(InactiveReason.ELSEWHERE, rows.elsewhere)
        withheld = self._retire_hidden(rows.hidden)
        surplus = self._missing.surplus
        if surplus:
            self._report.warn(
                "retirement_unfinished",
                f"{surplus} more documents have no row in Odoo any more: "
                f"one run retires {len(self._missing.ids)} at most.",
                "Run again to go on.",
            )
        return withheld + surplus

    def _reason_withheld(self) -> str | None:
        odoo_count = min(self._census.odoo_count, self._context.connector.count(self._entity))
        census = replace(self._census, odoo_count=odoo_count)
        active = self._context.store.documents.count_active(self._entity.target)
        limit = self._context.settings.retirement_limit
        return reason_withheld(self._missing, census, active, limit, self._confirmed_count)

    def _warn_of_withheld(self, reason: str) -> None:
        examples = self._context.connector.classify_missing(self._entity, self._missing.ids[:MAX_EXAMPLES])
        self._report.warn(
            "retirement_withheld",
            f"{self._missing.count} documents have no row in Odoo any more and were not retired: {reason}. "
            f"The first of them: {describe(examples)}.",
            f"If they are really gone, run again with {self._options}.",
        )

    def _retire_hidden(self, ids: Sequence[int]) -> int:
        """Retire hidden rows if the operator has confirmed them; return how many are left."""
        if not ids or (self._confirmed_count is not None and self._confirmed_count >= self._missing.count):
            self._retire(InactiveReason.HIDDEN, ids)
            return 0
        self._report.warn(
            "hidden",
            f"{len(ids)} rows are hidden from the Odoo user now ({list_ids(ids)}); their documents were not retired.",
            f"Give the user back the right to see them, or run again with {self._options}.",
        )
        return len(ids)

    def _retire(self, reason: InactiveReason, ids: Sequence[int]) -> None:
        """Retire documents in batches; those retired before a requested stop are in the counts."""
        for batch in chunks(ids, WRITE_BATCH_SIZE):
            self._context.cancel.raise_if_requested()
            self._report.count(Counts(deactivated=self._writes.retire(batch, reason)), rows=0)

    @property
    def _options(self) -> str:
        return f"--entity {self._entity.name} --confirm-retire {self._missing.count}"


def list_ids(ids: Sequence[int]) -> str:
    """List the first of these ids: ``"4, 7 and 12 more"``."""
    more = len(ids) - MAX_EXAMPLES
    return ", ".join(map(str, ids[:MAX_EXAMPLES])) + (f" and {more} more" if more > 0 else "")


def describe(fate: MissingRows) -> str:
    """Describe what became of rows: ``"2 deleted (4, 7), 1 hidden from the Odoo user (9)"``."""
    groups = (("deleted", fate.deleted), ("still in Odoo", fate.elsewhere), ("hidden from the Odoo user", fate.hidden))
    return ", ".join(f"{len(ids)} {words} ({', '.join(map(str, ids))})" for words, ids in groups if ids)


def reason_withheld(
    missing: MissingDocuments, census: Census, active: int, limit: RetirementLimit, confirmed_count: int | None
) -> str | None:
    """Return the reason why nothing may be retired; ``None`` when all of ``missing`` may be.

    ``confirmed_count`` is the number that the operator has confirmed. It does not make up for an incomplete census.
    """
    if census.rows < census.odoo_count:
        return f"the census held {census.rows} rows, yet Odoo counts {census.odoo_count}"
    if confirmed_count is not None and missing.count <= confirmed_count:
        return None
    if census.rows == 0:
        return "Odoo answered with no rows at all"
    if not census.has_same_access:
        return "the Odoo user, its companies, the database or the domain are not those of the last run"
    allowed = limit.max_documents(active)
    if missing.count > allowed:
        return f"that is more than the {allowed} of {active} that one run may retire"
    return None
