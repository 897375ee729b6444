"""One call with everything around it: throttled, tried again, its errors told in our words, its answer checked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

from odoo_sync_tui.core.cancel import CancelToken
from odoo_sync_tui.core.entity import Domain
from odoo_sync_tui.core.errors import OdooContractError
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.odoo.errors import Place, translated
from odoo_sync_tui.odoo.limits import Portion
from odoo_sync_tui.odoo.retry import Retry
from odoo_sync_tui.odoo.throttle import Throttle
from odoo_sync_tui.odoo.transport.base import Call, Transport
from odoo_sync_tui.odoo.values import WireRow

FIRST_WITH_LOAD = 15
"""Since this version ``search_read`` accepts ``load``; below it takes ``search`` and ``read``."""
TRIES_OF_TOO_BIG = 2
"""So often in a row may a call end without an answer before it is taken for too big."""


class Notices:
    """Warnings of one connection, from all threads, each said once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._notices: dict[Notice, None] = {}

    def add(self, notice: Notice) -> None:
        """Take a warning in, unless it was said already."""
        with self._lock:
            self._notices.setdefault(notice)

    def all(self) -> list[Notice]:
        """In the order in which they came up."""
        with self._lock:
            return list(self._notices)


class Caller:
    """Calls of models' methods in the context of the connection: archived rows included, all companies, language.

    Every method may be called from any thread, and raises :class:`OdooError` or ``RunCancelled``. A ``portion`` says
    that the call might be too big: it gives up after ``TRIES_OF_TOO_BIG`` calls without an answer.
    """

    def __init__(
        self,
        transport: Transport,
        place: Place,
        throttle: Throttle,
        retry: Retry,
        context: dict[str, object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._place = place
        self._throttle = throttle
        self._retry = retry
        self._context = context
        self._clock = clock

    def call(self, call: Call, cancel: CancelToken, portion: Portion | None = None) -> object:
        """The bare result."""
        place = replace(self._place, model=call.model, method=call.method)
        whole = replace(call, options={**call.options, "context": self._context})

        def attempt() -> object:
            with self._throttle.slot(cancel), translated(place):
                began = self._clock()
                answer = self._transport.call(whole)
                if portion:
                    portion.answered(self._clock() - began)
                return answer

        return self._retry.run(attempt, cancel, no_answers=TRIES_OF_TOO_BIG if portion else None)

    def search(
        self,
        model: str,
        domain: Domain,
        cancel: CancelToken,
        *,
        limit: int | None = None,
        portion: Portion | None = None,
    ) -> list[int]:
        """Ids in ascending order."""
        options: dict[str, object] = {"order": "id"}
        if limit is not None:
            options["limit"] = limit
        answer = self.call(Call(model, "search", domain=wire_domain(domain), options=options), cancel, portion)
        ids = cast("list[object]", answer) if isinstance(answer, list) else None
        if ids is None or not all(type(each) is int for each in ids):
            raise self._unexpected(model, "search", "a list of ids")
        return sorted(cast("list[int]", ids))

    def look(self, model: str, cancel: CancelToken) -> None:
        """Ask something small, to tell a call that was too big from a server that is silent altogether.

        Waits for a server that is silent, as long as any call is tried again.

        Raises:
            OdooTransientError: it stays silent.
        """
        self.search(model, (), cancel, limit=1)

    def count(self, model: str, domain: Domain, cancel: CancelToken) -> int:
        """How many rows match."""
        answer = self.call(Call(model, "search_count", domain=wire_domain(domain)), cancel)
        if not isinstance(answer, int):
            raise self._unexpected(model, "search_count", "a number")
        return answer

    def search_read(
        self,
        model: str,
        domain: Domain,
        fields: Sequence[str],
        cancel: CancelToken,
        *,
        order: str = "id",
        limit: int | None = None,
        portion: Portion | None = None,
    ) -> list[WireRow]:
        """Rows of few fields; many2one values as pairs or bare ids, as the server likes."""
        options: dict[str, object] = {"fields": list(fields), "order": order}
        if limit is not None:
            options["limit"] = limit
        call = Call(model, "search_read", domain=wire_domain(domain), options=options)
        return self._rows(model, "search_read", self.call(call, cancel, portion))

    def fields_get(self, model: str, names: Sequence[str], cancel: CancelToken) -> dict[str, WireRow]:
        """What the server says of the named fields; those that it lacks or hides are absent."""
        options: dict[str, object] = {
            "allfields": list(names),
            "attributes": ["type", "string", "relation", "store", "digits", "currency_field"],
        }
        answer = self.call(Call(model, "fields_get", options=options), cancel)
        told = cast("dict[str, object]", answer) if isinstance(answer, dict) else {}
        if not told or not all(isinstance(each, dict) for each in told.values()):
            raise self._unexpected(model, "fields_get", "a description of fields")
        return cast("dict[str, WireRow]", told)

    def rows(
        self,
        model: str,
        domain: Domain,
        ids: Sequence[int],
        fields: Sequence[str],
        version: int,
        portion: Portion,
        cancel: CancelToken,
    ) -> list[WireRow]:
        """Those of ``ids`` that match ``domain``, many2one values as bare ids."""
        within = wire_domain((*domain, ("id", "in", list(ids))))
        options: dict[str, object] = {"fields": list(fields), "load": self._transport.bare_load}
        if version >= FIRST_WITH_LOAD:
            call = Call(model, "search_read", domain=within, options={**options, "order": "id"})
            return self._rows(model, "search_read", self.call(call, cancel, portion))
        visible = self.search(model, (*domain, ("id", "in", list(ids))), cancel, portion=portion)
        if not visible:
            return []
        call = Call(model, "read", ids=visible, options=options)
        return self._rows(model, "read", self.call(call, cancel, portion))

    def read(
        self, model: str, ids: Sequence[int], fields: Sequence[str], portion: Portion, cancel: CancelToken
    ) -> list[WireRow]:
        """These records whatever they belong to; deleted ones are left out, a hidden one fails the call."""
        call = Call(model, "read", ids=list(ids), options={"fields": list(fields)})
        return self._rows(model, "read", self.call(call, cancel, portion))

    def _rows(self, model: str, method: str, answer: object) -> list[WireRow]:
        rows = cast("list[object]", answer) if isinstance(answer, list) else None
        if rows is None or not all(
            isinstance(row, dict) and type(cast("WireRow", row).get("id")) is int for row in rows
        ):
            raise self._unexpected(model, method, "a list of rows")
        return cast("list[WireRow]", rows)

    def _unexpected(self, model: str, method: str, wanted: str) -> OdooContractError:
        return OdooContractError(
            f"Odoo at {self._place.url} did not answer {model}.{method} with {wanted}.",
            "Something between here and Odoo changes its answers, or this version of Odoo is not supported.",
        )


def wire_domain(domain: Domain) -> list[object]:
    """A domain in types that every protocol carries: lists, UTC text for datetimes, ``False`` for ``None``."""
    return [_wire(each) for each in domain]


def _wire(value: object) -> object:
    if value is None:
        return False
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, (list, tuple)):
        return [_wire(each) for each in cast("Sequence[object]", value)]
    return value
