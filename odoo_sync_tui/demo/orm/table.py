"""The present records of one model: generated values, overlaid with edits.

Only edits are kept, and on the first search by `write_date` one array of timestamps: 8 bytes a record.
"""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from odoo_sync_tui.demo.data.mix import hash_id
from odoo_sync_tui.demo.data.world import RecordSource
from odoo_sync_tui.demo.orm.fields import Model
from odoo_sync_tui.demo.values import Value

NO_WRITE_DATE: Final = -(1 << 62)
"""Timestamp of a record without a write_date."""

MAX_NEWEST: Final = 4096
"""Number of newest records kept in order, so that a search for the newest few does not sort them all."""


class Table:
    """The records of `model`; ids rise from 1, generated records first, created ones after."""

    def __init__(self, model: Model, source: RecordSource) -> None:
        self.model = model
        self.source = source
        self.edits: dict[int, dict[str, Value]] = {}
        self.deleted: set[int] = set()
        self.last_id = source.size
        self.cached_counts: dict[str, int] = {}
        self._write_dates: array[int] | None = None
        self._newest: list[tuple[int, int]] | None = None

    @property
    def changed_ids(self) -> set[int]:
        """The ids of edited, created and deleted records."""
        return self.edits.keys() | self.deleted

    def exists(self, record_id: int) -> bool:
        """Whether the record exists, archived or not."""
        return 1 <= record_id <= self.last_id and record_id not in self.deleted

    def ids(self, low: int, high: int, *, descending: bool = False) -> Iterator[int]:
        """Iterate over existing ids from `low` to `high`, both included, in order."""
        span = range(max(low, 1), min(high, self.last_id) + 1)
        ids: Iterable[int] = reversed(span) if descending else span
        deleted = self.deleted
        return (number for number in ids if number not in deleted) if deleted else iter(ids)

    def base_getter(self, name: str) -> Callable[[int], Value]:
        """Return a getter of the generated value of field `name`, without the record's edits."""
        source = self.source
        if name == "id":
            return lambda number: number
        if name == "write_date":
            return source.write_date
        column_getter = source.id_columns.get(name) or source.computed_columns.get(name)
        if column_getter:
            return column_getter
        column, salt = source.hashed_columns[name], source.salt
        return lambda number: column(number, hash_id(number, salt))

    def getter(self, name: str) -> Callable[[int], Value]:
        """Return a getter of the present value of field `name`."""
        base, edits = self.base_getter(name), self.edits
        if not edits:
            return base

        def read(number: int) -> Value:
            edit = edits.get(number)
            return edit[name] if edit is not None and name in edit else base(number)

        return read

    def write_dates(self) -> array[int]:
        """Return the write_date of every id from 0 (unused) to `last_id`, in microseconds, NEVER if there is none."""
        if self._write_dates is None:
            written = self.source.write_date
            self._write_dates = array("q", [NO_WRITE_DATE])
            self._write_dates.extend(map(written, range(1, self.source.size + 1)))
            for number in sorted(self.edits):
                self.set_write_date(number, self.edits[number].get("write_date", written(number)))
        return self._write_dates

    def set_write_date(self, number: int, written: Value) -> None:
        """Set the write_date of `number` in the array, if there is one."""
        if self._write_dates is None:
            return
        while len(self._write_dates) <= number:
            self._write_dates.append(NO_WRITE_DATE)
        self._write_dates[number] = NO_WRITE_DATE if written is False else int(str(written))

    def ids_written_between(self, start: int, end: int, low: int, high: int, *, descending: bool) -> Iterator[int]:
        """Iterate lazily over existing ids from `low` to `high` with a write_date in `[start, end)`, in order."""
        stamps, deleted = self.write_dates(), self.deleted
        span = range(max(low, 1), min(high, self.last_id) + 1)
        for number in reversed(span) if descending else span:
            if start <= stamps[number] < end and number not in deleted:
                yield number

    def newest(self) -> list[tuple[int, int]]:
        """Return pairs (write_date, id), newest first: at least those of the last NEWEST unedited records.

        A record without a write_date counts as the newest of all, as in PostgreSQL's descending order.
        """
        if self._newest is None:
            written = self.source.write_date
            generated = ((written(number), number) for number in range(1, self.source.size + 1))
            self._newest = heapq.nlargest(MAX_NEWEST, generated)
        touched = self.changed_ids
        oldest = self._newest[-1] if len(self._newest) == MAX_NEWEST else (NO_WRITE_DATE, 0)
        kept = [pair for pair in self._newest if pair[1] not in touched]
        for number, edit in self.edits.items():
            stamp = edit.get("write_date", 0)
            kept.append((-NO_WRITE_DATE if stamp is False else int(str(stamp)), number))
        return sorted((pair for pair in kept if pair >= oldest), reverse=True)
