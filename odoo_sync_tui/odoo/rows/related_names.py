"""Cache of the names of related records, each read once.

Many2one names inside rows make Odoo's answers up to six times slower; rows travel with bare ids instead. An unreadable
name costs only itself: later pages read it again, and the rows that need it are marked as incomplete.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Container, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import partial
from itertools import islice
from typing import cast

from odoo_sync_tui.core.entity import RelatedRecord
from odoo_sync_tui.core.errors import (
    OdooAccessError,
    OdooContractError,
    OdooError,
    OdooMissingModelError,
)
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.odoo.calls.client import ModelClient
from odoo_sync_tui.odoo.calls.halving import read_in_halves
from odoo_sync_tui.odoo.calls.page_size import AdaptivePageSize, BatchRequest
from odoo_sync_tui.odoo.rows.columns import ABSENT, Absent
from odoo_sync_tui.odoo.rows.name_columns import NAMES_SUFFIX, NameColumnReader
from odoo_sync_tui.odoo.rows.values import decode_text
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.threads import POLL_SECONDS

Warn = Callable[[Notice], None]
Name = str | None | Absent
"""Cached name of a record: ``None`` if it has none, ``ABSENT`` if Odoo hides it."""

MAX_NAMES_PER_MODEL = 200_000
"""Largest number of cached names of one model, about 30 MB; the oldest are evicted and read again when needed."""
MIN_NAMES_PER_MODEL = 20_000
"""So many names of a model are cached at first: more only while some of those that are wanted are found there."""
MIN_HIT_PERCENT = 5
"""How many of the wanted names must be found for that; fewer, where rows refer to millions of records at random."""
MAX_NAMES_PER_CALL = 16_000
"""How many ids a call that reads names by columns may cover; a name is small."""
MAX_FAILURES_WITHOUT_SUCCESS = 50
"""Stop reading names of a model after this many failures without a success."""
MAX_TRIES_PER_NAME = 3
"""Number of failed tries after which a name is not read again.

