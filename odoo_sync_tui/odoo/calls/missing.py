"""Classification of rows missing from the census: deleted, hidden from the Odoo user, or moved elsewhere.

Reading them by id distinguishes the cases: Odoo leaves deleted records out (since version 14, as long as a field
besides ``id`` is asked for), one id that a record rule hides makes the whole call an access error, and answered
records exist. The rest is halving.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from odoo_sync_tui.core.errors import OdooAccessError, OdooContractError
from odoo_sync_tui.odoo.calls.halving import ROW_ERRORS, read_in_halves

MAX_IDS_PER_READ_CALL = 1000
MAX_HIDDEN_SEPARATED = 50
"""Number of hidden records after which failing chunks are no longer halved: a record rule was narrowed."""
ReadIds = Callable[[Sequence[int]], Sequence[int]]
"""Read records by id and return the ids that Odoo answered."""
Ping = Callable[[], object]
"""Make a minimal call; raise when the server does not answer at all, so that no record is to blame."""


@dataclass(frozen=True, slots=True)
class MissingRows:
    """Ids of missing rows, by the reason of their absence.

    Attributes:
        deleted: no such record exists.
        elsewhere: the record exists, but does not belong to the entity any more (a company became a person).
        hidden: the Odoo user may not read the record, so its existence is unknown.
    """

    deleted: tuple[int, ...] = ()
    elsewhere: tuple[int, ...] = ()
    hidden: tuple[int, ...] = ()


def classify_missing_rows(ids: Sequence[int], read: ReadIds, ping: Ping) -> MissingRows:
    """Classify missing records by reading them by id.

    Raises:
        OdooError: the server cannot be reached, or no longer answers at all.
    """
    deleted: list[int] = []
    elsewhere: list[int] = []
    hidden: list[int] = []

    def classify(chunk: Sequence[int]) -> None:
        answered = set(read(chunk))
        elsewhere.extend(each for each in chunk if each in answered)
        deleted.extend(each for each in chunk if each not in answered)

    read_in_halves(
        ids,
        MAX_IDS_PER_READ_CALL,
        classify,
        lambda chunk, _: hidden.extend(chunk),
        ping,
        row_errors=(*ROW_ERRORS, OdooAccessError, OdooContractError),
        max_failures=MAX_HIDDEN_SEPARATED,
    )
    return MissingRows(tuple(sorted(deleted)), tuple(sorted(elsewhere)), tuple(sorted(hidden)))
