"""Decide which documents without a row in the census may be retired, and limit their number."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

from odoo_sync_tui.odoo.rows.missing import MissingRows

MAX_KEPT_IDS = 1_000_000  # 8 bytes each; more are only counted, and left to the next run
MAX_EXAMPLES = 20
"""Number of example ids in a withheld-retirement warning."""


@dataclass(frozen=True, slots=True)
class RetirementLimit:
    """Limit of the documents that one run may retire: ``max(minimum, percent % of the active ones)``."""

    minimum: int
    percent: float

    def max_documents(self, active: int) -> int:
        """Compute how many documents may be retired at most of ``active`` ones."""
        return max(self.minimum, int(active * self.percent / 100))


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
        odoo_count: the smaller of two separate counts by Odoo, before and after the census.
        has_same_access: whether user, companies and database are those of the census before.
    """

    rows: int
    odoo_count: int
    has_same_access: bool


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
        return "the Odoo user, its companies or the database are not those of the last run"
    allowed = limit.max_documents(active)
    if missing.count > allowed:
        return f"that is more than the {allowed} of {active} that one run may retire"
    return None
