"""Which documents may be retired because the census no longer holds their rows, and the guard before it."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

from odoo_sync_tui.odoo.fate import Fate

LIMIT_OF_KEPT_IDS = 1_000_000  # 8 bytes each; more is only counted, and left to the next run
EXAMPLES = 20
"""Of so many documents that are withheld an operator is told what became of their rows."""


@dataclass(frozen=True, slots=True)
class Guard:
    """How many documents one run may retire: ``max(minimum, percent % of the active ones)``."""

    minimum: int
    percent: float

    def allowed(self, active: int) -> int:
        """The most that may go where ``active`` documents are active."""
        return max(self.minimum, int(active * self.percent / 100))


@dataclass(slots=True)
class Gone:
    """Active documents whose rows the census does not hold, gathered block by block."""

    count: int = 0
    ids: array[int] = field(default_factory=lambda: array("q"))

    def add(self, ids: Sequence[int]) -> None:
        """Add those of a block."""
        self.count += len(ids)
        self.ids.extend(ids[: LIMIT_OF_KEPT_IDS - len(self.ids)])

    @property
    def surplus(self) -> int:
        """How many there are beyond those whose ids are kept."""
        return self.count - len(self.ids)


@dataclass(frozen=True, slots=True)
class Census:
    """What is known of the census that the retirement rests on.

    Attributes:
        rows: how many ids it held.
        counted: how many rows Odoo counted when asked apart, before and after; the smaller.
        same_access: whether user, companies and database are those of the census before.
    """

    rows: int
    counted: int
    same_access: bool


def told(fate: Fate) -> str:
    """What became of rows, in words: ``"2 deleted (4, 7), 1 hidden from the Odoo user (9)"``."""
    groups = (("deleted", fate.deleted), ("still in Odoo", fate.elsewhere), ("hidden from the Odoo user", fate.hidden))
    return ", ".join(f"{len(ids)} {words} ({', '.join(map(str, ids))})" for words, ids in groups if ids)


def why_withheld(gone: Gone, census: Census, active: int, guard: Guard, confirmed: int | None) -> str | None:
    """The reason for which nothing may be retired, in words; ``None`` when all of ``gone`` may go.

    ``confirmed`` is the operator's word that up to so many may go. It does not heal an incomplete census.
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
