"""Names of related records, asked once per record.

Many2one names inside rows make Odoo's answers up to six times slower; rows travel with bare ids instead. A name that
cannot be read costs only itself: it is asked again by later pages, and the rows that need it are told apart.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from odoo_sync_tui.core.cancel import CancelToken
from odoo_sync_tui.core.entity import Related
from odoo_sync_tui.core.errors import (
    OdooAccessError,
    OdooContractError,
    OdooError,
    OdooMissingModelError,
    OdooNoAnswerError,
    OdooPoisonRowError,
    OdooTooBigError,
)
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.odoo.limits import PageLimit
from odoo_sync_tui.odoo.values import decode_text
from odoo_sync_tui.odoo.workers import POLL_SECONDS

ReadNames = Callable[[str, list[int], PageLimit, CancelToken], dict[int, object]]
"""Asks the display names of some records of a model in one call, which is within a limit; those that Odoo does not
show are absent."""
Look = Callable[[str, CancelToken], object]
"""Asks something small of a model; raises an :class:`OdooError` where Odoo does not even answer that."""
Warn = Callable[[Notice], None]

KEPT_PER_MODEL = 200_000
"""Names kept of one model, about 30 MB; the oldest go first and are asked again when needed."""
HOPELESS = 50
"""So many names of a model that fail, and none that can be read: then no more are asked."""
MOST_TRIES = 3
"""So often is a name asked that fails each time; or a record to which every page refers would slow down all of them."""

ANY_ID = 1
"""Rights are a matter of the model: whether there is a record of this id does not matter."""
FORBIDDING = (OdooAccessError, OdooContractError, OdooMissingModelError)
"""The errors that concern all names of a model."""


@dataclass(slots=True)
class Resolved:
    """Related records by id.

    ``unread`` are those of which the name was asked and not told, because Odoo hides the record or fails to read it:
    another time it may be. The names of a model that the Odoo user may not read at all are not among them.
    """

    related: dict[int, Related] = field(default_factory=dict[int, Related])
    unread: set[int] = field(default_factory=set[int])

    def leave_unread(self, ids: Collection[int]) -> None:
        """The names of ``ids`` cannot be told now."""
        self.related.update((each, Related(each, None)) for each in ids)
        self.unread.update(ids)


class _Closed(Enum):
    """Why no more names of a model are asked."""

    FORBIDDEN = auto()
    HOPELESS = auto()


@dataclass(slots=True)
class _Model:
    """What is known of one model's names. ``None`` stands for a record that Odoo hides."""

    name: str
    limit: PageLimit
    known: dict[int, Related | None] = field(default_factory=dict[int, Related | None])
    tries: dict[int, int] = field(default_factory=dict[int, int])
    being_asked: set[int] = field(default_factory=set[int])
    closed: _Closed | None = None


@dataclass(slots=True)
class _Reading:
    """What one asking brought so far.

    ``suspects`` are names that got no answer alone: they are asked once more when Odoo has shown that it answers.
    """

    known: dict[int, Related | None] = field(default_factory=dict[int, Related | None])
    failed: set[int] = field(default_factory=set[int])
    suspects: set[int] = field(default_factory=set[int])
    too_big: bool = False
    largest: int = 0


