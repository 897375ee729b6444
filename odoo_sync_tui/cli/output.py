"""What goes to stdout: data for people (tables) and for programs (JSON)."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager


class StdoutClosed(Exception):
    """Whoever read our output went away (``| head``, a lost connection): there is nobody left to tell."""


@contextmanager
def stdout_may_close() -> Generator[None]:
    """While inside, a write to stdout that nobody reads raises :class:`StdoutClosed`, and nothing else follows."""
    try:
        yield
    except OSError as error:
        if error.errno not in {errno.EPIPE, errno.EIO}:  # EIO: the terminal hung up
            raise
        _silence()
        raise StdoutClosed from error


def emit(text: str) -> None:
    """Print one piece of data, at once.

    Raises:
        StdoutClosed: nobody reads any more.
    """
    with stdout_may_close():
        print(text, flush=True)


def _silence() -> None:
    """Point stdout to nowhere, so that the interpreter's own last flush has nothing to complain of."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def json_line(value: object) -> str:
    """The value as one line of JSON, in ASCII: text from outside cannot act on a terminal."""
    import json

    from odoo_sync_tui.core.plain import plain

    return json.dumps(plain(value))


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> str:
    """Columns as wide as their content; the first ``left`` of them text, the others figures."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (header, *rows)
    )
