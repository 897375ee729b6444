"""Lists of ids: all rows or the changed ones, in calls as large as the server can answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar, cast

from odoo_sync_tui.core.entity import Block, Domain, Watch
from odoo_sync_tui.core.errors import (
    OdooAccessError,
    OdooContractError,
    OdooMissingModelError,
    OdooNoAnswerError,
    OdooTooBigError,
)
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.odoo.limits import Portion
from odoo_sync_tui.odoo.link import Link
from odoo_sync_tui.odoo.values import WireRow, decode_datetime, decode_many2one

R = TypeVar("R")


class Listing:
    """Reader of ids over one connection. Every method raises :class:`OdooError` or ``RunCancelled``."""

    def __init__(self, link: Link) -> None:
        self._connection = link

    def ids(self, model: str, domain: Domain, after: int = 0, most: int | None = None) -> list[int]:
        """Read the ids greater than ``after``, ascending: up to ``max_count``, or all of them."""

        def read_page(last: int, batch: Portion) -> list[int]:
            page_domain = (*domain, ("id", ">", last))
            return self._connection.caller.search(
                model, page_domain, self._connection.life, limit=batch.rows, portion=batch
            )

        pages = self._read_pages(model, read_page, lambda each: each, after, most)
        return [each for page in pages for each in page]

    def within(self, model: str, domain: Domain, block: Block, since: datetime, most: int | None = None) -> list[int]:
        """Read the ids in the block written at ``since`` or later: up to ``max_count``, or all of them."""
        return self.ids(model, (*domain, *_in_block("id", block), _written_since(since)), most=most)

    def watched(self, watch: Watch, block: Block, since: datetime, most: int | None = None) -> list[int]:
        """Read the ids in the block whose rows in the dependent model were written at ``since`` or later.

        One id for each such row, so that an id may appear more than once: up to ``max_count``, or all of them.
        """
        domain = (*_in_block(watch.link, block), _written_since(since))

        def read_page(last: int, batch: Portion) -> list[WireRow]:
            page_domain = (*domain, ("id", ">", last))
            client, cancel = self._connection.caller, self._connection.life
            return client.search_read(watch.model, page_domain, [watch.link], cancel, limit=batch.rows, portion=batch)

        def read_links() -> list[int | None]:
            pages = self._read_pages(watch.model, read_page, _row_id, 0, most)
            return [decode_many2one(row.get(watch.link)) for page in pages for row in page]

        return [each for each in self._read_if_allowed(watch, read_links) or () if each is not None]

    def newest(self, model: str, domain: Domain) -> datetime | None:
        """Read the newest ``write_date`` of the rows that match ``domain``.

        Rows from raw SQL imports have none and are excluded, because PostgreSQL would sort them first.
        """
        with_date = (*domain, ("write_date", "!=", None))
        order = "write_date desc, id desc"
        rows = self._connection.caller.search_read(
            model, with_date, ["write_date"], self._connection.life, order=order, limit=1
        )
        try:
            return decode_datetime(rows[0].get("write_date")) if rows else None
        except ValueError as error:
            raise OdooContractError(f"Odoo's write_date of {model} cannot be read: {error}.") from None

    def newest_watched(self, watch: Watch) -> datetime | None:
        """Read the newest ``write_date`` of the dependent model."""
        return self._read_if_allowed(watch, lambda: self.newest(watch.model, ()))

    def _read_pages(
        self,
        model: str,
        read_page: Callable[[int, Portion], list[R]],
        get_id: Callable[[R], int],
        after: int,
        max_count: int | None,
    ) -> Iterator[Sequence[R]]:
        """Yield pages of ``read_page``, each after the last id of the page before, up to ``max_count`` entries."""
        page_size = self._connection.list_limit(model)
        left = max_count
        while left is None or left > 0:
            size = page_size.size if left is None else min(page_size.size, left)
            try:
                page = read_page(after, Portion(size, page_size))
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

    def _halve_page_size(self, model: str, size: int, error: OdooTooBigError | OdooNoAnswerError) -> None:
        """Halve the page size, unless one id is too much already, or the server does not answer at all."""
        if size == 1:
            raise error
        if isinstance(error, OdooNoAnswerError):
            self._connection.caller.look(model, self._connection.life)
        self._connection.list_limit(model).shrink(size // 2)

    def _read_if_allowed(self, watch: Watch, read: Callable[[], R]) -> R | None:
        """Return the result of ``read``; ``None`` where the dependent model is absent or the user may not read it."""
        connection = self._connection
        if watch.model in connection.unwatched:
            return None
        try:
            return read()
        except OdooMissingModelError:
            connection.unwatched.add(watch.model)
        except OdooAccessError:
            connection.unwatched.add(watch.model)
            connection.notices.add(
                Notice(
                    "odoo_watch",
                    f"Changes in {watch.model} cannot be seen; a full sync picks them up.",
                    f"Give the Odoo user the right to read {watch.model}.",
                )
            )
        return None


def _row_id(row: WireRow) -> int:
    return cast("int", row["id"])


def _written_since(since: datetime) -> tuple[object, ...]:
    return ("write_date", ">=", since)


def _in_block(field: str, block: Block) -> tuple[object, ...]:
    lower = (field, ">", block.after)
    return (lower,) if block.through is None else (lower, (field, "<=", block.through))
