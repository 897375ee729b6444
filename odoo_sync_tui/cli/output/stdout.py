"""Output on stdout: data for people (tables) and for programs (JSON)."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager

from odoo_sync_tui.core.errors import ConfigurationError


class StdoutClosed(Exception):
    """The reader of stdout has gone (``| head``, a lost connection): no further output is possible."""


@contextmanager
def raise_if_not_writable() -> Generator[None]:
    """Raise an error of the operator's for a write to stdout that fails, and silence all later output.

    Raises:
        StdoutClosed: stdout has no reader any more.
        ConfigurationError: stdout cannot be written to, as on a full disk.
    """
    try:
        yield
    except OSError as error:
        _silence_stdout()
        if error.errno in {errno.EPIPE, errno.EIO}:  # EIO: the terminal hung up
            raise StdoutClosed from error
        raise ConfigurationError(
            f"The output could not be written: {error.strerror}.", "Make room where it goes, or send it elsewhere."
        ) from error


def emit(text: str) -> None:
    """Print data and flush.

    Raises:
        StdoutClosed: stdout has no reader any more.
        ConfigurationError: stdout cannot be written to, as on a full disk.
    """
    with raise_if_not_writable():
        print(text, flush=True)


def _silence_stdout() -> None:
    """Redirect stdout to the null device, so that the interpreter's own last flush does not fail."""
    null_device = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null_device, sys.stdout.fileno())
    os.close(null_device)


def to_json_line(value: object) -> str:
    """Serialize a value to one line of JSON, in ASCII: text from outside cannot act on a terminal."""
    import json

    from odoo_sync_tui.core.text.jsonable import to_jsonable

    return json.dumps(to_jsonable(value))


def format_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, text_columns: int = 1) -> str:
    """Format columns as wide as their content; the first ``text_columns`` are text, the others numbers."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < text_columns else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (header, *rows)
    )
