"""Output on stdout: data for people (tables) and for programs (JSON).

The only way to stdout. Text from outside is made safe here, so that no command can forget it.
"""

from __future__ import annotations

import errno
import os
import select
import sys
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.text.sanitize import sanitize

MAX_LINE_LENGTH = 5_000
MAX_CELL_LENGTH = 500
MAX_JSON_TEXT_LENGTH = 10_000


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


def emit(*lines: str) -> None:
    """Print each text on one line of its own, whatever it holds and without our secrets, and flush.

    Raises:
        StdoutClosed: stdout has no reader any more.
        ConfigurationError: stdout cannot be written to, as on a full disk.
    """
    with raise_if_not_writable():
        print(*(sanitize(line, MAX_LINE_LENGTH) for line in lines), sep="\n", flush=True)


def emit_json(value: object) -> None:
    """Print a value as one line of JSON, and flush; see :func:`to_json_line` and :func:`emit`."""
    with raise_if_not_writable():
        print(to_json_line(value), flush=True)


def emit_safe_lines(lines: Iterable[str]) -> None:
    """Print lines of JSON or CSV that are safe and without our secrets already, and flush; see :func:`emit`."""
    for line in lines:
        with raise_if_not_writable():
            print(line)
    with raise_if_not_writable():
        sys.stdout.flush()


def raise_if_reader_gone() -> None:
    """Raise an error where nobody reads stdout any more, also while there is nothing to print.

    Raises:
        StdoutClosed: stdout has no reader any more.
    """
    if not hasattr(select, "poll"):  # Windows: the next output finds it out
        return
    poll = select.poll()
    try:
        poll.register(sys.stdout.fileno(), 0)
    except (OSError, ValueError):  # no file: a test's
        return
    if any(events & (select.POLLERR | select.POLLHUP | select.POLLNVAL) for _, events in poll.poll(0)):
        _silence_stdout()
        raise StdoutClosed


def _silence_stdout() -> None:
    """Redirect stdout to the null device, so that the interpreter's own last flush does not fail."""
    null_device = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null_device, sys.stdout.fileno())
    os.close(null_device)


def to_json_line(value: object) -> str:
    """Serialize a value to one line of JSON, in ASCII: text from outside cannot act on a terminal.

    Texts are redacted, and cut to :data:`MAX_JSON_TEXT_LENGTH` characters.
    """
    import json

    from odoo_sync_tui.core.text.jsonable import to_jsonable

    return json.dumps(to_jsonable(value, MAX_JSON_TEXT_LENGTH))


def format_table(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, text_columns: int = 1, text_from: int | None = None
) -> list[str]:
    """Format columns as wide as their content, each row as a line; the first ``text_columns`` are text.

    The others are numbers, up to the column ``text_from`` if there is one. A cell has at most
    :data:`MAX_CELL_LENGTH` characters.
    """
    safe = [[sanitize(cell, MAX_CELL_LENGTH) for cell in row] for row in (header, *rows)]
    widths = [max(map(len, column)) for column in zip(*safe, strict=True)]
    first_text = len(widths) if text_from is None else text_from
    return [
        "  ".join(
            cell.rjust(width) if text_columns <= column < first_text else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in safe
    ]


def fit_to_terminal(lines: Sequence[str]) -> list[str]:
    """Cut lines that are wider than the terminal, and mark them with ">"; elsewhere than on a terminal they stay."""
    try:
        width = os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        return list(lines)
    return [line if len(line) <= width or not width else f"{line[: width - 1]}>" for line in lines]
