"""What goes to stdout: data for people (tables) and for programs (JSON)."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import cast


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
    return json.dumps(plain(value))


def plain(value: object) -> object:
    """The value as JSON knows it: dataclasses become objects, times ISO 8601 in UTC, everything unknown its text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value)
        return {str(key): plain(content) for key, content in pairs.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in cast("Sequence[object]", value)]
    return _time(value) if isinstance(value, date) else str(value)


def _time(value: date) -> str:
    if not isinstance(value, datetime):
        return value.isoformat()
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)  # what MongoDB gives without a zone is UTC
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


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
