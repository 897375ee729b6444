"""Lists of ids: all rows or the changed ones, in calls as large as the server can answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar, cast

from odoo_sync_tui.core.entity import Block, DependentModel, Domain, Entity
from odoo_sync_tui.core.errors import (
    OdooAccessError,
    OdooContractError,
    OdooError,
    OdooMissingModelError,
    OdooNoAnswerError,
    OdooSetupError,
    OdooTooBigError,
)
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.odoo.calls.client import COUNT, ModelClient
from odoo_sync_tui.odoo.calls.page_size import AdaptivePageSize, BatchRequest
from odoo_sync_tui.odoo.rows.values import decode_datetime, decode_integer, decode_many2one
from odoo_sync_tui.odoo.transport.http import WireRow
from odoo_sync_tui.runtime.cancel import CancelToken

R = TypeVar("R")

MAX_IDS_PER_LIST_CALL = 50_000
"""Ids of one call that lists them."""
_ID_SUM, _MAX_ID, _NEWEST = "id:sum", "id:max", "write_date:max"


@dataclass(frozen=True, slots=True)
class RowSummary:
    """What Odoo says about many rows at once.

    Attributes:
        count: how many there are.
        newest: their newest ``write_date``; ``None``: there are no rows.
        id_sum: the sum of their ids; ``None`` where Odoo does not tell.
        max_id: the highest of their ids.
    """

    count: int
    newest: datetime | None
    id_sum: int | None = None
    max_id: int = 0


@dataclass(frozen=True, slots=True)
class ChangedIds:
    """Ids of rows that were written, and ids that rows of dependent models refer to which were written."""

    written: frozenset[int]
    dependent: frozenset[int]


class IdReader:
    """Reader of ids over one connection. Every method raises :class:`OdooError` or ``RunCancelled``.

    ``aggregate_version`` is the major version of a server that is asked for aggregates; ``None``: it is not.
    """

    def __init__(
        self,
        caller: ModelClient,
        life: CancelToken,
        add_notice: Callable[[Notice], None],
        aggregate_version: int | None = None,
    ) -> None:
        self._caller = caller
        self._life = life
        self._add_notice = add_notice
        self._aggregate_version = aggregate_version
        self._unreadable: set[str] = set()
        self._page_sizes: dict[str, AdaptivePageSize] = {}
        self._lock = threading.Lock()

    def read_ids(self, model: str, domain: Domain, after: int = 0, max_count: int | None = None) -> list[int]:
        """Read the ids greater than ``after``, ascending: up to ``max_count``, or all of them."""

        def read_page(last: int, batch: BatchRequest) -> list[int]:
            page_domain = (*domain, ("id", ">", last))
            return self._caller.search(model, page_domain, self._life, limit=batch.row_count, batch=batch)

        pages = self._read_pages(model, read_page, lambda each: each, after, max_count)
        return [each for page in pages for each in page]

    def read_changed_ids(
        self, model: str, domain: Domain, block: Block, since: datetime, max_count: int | None = None
    ) -> list[int]:
        """Read the ids in the block written at ``since`` or later: up to ``max_count``, or all of them."""
        return self.read_ids(model, (*domain, *_in_block("id", block), _written_since(since)), max_count=max_count)

    def iter_changed_ids(
        self, entity: Entity, block: Block, since: datetime, domain: Domain = (), max_count: int | None = None
    ) -> Iterator[list[int]]:
        """Yield the ids in the block of rows written at ``since`` or later, then those of each dependent model."""
        yield self.read_changed_ids(entity.model, (*get_row_domain(entity), *domain), block, since, max_count)
        for dependent in entity.dependent_models:
            yield self.read_dependent_ids(dependent, block, since, max_count)

    def read_changed_ids_if_few(self, entity: Entity, since: datetime, domain: Domain = ()) -> ChangedIds | None:
        """Read the changed ids of all blocks; ``None`` where there are more than one call can list."""
        found: list[list[int]] = []
        for ids in self.iter_changed_ids(entity, Block(0, None), since, domain, MAX_IDS_PER_LIST_CALL):
            if len(ids) == MAX_IDS_PER_LIST_CALL:
                return None
            found.append(ids)
        written, *dependent = found
        return ChangedIds(frozenset(written), frozenset(each for ids in dependent for each in ids))

    def read_dependent_ids(
        self, dependent: DependentModel, block: Block, since: datetime, max_count: int | None = None
    ) -> list[int]:
        """Read the ids in the block whose rows in the dependent model were written at ``since`` or later.

        One id for each such row, so that an id may appear more than once: up to ``max_count``, or all of them.
        """
        domain = (*_in_block(dependent.inverse_name, block), _written_since(since))

        def read_page(last: int, batch: BatchRequest) -> list[WireRow]:
            page_domain = (*domain, ("id", ">", last))
            client, cancel = self._caller, self._life
            return client.search_read(
                dependent.model, page_domain, [dependent.inverse_name], cancel, limit=batch.row_count, batch=batch
            )

        def read_links() -> list[int | None]:
            pages = self._read_pages(dependent.model, read_page, _row_id, 0, max_count)
            try:
                return [decode_many2one(row.get(dependent.inverse_name)) for page in pages for row in page]
            except ValueError as error:
                name = f"{dependent.inverse_name} of {dependent.model}"
                raise OdooContractError(f"Odoo's {name} cannot be read: {error}.") from None

        return [each for each in self._read_if_allowed(dependent, read_links) or () if each is not None]

    def read_summary(self, model: str, domain: Domain) -> RowSummary:
        """Read number, newest change and ids of the rows that match ``domain``: in one call, where Odoo allows it."""
        if self._aggregate_version is not None:
            try:
                return self._read_aggregates(model, domain, self._aggregate_version)
            except OdooSetupError:
                raise
            except (OdooError, ValueError):
                pass  # whatever is wrong with aggregates, the calls below tell without them
        newest = self.read_newest_write_date(model, domain)  # before the number, so that no change falls between
        return RowSummary(self._caller.count(model, domain, self._life), newest)

    def _read_aggregates(self, model: str, domain: Domain, version: int) -> RowSummary:
        """Read the summary by aggregates.

        Raises:
            ValueError: an answer is no number or no time.
        """
        wanted = (COUNT, _ID_SUM, _MAX_ID, _NEWEST)
        found = self._caller.aggregate(model, domain, wanted, version, self._life)
        count = decode_integer(found[COUNT]) or 0
        id_sum, max_id = decode_integer(found[_ID_SUM]) or 0, decode_integer(found[_MAX_ID]) or 0
        if not 0 <= count <= id_sum:
            raise ValueError("fewer ids than rows")
        return RowSummary(count, decode_datetime(found[_NEWEST]), id_sum, max_id)

    def read_newest_write_date(self, model: str, domain: Domain) -> datetime | None:
        """Read the newest ``write_date`` of the rows that match ``domain``.

        Rows from raw SQL imports have none and are excluded, because PostgreSQL would sort them first.
        """
        with_date = (*domain, ("write_date", "!=", None))
        order = "write_date desc, id desc"
        rows = self._caller.search_read(model, with_date, ["write_date"], self._life, order=order, limit=1)
        try:
            return decode_datetime(rows[0].get("write_date")) if rows else None
        except ValueError as error:
            raise OdooContractError(f"Odoo's write_date of {model} cannot be read: {error}.") from None

    def read_newest_beside(self, entity: Entity) -> list[datetime]:
        """Read the newest ``write_date`` of each dependent model, and of the erased rows, if there are any.

        The newest change would otherwise seem to go back when its row is erased, as after a backup was restored.
        """
        found = [
            self._read_if_allowed(each, lambda model=each.model: self.read_newest_write_date(model, ()))
            for each in entity.dependent_models
        ]
        if entity.erased_ids:
            erased = (*entity.domain, ("id", "in", list(entity.erased_ids)))
            found.append(self.read_newest_write_date(entity.model, erased))
        return [each for each in found if each is not None]

    def _read_pages(
        self,
        model: str,
        read_page: Callable[[int, BatchRequest], list[R]],
        get_id: Callable[[R], int],
        after: int,
        max_count: int | None,
    ) -> Iterator[Sequence[R]]:
        """Yield pages of ``read_page``, each after the last id of the page before, up to ``max_count`` entries."""
        page_size = self._page_size(model)
        left = max_count
        while left is None or left > 0:
            size = page_size.size if left is None else min(page_size.size, left)
            try:
                page = read_page(after, BatchRequest(size, page_size))
            except (OdooTooBigError, OdooNoAnswerError) as error:
                self._halve_page_size(model, size, error)
                continue
            if page and get_id(page[0]) <= after:
                raise OdooContractError(f"Odoo lists ids of {model} that were not asked for.")
            yield page
            if len(page) < size:
                return
            after = get_id(page[-1])
            left = None if left is None else left - len(page)

    def _page_size(self, model: str) -> AdaptivePageSize:
        """Get the adaptive page size for calls that list ids of the model."""
        with self._lock:
            return self._page_sizes.setdefault(model, AdaptivePageSize(MAX_IDS_PER_LIST_CALL))

    def _halve_page_size(self, model: str, size: int, error: OdooTooBigError | OdooNoAnswerError) -> None:
        """Halve the page size, unless one id is too much already, or the server does not answer at all."""
        if size == 1:
            raise error
        if isinstance(error, OdooNoAnswerError):
            self._caller.ping(model, self._life)
        self._page_size(model).shrink(size // 2)

    def _read_if_allowed(self, watch: DependentModel, read: Callable[[], R]) -> R | None:
        """Return the result of ``read``; ``None`` where the dependent model is absent or the user may not read it."""
        if watch.model in self._unreadable:
            return None
        try:
            return read()
        except OdooMissingModelError:
            self._unreadable.add(watch.model)
        except OdooAccessError:
            self._unreadable.add(watch.model)
            self._add_notice(
                Notice(
                    "odoo_watch",
                    f"Changes in {watch.model} cannot be seen; a full sync picks them up.",
                    f"Give the Odoo user the right to read {watch.model}.",
                )
            )
        return None


def get_row_domain(entity: Entity) -> Domain:
    """Get the domain of the rows that are listed and counted: without those that were erased."""
    erased = ("id", "not in", list(entity.erased_ids))
    return (*entity.domain, erased) if entity.erased_ids else entity.domain


def floor_second(moment: datetime) -> datetime:
    """Convert a time to UTC, and cut it to the second, as Odoo tells its own."""
    return moment.astimezone(UTC).replace(microsecond=0)


def _row_id(row: WireRow) -> int:
    return cast("int", row["id"])


def _written_since(since: datetime) -> tuple[object, ...]:
    return ("write_date", ">=", since)


def _in_block(field: str, block: Block) -> tuple[object, ...]:
    lower = (field, ">", block.after)
    return (lower,) if block.through is None else (lower, (field, "<=", block.through))
