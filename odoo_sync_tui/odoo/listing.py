"""Which rows there are and which were written lately: lists of ids, in calls as large as the server can answer."""

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
    """Lists rows over one connection. Every method raises :class:`OdooError` or ``RunCancelled``."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def ids(self, model: str, domain: Domain, after: int = 0, most: int | None = None) -> list[int]:
        """Ids greater than ``after``, ascending: up to ``most``, or all of them."""

        def ask(last: int, portion: Portion) -> list[int]:
            whole = (*domain, ("id", ">", last))
            return self._link.caller.search(model, whole, self._link.life, limit=portion.rows, portion=portion)

        return [each for part in self._parts(model, ask, lambda each: each, after, most) for each in part]

    def within(self, model: str, domain: Domain, block: Block, since: datetime, most: int | None = None) -> list[int]:
        """Ids in the block that were written at ``since`` or later: up to ``most``, or all of them."""
        return self.ids(model, (*domain, *_within("id", block), _written(since)), most=most)

    def watched(self, watch: Watch, block: Block, since: datetime, most: int | None = None) -> list[int]:
        """Ids in the block to which a row of the watched model belongs that was written at ``since`` or later.

        One for each such row, so that an id may be named more than once: up to ``most``, or all of them.
        """
        domain = (*_within(watch.link, block), _written(since))

        def ask(last: int, portion: Portion) -> list[WireRow]:
            whole = (*domain, ("id", ">", last))
            caller, life = self._link.caller, self._link.life
            return caller.search_read(watch.model, whole, [watch.link], life, limit=portion.rows, portion=portion)

        def links() -> list[int | None]:
            parts = self._parts(watch.model, ask, _id, 0, most)
            return [decode_many2one(row.get(watch.link)) for part in parts for row in part]

        return [each for each in self._of_watch(watch, links) or () if each is not None]

    def newest(self, model: str, domain: Domain) -> datetime | None:
        """The newest ``write_date``.

        Rows from raw SQL imports have none, and PostgreSQL would sort them first.
        """
        whole = (*domain, ("write_date", "!=", None))
        order = "write_date desc, id desc"
        rows = self._link.caller.search_read(model, whole, ["write_date"], self._link.life, order=order, limit=1)
        try:
            return decode_datetime(rows[0].get("write_date")) if rows else None
        except ValueError as error:
            raise OdooContractError(f"Odoo's write_date of {model} cannot be read: {error}.") from None

    def newest_watched(self, watch: Watch) -> datetime | None:
        """The newest ``write_date`` of the watched model."""
        return self._of_watch(watch, lambda: self.newest(watch.model, ()))

    def _parts(
        self,
        model: str,
        ask: Callable[[int, Portion], list[R]],
        id_of: Callable[[R], int],
        after: int,
        most: int | None,
    ) -> Iterator[Sequence[R]]:
        """What ``ask`` answers for ids after a last one, so many at a time, until there are no more or ``most``."""
        limit = self._link.list_limit(model)
        left = most
        while left is None or left > 0:
            size = limit.size if left is None else min(limit.size, left)
            try:
                part = ask(after, Portion(size, limit))
            except (OdooTooBigError, OdooNoAnswerError) as error:
                self._ask_for_less(model, size, error)
                continue
            if part and id_of(part[0]) <= after:
                raise OdooContractError(f"Odoo lists ids of {model} that were not asked for.")
            yield part
            if len(part) < size:
                return
            after = id_of(part[-1])
            left = None if left is None else left - len(part)

    def _ask_for_less(self, model: str, size: int, error: OdooTooBigError | OdooNoAnswerError) -> None:
        """Halve, unless one id is too much already, or the server is silent altogether."""
        if size == 1:
            raise error
        if isinstance(error, OdooNoAnswerError):
            self._link.caller.look(model, self._link.life)
        self._link.list_limit(model).shrink(size // 2)

    def _of_watch(self, watch: Watch, ask: Callable[[], R]) -> R | None:
        """What ``ask`` answers; ``None`` where the server lacks the watched model or the user may not read it."""
        link = self._link
        if watch.model in link.unwatched:
            return None
        try:
            return ask()
        except OdooMissingModelError:
            link.unwatched.add(watch.model)
        except OdooAccessError:
            link.unwatched.add(watch.model)
            link.notices.add(
                Notice(
                    "odoo_watch",
                    f"Changes in {watch.model} cannot be seen; a full sync picks them up.",
                    f"Give the Odoo user the right to read {watch.model}.",
                )
            )
        return None


def _id(row: WireRow) -> int:
    return cast("int", row["id"])


def _written(since: datetime) -> tuple[object, ...]:
    return ("write_date", ">=", since)


def _within(field: str, block: Block) -> tuple[object, ...]:
    lower = (field, ">", block.after)
    return (lower,) if block.through is None else (lower, (field, "<=", block.through))
