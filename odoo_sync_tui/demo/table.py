"""The records of one model as they are now: what the generator computes, with the edits laid over it.

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
"""Stands in the array of timestamps for a record without a write_date."""

NEWEST: Final = 4096
"""How many of the newest records are kept in order, so that asking for the newest few does not sort them all."""


class Table:
    """The records of `model`; ids rise from 1, those that `source` makes first, created ones after."""

    def __init__(self, model: Model, source: Source) -> None:
        self.model = model
        self.source = source
        self.edits: dict[int, dict[str, Value]] = {}
        self.deleted: set[int] = set()
        self.last_id = source.size
        self.counts: dict[str, int] = {}
        self._stamps: array[int] | None = None
        self._newest: list[tuple[int, int]] | None = None

    @property
    def touched(self) -> set[int]:
        """Ids that differ from what the source makes: edited, created or deleted."""
        return self.edits.keys() | self.deleted

    def exists(self, number: int) -> bool:
        """Whether there is a record of this id, archived or not."""
        return 1 <= number <= self.last_id and number not in self.deleted

    def ids(self, low: int, high: int, *, descending: bool = False) -> Iterator[int]:
        """Existing ids from `low` to `high`, both included, in order."""
        span = range(max(low, 1), min(high, self.last_id) + 1)
        walk: Iterable[int] = reversed(span) if descending else span
        deleted = self.deleted
        return (number for number in walk if number not in deleted) if deleted else iter(walk)

    def base(self, name: str) -> Callable[[int], Value]:
        """Reads field `name` as the source makes it, edits of this record aside."""
        source = self.source
        if name == "id":
            return lambda number: number
        if name == "write_date":
            return source.written
        found = source.plain.get(name) or source.computed.get(name)
        if found:
            return found
        column, salt = source.hashed[name], source.salt
        return lambda number: column(number, mix(number, salt))

    def getter(self, name: str) -> Callable[[int], Value]:
        """Reads field `name` as it is now."""
        base, edits = self.base(name), self.edits
        if not edits:
            return base

        def read(number: int) -> Value:
            edit = edits.get(number)
            return edit[name] if edit is not None and name in edit else base(number)

        return read

    def stamps(self) -> array[int]:
        """The write_date of every id from 0 (unused) to `last_id`, in microseconds, NEVER where there is none."""
        if self._stamps is None:
            written = self.source.written
            self._stamps = array("q", [NEVER])
            self._stamps.extend(map(written, range(1, self.source.size + 1)))
            for number in sorted(self.edits):
                self.stamp(number, self.edits[number].get("write_date", written(number)))
        return self._stamps

    def stamp(self, number: int, written: Value) -> None:
        """Note in the array, if there is one, that `number` was written at `written`."""
        if self._stamps is None:
            return
        while len(self._stamps) <= number:
            self._stamps.append(NEVER)
        self._stamps[number] = NEVER if written is False else int(str(written))

    def written_between(self, start: int, end: int, low: int, high: int, *, descending: bool) -> Iterator[int]:
        """Existing ids from `low` to `high` whose write_date lies in `[start, end)`, in order, found as asked for."""
        stamps, deleted = self.stamps(), self.deleted
        span = range(max(low, 1), min(high, self.last_id) + 1)
        for number in reversed(span) if descending else span:
            if start <= stamps[number] < end and number not in deleted:
                yield number

    def newest(self) -> list[tuple[int, int]]:
        """The newest records by (write_date, id), newest first: at least those of the last NEWEST unedited ones.

        A record without a write_date counts as the newest of all, as PostgreSQL's descending order has it.
        """
        if self._newest is None:
            written = self.source.written
            made = ((written(number), number) for number in range(1, self.source.size + 1))
            self._newest = heapq.nlargest(NEWEST, made)
        touched = self.touched
        oldest = self._newest[-1] if len(self._newest) == NEWEST else (NEVER, 0)
        kept = [pair for pair in self._newest if pair[1] not in touched]
        for number, edit in self.edits.items():
            stamp = edit.get("write_date", 0)
            kept.append((-NEVER if stamp is False else int(str(stamp)), number))
        return sorted((pair for pair in kept if pair >= oldest), reverse=True)
