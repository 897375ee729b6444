"""Decide which documents without a row in the census may be retired, and limit their number."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

from odoo_sync_tui.odoo.fate import Fate

LIMIT_OF_KEPT_IDS = 1_000_000  # 8 bytes each; more are only counted, and left to the next run
EXAMPLES = 20
"""Number of example ids in a withheld-retirement warning."""


@dataclass(frozen=True, slots=True)
class Guard:
    """Limit of the documents that one run may retire: ``max(minimum, percent % of the active ones)``."""

    minimum: int
    percent: float

    def allowed(self, active: int) -> int:
        """Compute how many documents may be retired at most of ``active`` ones."""
        return max(self.minimum, int(active * self.percent / 100))


@dataclass(slots=True)
class Gone:
    """Active documents whose rows are not in the census, collected block by block."""

    count: int = 0
    ids: array[int] = field(default_factory=lambda: array("q"))

    def add(self, ids: Sequence[int]) -> None:
        """Add the ids of a block."""
        self.count += len(ids)
        self.ids.extend(ids[: LIMIT_OF_KEPT_IDS - len(self.ids)])

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
    counted: int
    same_access: bool


def told(fate: Fate) -> str:
    """Describe what became of rows: ``"2 deleted (4, 7), 1 hidden from the Odoo user (9)"``."""
    groups = (("deleted", fate.deleted), ("still in Odoo", fate.elsewhere), ("hidden from the Odoo user", fate.hidden))
    return ", ".join(f"{len(ids)} {words} ({', '.join(map(str, ids))})" for words, ids in groups if ids)


def why_withheld(gone: Gone, census: Census, active: int, guard: Guard, confirmed: int | None) -> str | None:
    """Return the reason why nothing may be retired; ``None`` when all of ``missing`` may be.

    ``confirmed_count`` is the number that the operator has confirmed. It does not make up for an incomplete census.
    """
    if census.rows < census.counted:
        return f"the census held {census.rows} rows, yet Odoo counts {census.counted}"
    if confirmed is not None and gone.count <= confirmed:
        return None
    if census.rows == 0:
        return "Odoo answered with no rows at all"
    if not census.same_access:
        return "the Odoo user, its companies or the database are not those of the last run"
    allowed = guard.allowed(active)
    if gone.count > allowed:
        return f"that is more than the {allowed} of {active} that one run may retire"
    return None