Otherwise a failing record to which every page refers would slow down all pages.
"""

ANY_ID = 1
"""Id of the access check. Rights belong to the model: no record of this id has to exist."""
MODEL_ERRORS = (OdooAccessError, OdooContractError, OdooMissingModelError)
"""Errors that concern all names of a model."""


@dataclass(slots=True)
class ResolvedNames:
    """Related records by id.

    ``unread_ids`` are the records without a name because Odoo hides the record or fails to read it: a later read may
    succeed. The names of a model that the Odoo user may not read at all are not among them.
    """

    related: dict[int, RelatedRecord] = field(default_factory=dict[int, RelatedRecord])
    unread_ids: set[int] = field(default_factory=set[int])

    def mark_unread(self, ids: Collection[int]) -> None:
        """Mark the names of ``ids`` as unreadable for now."""
        self.related.update((each, RelatedRecord(each, None)) for each in ids)
        self.unread_ids.update(ids)


class _StopReason(Enum):
    """Reason to read no more names of a model."""

    FORBIDDEN = auto()
    TOO_MANY_FAILURES = auto()


@dataclass(frozen=True, slots=True, eq=False)
class _Claim:
    """Names that one thread reads: the wanted ids, and the ids whose names come with them."""

    ids: Sequence[int]
    span: Container[int]


@dataclass(slots=True)
class _ModelNames:
    """Cached names of one model."""

    name: str
    limit: AdaptivePageSize
    columns: NameColumnReader
    cached: dict[int, Name] = field(default_factory=dict[int, Name])
    capacity: int = MIN_NAMES_PER_MODEL
    wanted_count: int = 0
    read_count: int = 0
    tries: dict[int, int] = field(default_factory=dict[int, int])
    in_flight: list[_Claim] = field(default_factory=list[_Claim])
    is_read_by_rows: bool = False
    stop_reason: _StopReason | None = None

    def make_room(self, claim: _Claim) -> None:
        """Let more names be cached if that pays, else evict the oldest."""
        if isinstance(claim.span, range):  # all that are there: each page refers to many of them
            self.capacity += len(claim.span)
        found_count = self.wanted_count - self.read_count
        if self.capacity < len(self.cached) and found_count * 100 >= self.wanted_count * MIN_HIT_PERCENT:
            self.capacity *= 2
        self.capacity = min(self.capacity, MAX_NAMES_PER_MODEL)
        for each in list(islice(self.cached, max(0, len(self.cached) - self.capacity))):
            del self.cached[each]


@dataclass(slots=True)
class _NameRead:
    """Progress of reading one set of names."""

    cached: dict[int, Name] = field(default_factory=dict[int, Name])
    failed: set[int] = field(default_factory=set[int])


class RelatedNameCache:
    """Cache of display names by model and id, shared by all threads: no name is read twice, nor by two threads."""

    def __init__(self, client: ModelClient, warn: Warn, page_size: int, major_version: int) -> None:
        self._client = client
        self._major_version = major_version
        self._warn = warn
        self._page_size = page_size
        self._changed = threading.Condition()
        self._models: dict[str, _ModelNames] = {}

    def resolve(
        self, model: str, ids: Collection[int], cancel: CancelToken, *, by_columns: bool = False
    ) -> ResolvedNames:
        """Resolve all ``ids`` to their names; an unreadable name is ``None``. ``by_columns``: many may be read so.

        Raises:
            OdooTransientError: Odoo could not be reached.
            RunCancelled: a stop was requested.
        """
        found = ResolvedNames()
        state = self._state(model)
        columns = state.columns if by_columns and state.columns.is_usable and not state.is_read_by_rows else None
        with self._changed:
            state.wanted_count += len(ids)
        while open_ids := self._collect(state, ids, found):
            if claim := self._claim(state, open_ids, columns):
                self._read_claimed(state, claim, columns, found, cancel)
            else:
                self._wait(cancel)
        return found

    @property
    def forbidden_models(self) -> frozenset[str]:
        """The models whose names the Odoo user may not read, as far as they were tried."""
        with self._changed:
            return frozenset(name for name, state in self._models.items() if state.stop_reason is _StopReason.FORBIDDEN)

    def check_access(self, model: str, cancel: CancelToken) -> None:
        """Find out whether names of a model may be read at all, before the first name is needed.

        Raises:
            OdooError: Odoo could not be reached.
            RunCancelled: a stop was requested.
        """
        state = self._state(model)
        if state.stop_reason is not None:
            return
        try:
            self._read_names(state, [ANY_ID], cancel)
        except MODEL_ERRORS:
            self._stop_forbidden(state)

    def differ_by_columns(self, model: str, ids: Sequence[int], cancel: CancelToken) -> bool:
        """Whether names of these records are others where Odoo answers a whole column.

        Raises:
            OdooError: they cannot be read in one of the ways.
            RunCancelled: a stop was requested.
        """
        state = self._state(model)
        return state.columns.differs(ids, lambda sample: self._read_names(state, sample, cancel), cancel)

    def read_by_rows(self, differing: Collection[str]) -> None:
        """Read the names that are among ``differing`` by rows from now on, also those that are known already."""
        for model in (name.removesuffix(NAMES_SUFFIX) for name in differing if name.endswith(NAMES_SUFFIX)):
            state = self._state(model)
            with self._changed:
                state.is_read_by_rows = True
                state.cached.clear()

    def _state(self, model: str) -> _ModelNames:
        with self._changed:
            if (state := self._models.get(model)) is None:
                limit = AdaptivePageSize(self._page_size)
                block_size = AdaptivePageSize(MAX_NAMES_PER_CALL)
                columns = NameColumnReader(model, self._client, self._major_version, block_size)
                state = self._models[model] = _ModelNames(model, limit, columns)
            return state

    def _collect(self, state: _ModelNames, ids: Collection[int], found: ResolvedNames) -> list[int]:
        """Copy the cached names into ``found``; return the ids still without one."""
        with self._changed:
            rest = _copy_cached(state.cached, ids, found)
            exhausted = [each for each in rest if state.tries.get(each, 0) >= MAX_TRIES_PER_NAME]
            match state.stop_reason:
                case _StopReason.FORBIDDEN:
                    found.related.update((each, RelatedRecord(each, None)) for each in rest)
                case _StopReason.TOO_MANY_FAILURES:
                    found.mark_unread(rest)
                case None:
                    found.mark_unread(exhausted)
        return [each for each in rest if each not in found.related]

    def _claim(self, state: _ModelNames, ids: list[int], columns: NameColumnReader | None) -> _Claim | None:
        """Claim ids that no other thread is reading at the moment, as many as one call may read; ``None``: all are."""
        with self._changed:
            free = sorted(each for each in ids if not any(each in claim.span for claim in state.in_flight))
            if not free:
                return None
            span = columns.choose_span(free, MAX_NAMES_PER_MODEL - len(state.cached)) if columns else None
            if span:
                claim = _Claim([each for each in free if each in span], span)
            else:
                claimed = free[: columns.block_size if columns else state.limit.size]
                claim = _Claim(claimed, frozenset(claimed))
            state.in_flight.append(claim)
            state.read_count += len(claim.ids)
            return claim

    def _wait(self, cancel: CancelToken) -> None:
        cancel.raise_if_requested()
        with self._changed:
            self._changed.wait(POLL_SECONDS)

    def _read_claimed(
        self,
        state: _ModelNames,
        claim: _Claim,
        columns: NameColumnReader | None,
        found: ResolvedNames,
        cancel: CancelToken,
    ) -> None:
        """Read names into the cache, and mark failures in ``found``, so that this resolve does not repeat them."""
        progress = _NameRead()
        try:
            if columns:
                span = claim.span if isinstance(claim.span, range) else None
                read_names = partial(self._read_names, state, cancel=cancel)
                progress.cached.update(_decode_names(columns.read(claim.ids, span, read_names, cancel)))
            self._read_all(state, [each for each in claim.ids if each not in progress.cached], progress, cancel)
            _copy_cached(progress.cached, claim.ids, found)
            found.mark_unread(progress.failed)
        except MODEL_ERRORS:
            self._stop_forbidden(state)
        finally:
            self._commit(state, claim, progress)

    def _commit(self, state: _ModelNames, claim: _Claim, progress: _NameRead) -> None:
        with self._changed:
            state.in_flight.remove(claim)
            state.cached.update(progress.cached)
            state.make_room(claim)
            self._changed.notify_all()

    # -------------------------------------------------------------------------------------------- one read

    def _read_all(self, state: _ModelNames, ids: list[int], progress: _NameRead, cancel: CancelToken) -> None:
        """Read all names, so that one bad name costs only itself."""

        def read(chunk: Sequence[int]) -> None:
            if state.stop_reason is None:
                names = self._read_names(state, chunk, cancel)
                for each in chunk:
                    self._store_name(state, each, names, progress)

        def fail(chunk: Sequence[int], error: OdooError) -> None:
            self._record_failure(state, chunk[0], progress, error.message, error.hint)

        largest = read_in_halves(ids, state.limit.size, read, fail, lambda: self._client.ping(state.name, cancel))
        if largest:
            state.limit.shrink(largest)

    def _read_names(self, state: _ModelNames, ids: Sequence[int], cancel: CancelToken) -> dict[int, object]:
        """Read the names of some records in one call; records that Odoo does not show are absent."""
        domain, batch = (("id", "in", list(ids)),), BatchRequest(len(ids), state.limit)
        rows = self._client.search_read(state.name, domain, ["display_name"], cancel, batch=batch)
        return {cast("int", row["id"]): row.get("display_name") for row in rows}

    def _store_name(self, state: _ModelNames, record: int, names: Mapping[int, object], progress: _NameRead) -> None:
        if record not in names:
            progress.cached[record] = ABSENT
            return
        try:
            progress.cached[record] = decode_text(names[record])
        except ValueError as error:  # what it says of another type has the value, which may be masked
            reason = str(error) if isinstance(names[record], str) else "it is no text"
            self._record_failure(state, record, progress, f"{reason}.")

    def _record_failure(
        self, state: _ModelNames, record: int, progress: _NameRead, reason: str, hint: str = ""
    ) -> None:
        """Record a failed name; where all names of the model fail, stop reading them."""
        self._warn(Notice("odoo_names", f"The name of {state.name} {record} cannot be read: {reason}", hint))
        progress.failed.add(record)
        with self._changed:
            state.tries[record] = state.tries.get(record, 0) + 1
            must_stop = len(state.tries) >= MAX_FAILURES_WITHOUT_SUCCESS and not state.cached and not progress.cached
        if must_stop:
            self._stop(state, _StopReason.TOO_MANY_FAILURES, hint)

    def _stop_forbidden(self, state: _ModelNames) -> None:
        self._stop(state, _StopReason.FORBIDDEN, f"Give the Odoo user the right to read {state.name}.")

    def _stop(self, state: _ModelNames, reason: _StopReason, hint: str) -> None:
        with self._changed:
            state.stop_reason = reason
        message = f"The names of {state.name} cannot be read; documents hold only the ids."
        self._warn(Notice("odoo_names", message, hint))


def _decode_names(texts: Mapping[int, str]) -> Iterator[tuple[int, str | None]]:
    """Decode the texts of a column; what cannot be stored is left out: no name fails on the word of columns alone."""
    for each, text in texts.items():
        with suppress(ValueError):
            yield each, decode_text(text)


def _copy_cached(cached: Mapping[int, Name], ids: Collection[int], found: ResolvedNames) -> Sequence[int]:
    """Copy the cached names of ``ids`` into ``found``; return the ids that are not cached."""
    rest: list[int] = []
    for each in ids:
        if each in found.related:
            continue
        name = cached.get(each, rest)
        if name is rest:
            rest.append(each)
        elif isinstance(name, Absent):
            found.mark_unread((each,))
        else:
            found.related[each] = RelatedRecord(each, cast("str | None", name))
    return rest
