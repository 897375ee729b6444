"""The differences of a dry run in a file, so that those of a million documents take no memory."""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from io import BytesIO
from itertools import chain, islice
from math import inf
from pathlib import Path
from types import TracebackType
from typing import IO

from odoo_sync_tui.core.entity import InactiveReason
from odoo_sync_tui.core.reports.differences import Difference, DifferenceKind, ValueChange
from odoo_sync_tui.core.text.jsonable import to_jsonable
from odoo_sync_tui.runtime.files import FileError, private_directory, translate_os_errors
from odoo_sync_tui.runtime.paths import log_file

INDEX_STEP = 50
"""One difference in so many has its place in the file noted."""

MAX_TEXT_LENGTH = 10_000
"""Characters of a text that are kept."""

MAX_COUNTED_FIELDS = 10_000
"""Fields of an entity that are counted: documents of another program may have names without end."""

HINT = "Make room or give rights there, then run again; or run with --differences 0, which needs no file."


@dataclass(slots=True)
class DifferenceSummary:
    """What would become of the documents of one entity.

    Attributes:
        changes: number of documents by what would become of them.
        reasons: number of documents to retire by the reason.
        fields: number of documents to update by field that would change.
    """

    changes: Counter[DifferenceKind] = field(default_factory=Counter[DifferenceKind])
    reasons: Counter[InactiveReason] = field(default_factory=Counter[InactiveReason])
    fields: Counter[str] = field(default_factory=Counter[str])

    def count(self, difference: Difference) -> None:
        """Count one more difference."""
        self.changes[difference.change] += 1
        if difference.reason:
            self.reasons[difference.reason] += 1
        if difference.change is DifferenceKind.UPDATED:
            full = len(self.fields) >= MAX_COUNTED_FIELDS
            self.fields.update(name for name in difference.fields if not full or name in self.fields)


class DifferenceLog:
    """The differences of one dry run. A context manager; :meth:`add` is its listener.

    The file has no name, so that nothing is left of it however this process ends, and nobody else can open it. Texts
    in it are redacted.

    Args:
        limit: how many documents of each entity are kept; infinity: all; 0: none, and no file is made.
        directory: where the file is made; by default the state directory of this user.

    Attributes:
        summaries: what would change, by entity, in the order of the run.
        kept: how many differences are in the file.

    Raises:
        FileError: there is no place for the file.
    """

    def __init__(self, limit: float = inf, directory: Path | None = None) -> None:
        self.limit = limit
        self.summaries: dict[str, DifferenceSummary] = {}
        self._directory = directory or log_file().parent
        self._kept: dict[str, dict[DifferenceKind, list[int]]] = {}
        self._starts: dict[str, int] = {}
        self._index = array("q")
        self._end = 0
        self.kept = 0
        self._file: IO[bytes] = BytesIO()
        if limit:
            import tempfile  # the dashboard starts without it

            with self._translate_errors():
                self._file = tempfile.TemporaryFile(dir=private_directory(self._directory))  # noqa: SIM115

    def add(self, difference: Difference) -> None:
        """Add one difference, of the same entity as the one before or of one that was not there yet.

        Raises:
            FileError: the file cannot be written, as on a full disk.
        """
        entity = difference.entity
        self._starts.setdefault(entity, self._end)
        summary = self.summaries.setdefault(entity, DifferenceSummary())
        if summary.changes[difference.change] < self.limit:
            if self.limit < inf:
                offsets = self._kept.setdefault(entity, {kind: [] for kind in DifferenceKind})
                offsets[difference.change].append(self._end)
            line = f"{json.dumps(to_jsonable(difference, MAX_TEXT_LENGTH))}\n".encode()
            self._write(line)
        summary.count(difference)

    @property
    def count(self) -> int:
        """How many documents would change."""
        return sum(summary.changes.total() for summary in self.summaries.values())

    def lines(self, entity: str) -> Iterator[str]:
        """Yield the kept differences of an entity, each as one line of JSON in ASCII.

        They are in the order of the run where all are kept, else as many as the limit says, updated documents first.

        Raises:
            FileError: the file cannot be read.
        """
        if self.limit < inf:
            offsets = chain.from_iterable(self._kept.get(entity, {}).values())
            for offset in islice(offsets, int(self.limit)):
                self._seek(offset)
                yield self._read_line()
        else:
            self._seek(self._starts[entity])
            for _ in range(self.summaries[entity].changes.total()):
                yield self._read_line()

    def page(self, first: int, count: int) -> list[Difference]:
        """Read differences of the file in the order of the run, from the ``first`` of them, counted from 0.

        Raises:
            FileError: the file cannot be read.
        """
        last = min(first + count, self.kept)
        if first >= last:
            return []
        start, skipped = divmod(first, INDEX_STEP)
        self._seek(self._index[start])
        lines = [self._read_line() for _ in range(skipped + last - first)]
        return list(map(parse_difference, lines[skipped:]))

    def close(self) -> None:
        """Remove the file; the sums are left."""
        with suppress(OSError):  # the rest in the buffer finds no room
            self._file.close()
        self.limit, self.kept, self._file, self._kept = 0, 0, BytesIO(), {}

    def _write(self, line: bytes) -> None:
        """Write a line; where that fails the counts alone are left."""
        try:
            with self._translate_errors():
                if self.kept % INDEX_STEP == 0:
                    self._index.append(self._end)
                self._end += self._file.write(line)
                self.kept += 1
        except FileError:
            self.close()
            raise

    def _seek(self, offset: int) -> None:
        with self._translate_errors():
            self._file.seek(offset)

    def _read_line(self) -> str:
        with self._translate_errors():
            return self._file.readline().decode().rstrip("\n")

    def _translate_errors(self) -> AbstractContextManager[None]:
        return translate_os_errors(FileError, f"Differences could not be kept in {self._directory}", HINT)

    def __enter__(self) -> DifferenceLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def parse_difference(line: str) -> Difference:
    """Parse a line of the log; its values are those of JSON."""
    stored = json.loads(line)
    changes: Mapping[str, Mapping[str, object]] = stored["fields"]
    return Difference(
        stored["entity"],
        stored["odoo_id"],
        DifferenceKind(stored["change"]),
        InactiveReason(stored["reason"]) if stored["reason"] else None,
        {name: ValueChange(**values) for name, values in changes.items()},
    )