class Names:
    """Display names by model and id, shared by all threads: no name that is told is asked twice, nor by two threads."""

    def __init__(self, read: ReadNames, look: Look, warn: Warn, page_size: int) -> None:
        self._read = read
        self._look = look
        self._warn = warn
        self._page_size = page_size
        self._changed = threading.Condition()
        self._models: dict[str, _Model] = {}

    def resolve(self, model: str, ids: Collection[int], cancel: CancelToken) -> Resolved:
        """All ``ids`` with their names; a name that cannot be read is ``None``.

        Raises:
            OdooTransientError: Odoo could not be asked.
            RunCancelled: a stop was requested.
        """
        found = Resolved()
        state = self._state(model)
        while open_ids := self._collect(state, ids, found):
            if mine := self._claim(state, open_ids):
                self._ask(state, mine, found, cancel)
            else:
                self._wait(cancel)
        return found

    @property
    def forbidden(self) -> frozenset[str]:
        """The models of which the Odoo user may not read the names, as far as they were asked."""
        with self._changed:
            return frozenset(name for name, state in self._models.items() if state.closed is _Closed.FORBIDDEN)

    def find_readable(self, model: str, cancel: CancelToken) -> None:
        """Find out whether names of a model may be read at all, before any is needed.

        Raises:
            OdooError: Odoo could not be asked.
            RunCancelled: a stop was requested.
        """
        state = self._state(model)
        if state.closed is not None:
            return
        try:
            self._read(model, [ANY_ID], state.limit, cancel)
        except FORBIDDING:
            self._forbid(state)

    def _state(self, model: str) -> _Model:
        with self._changed:
            return self._models.setdefault(model, _Model(model, PageLimit(self._page_size)))

    def _collect(self, state: _Model, ids: Collection[int], found: Resolved) -> list[int]:
        """Move what is known into ``found``; the rest."""
        with self._changed:
            rest = _take(state.known, ids, found)
            tired = [each for each in rest if state.tries.get(each, 0) >= MOST_TRIES]
            match state.closed:
                case _Closed.FORBIDDEN:
                    found.related.update((each, Related(each, None)) for each in rest)
                case _Closed.HOPELESS:
                    found.leave_unread(rest)
                case None:
                    found.leave_unread(tired)
        return [each for each in rest if each not in found.related]

    def _claim(self, state: _Model, ids: list[int]) -> list[int]:
        """Those that no other thread is asking at the moment, one page at most."""
        with self._changed:
            mine = sorted(each for each in ids if each not in state.being_asked)[: state.limit.size]
            state.being_asked.update(mine)
        return mine

    def _wait(self, cancel: CancelToken) -> None:
        cancel.raise_if_requested()
        with self._changed:
            self._changed.wait(POLL_SECONDS)

    def _ask(self, state: _Model, ids: list[int], found: Resolved, cancel: CancelToken) -> None:
        """Ask ``ids``, keep what is told, and note in ``found`` what failed: this resolving does not ask it again."""
        reading = _Reading()
        try:
            self._read_all(state, ids, reading, cancel)
            _take(reading.known, ids, found)
            found.leave_unread(reading.failed)
        except FORBIDDING:
            self._forbid(state)
        finally:
            self._settle(state, ids, reading)

    def _settle(self, state: _Model, ids: list[int], reading: _Reading) -> None:
        with self._changed:
            state.being_asked.difference_update(ids)
            state.known.update(reading.known)
            for each in list(state.known)[: max(0, len(state.known) - KEPT_PER_MODEL)]:
                del state.known[each]
            self._changed.notify_all()

    # -------------------------------------------------------------------------------------------- one asking

    def _read_all(self, state: _Model, ids: list[int], reading: _Reading, cancel: CancelToken) -> None:
        """Halve what fails, so that one bad name costs only itself."""
        open_chunks = [ids]
        while open_chunks and state.closed is None:
            chunk = open_chunks.pop()
            open_chunks.extend(reversed(self._attempt(state, chunk, reading, cancel)))
        if reading.too_big and reading.largest:
            state.limit.shrink(reading.largest)

    def _attempt(self, state: _Model, ids: list[int], reading: _Reading, cancel: CancelToken) -> list[list[int]]:
        """Ask one chunk; what has to be asked instead, if it fails."""
        cancel.raise_if_requested()
        try:
            names = self._read(state.name, ids, state.limit, cancel)
        except OdooNoAnswerError as error:  # a server that is silent altogether blames no name
            self._look(state.name, cancel)
            if len(ids) == 1 and ids[0] not in reading.suspects:
                reading.suspects.add(ids[0])
                return [ids]
            reading.too_big = True
            return self._split(state, ids, reading, error)
        except OdooTooBigError as error:
            reading.too_big = True
            return self._split(state, ids, reading, error)
        except OdooPoisonRowError as error:
            return self._split(state, ids, reading, error)
        reading.largest = max(reading.largest, len(ids))
        for each in ids:
            self._note(state, each, names, reading)
        return []

    def _split(self, state: _Model, ids: list[int], reading: _Reading, error: OdooError) -> list[list[int]]:
        if len(ids) > 1:
            middle = len(ids) // 2
            return [ids[:middle], ids[middle:]]
        self._miss(state, ids[0], reading, error.message, error.hint)
        return []

    def _note(self, state: _Model, record: int, names: Mapping[int, object], reading: _Reading) -> None:
        if record not in names:
            reading.known[record] = None
            return
        try:
            reading.known[record] = Related(record, decode_text(names[record]))
        except ValueError as error:
            self._miss(state, record, reading, f"{error}.")

    def _miss(self, state: _Model, record: int, reading: _Reading, why: str, hint: str = "") -> None:
        """A name failed; where all of them do, no more are asked."""
        self._warn(Notice("odoo_names", f"The name of {state.name} {record} cannot be read: {why}", hint))
        reading.failed.add(record)
        with self._changed:
            state.tries[record] = state.tries.get(record, 0) + 1
            hopeless = len(state.tries) >= HOPELESS and not state.known and not reading.known
        if hopeless:
            self._close(state, _Closed.HOPELESS, hint)

    def _forbid(self, state: _Model) -> None:
        self._close(state, _Closed.FORBIDDEN, f"Give the Odoo user the right to read {state.name}.")

    def _close(self, state: _Model, why: _Closed, hint: str) -> None:
        with self._changed:
            state.closed = why
        message = f"The names of {state.name} cannot be read; documents hold only the ids."
        self._warn(Notice("odoo_names", message, hint))


def _take(known: Mapping[int, Related | None], ids: Collection[int], found: Resolved) -> Sequence[int]:
    """Move what is known of ``ids`` into ``found``; those of which nothing is known."""
    rest: list[int] = []
    for each in ids:
        if each in found.related:
            continue
        if each not in known:
            rest.append(each)
        elif (related := known[each]) is not None:
            found.related[each] = related
        else:
            found.leave_unread((each,))
    return rest
