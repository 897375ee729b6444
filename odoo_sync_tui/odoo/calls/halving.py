"""Reading of ids in chunks that are halved while they fail, until what is to blame stands alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from odoo_sync_tui.core.errors import OdooError, OdooNoAnswerError, OdooPoisonRowError, OdooTooBigError

ROW_ERRORS: tuple[type[OdooError], ...] = (OdooNoAnswerError, OdooPoisonRowError, OdooTooBigError)
"""Errors of which one row of a call may be the cause, whatever is read."""

Ids = Sequence[int]


def read_in_halves(
    ids: Ids,
    size: int,
    read: Callable[[Ids], object],
    fail: Callable[[Ids, OdooError], object],
    ping: Callable[[], object],
    *,
    row_errors: tuple[type[OdooError], ...] = ROW_ERRORS,
    max_failures: int | None = None,
) -> int | None:
    """Read all ids in their order, in chunks of ``size`` and less.

    A chunk that gets no answer at all is only halved once the server answers something else, and one id alone is then
    read a second time: a server that falls silent blames no row.

    Args:
        ids: what to read.
        size: the size of the first chunks.
        read: read a chunk.
        fail: called for what fails alone, with the error; may raise to end the reading.
        ping: make a minimal call; raises when the server does not answer at all.
        row_errors: errors of ``read`` that one row may cause. Others are raised.
        max_failures: after so many failures, failing chunks fail as a whole.

    Returns:
        The largest number of ids that one call could read, if another was too big.
    """
    open_chunks = [ids[start : start + size] for start in range(0, len(ids), size)][::-1]
    suspects: set[int] = set()
    failures = largest = 0
    was_too_big = False
    while open_chunks:
        chunk = open_chunks.pop()
        try:
            read(chunk)
        except row_errors as error:
            if isinstance(error, OdooNoAnswerError):
                ping()
                if len(chunk) == 1 and chunk[0] not in suspects:
                    suspects.add(chunk[0])
                    open_chunks.append(chunk)
                    continue
            was_too_big |= isinstance(error, (OdooNoAnswerError, OdooTooBigError))
            middle = len(chunk) // 2
            if middle and (max_failures is None or failures < max_failures):
                open_chunks += [chunk[middle:], chunk[:middle]]
                continue
            failures += len(chunk)
            fail(chunk, error)
        else:
            largest = max(largest, len(chunk))
    return largest if was_too_big and largest else None
