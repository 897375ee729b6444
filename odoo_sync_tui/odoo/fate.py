"""What became of rows that the census no longer holds: deleted, hidden from the Odoo user, or moved elsewhere.

Odoo tells them apart when they are read by their ids: what was deleted is left out (since version 14, as long as a
field besides ``id`` is asked for), one id that a record rule hides makes the whole call an access error, and what is
answered exists. The rest is halving.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from odoo_sync_tui.core.errors import (
    OdooAccessError,
    OdooContractError,
    OdooError,
    OdooNoAnswerError,
    OdooPoisonRowError,
    OdooTooBigError,
)

IDS_PER_CALL = 1000
HIDDEN_ENOUGH = 50
"""After so many hidden records the rest of what fails is not taken apart any more: a rule was narrowed."""
DOUBTFUL = (OdooAccessError, OdooContractError, OdooNoAnswerError, OdooPoisonRowError, OdooTooBigError)
"""Errors that one row of a call may cause. What cannot be read alone either is not known to be deleted."""

Read = Callable[[Sequence[int]], Sequence[int]]
"""Reads records by their ids and returns the ids that were answered."""
Look = Callable[[], object]
"""Asks the server something small; raises when it is silent altogether, so that no record is to blame."""


@dataclass(frozen=True, slots=True)
class Fate:
    """Ids by what became of them.

    Attributes:
        deleted: no such record exists.
        elsewhere: the record exists, but does not belong to the entity any more (a company became a person).
        hidden: the record exists or not; the Odoo user may not read it.
    """

    deleted: tuple[int, ...] = ()
    elsewhere: tuple[int, ...] = ()
    hidden: tuple[int, ...] = ()


def fate_of(ids: Sequence[int], read: Read, look: Look) -> Fate:
    """Find out what became of these records.

    Raises:
        OdooError: the server cannot be asked, or does not answer at all any more.
    """
    deleted: list[int] = []
    elsewhere: list[int] = []
    hidden: list[int] = []
    open_chunks = [ids[start : start + IDS_PER_CALL] for start in range(0, len(ids), IDS_PER_CALL)]
    while open_chunks:
        chunk = open_chunks.pop()
        try:
            answered = set(read(chunk))
        except DOUBTFUL as error:
            _blame_the_records(error, look)
            if len(chunk) == 1 or len(hidden) >= HIDDEN_ENOUGH:
                hidden += chunk
            else:
                middle = len(chunk) // 2
                open_chunks += [chunk[:middle], chunk[middle:]]
            continue
        elsewhere += [each for each in chunk if each in answered]
        deleted += [each for each in chunk if each not in answered]
    return Fate(tuple(sorted(deleted)), tuple(sorted(elsewhere)), tuple(sorted(hidden)))


def _blame_the_records(error: OdooError, look: Look) -> None:
    if isinstance(error, OdooNoAnswerError):
        look()
