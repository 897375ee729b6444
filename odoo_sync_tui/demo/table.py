"""The present records of one model: generated values, overlaid with edits.

Only edits are kept, and on the first search by `write_date` one array of timestamps: 8 bytes a record.
"""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from odoo_sync_tui.demo.data.mix import mix
from odoo_sync_tui.demo.data.world import Source
from odoo_sync_tui.demo.schema.fields import Model
from odoo_sync_tui.demo.values import Value

NEVER: Final = -(1 << 62)
"""Timestamp of a record without a write_date."""

NEWEST: Final = 4096
"""Number of newest records kept in order, so that a search for the newest few does not sort them all."""


class Table:
    """The records of `model`; ids rise from 1, generated records first, created ones after."""

    def __init__(self, model: Model, source: Source) -> None:
        self.model = model
        self.source = source
        self.edits: dict[int, dict[str, Value]] = {}
        self.deleted: set[int] = set()
        self.last_id = source.size
        self.counts: dict[str, int] = {}
        self._write_dates: array[int] | None = None
        self._newest: list[tuple[int, int]] | None = None

    @property
    def touched(self) -> set[int]:
        """The ids of edited, created and deleted records."""
        return self.edits.keys() | self.deleted

    def exists(self, number: int) -> bool:
        """Whether the record exists, archived or not."""
        return 1 <= number <= self.last_id and number not in self.deleted

    def ids(self, low: int, high: int, *, descending: bool = False) -> Iterator[int]:
        """Iterate over existing ids from `low` to `high`, both included, in order."""
        span = range(max(low, 1), min(high, self.last_id) + 1)
        ids: Iterable[int] = reversed(span) if descending else span
        deleted = self.deleted
        return (number for number in ids if number not in deleted) if deleted else iter(ids)

    def base(self, name: str) -> Callable[[int], Value]:
        """Return a getter of the generated value of field `name`, without the record's edits."""
        source = self.source
        if name == "id":
            return lambda number: number
        if name == "write_date":
            return source.written
        column_getter = source.plain.get(name) or source.computed.get(name)
        if column_getter:
            return column_getter
        column, salt = source.hashed[name], source.salt
        return lambda number: column(number, mix(number, salt))

    def getter(self, name: str) -> Callable[[int], Value]:
        """Return a getter of the present value of field `name`."""
        base, edits = self.base(name), self.edits
        if not edits:
            return base

        def read(number: int) -> Value:
            edit = edits.get(number)
            return edit[name] if edit is not None and name in edit else base(number)

        return read

    def stamps(self) -> array[int]:
        """Return the write_date of every id from 0 (unused) to `last_id`, in microseconds, NEVER if there is none."""
        if self._write_dates is None:
            written = self.source.written
            self._write_dates = array("q", [NEVER])
            self._write_dates.extend(map(written, range(1, self.source.size + 1)))
            for number in sorted(self.edits):
                self.stamp(number, self.edits[number].get("write_date", written(number)))
        return self._write_dates

    def stamp(self, number: int, written: Value) -> None:
        """Set the write_date of `number` in the array, if there is one."""
        if self._write_dates is None:
            return
        while len(self._write_dates) <= number:
            self._write_dates.append(NEVER)
        self._write_dates[number] = NEVER if written is False else int(str(written))

    def written_between(self, start: int, end: int, low: int, high: int, *, descending: bool) -> Iterator[int]:
        """Iterate lazily over existing ids from `low` to `high` with a write_date in `[start, end)`, in order."""
        stamps, deleted = self.stamps(), self.deleted
        span = range(max(low, 1), min(high, self.last_id) + 1)
        for number in reversed(span) if descending else span:
            if start <= stamps[number] < end and number not in deleted:
                yield number

    def newest(self) -> list[tuple[int, int]]:
        """Return pairs (write_date, id), newest first: at least those of the last NEWEST unedited records.

        A record without a write_date counts as the newest of all, as in PostgreSQL's descending order.
        """
        if self._newest is None:
            written = self.source.written
            generated = ((written(number), number) for number in range(1, self.source.size + 1))
            self._newest = heapq.nlargest(NEWEST, generated)
        touched = self.touched
        oldest = self._newest[-1] if len(self._newest) == NEWEST else (NEVER, 0)
        kept = [pair for pair in self._newest if pair[1] not in touched]
        for number, edit in self.edits.items():
            stamp = edit.get("write_date", 0)
            kept.append((-NEVER if stamp is False else int(str(stamp)), number))
        return sorted((pair for pair in kept if pair >= oldest), reverse=True)
