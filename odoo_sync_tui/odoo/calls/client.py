"""Client for the methods of Odoo's models: throttled, retried, errors translated, answers checked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

from odoo_sync_tui.core.entity import Domain
from odoo_sync_tui.core.errors import OdooContractError
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.odoo.calls.page_size import BatchRequest
from odoo_sync_tui.odoo.calls.retry import Retry
from odoo_sync_tui.odoo.calls.throttle import Throttle
from odoo_sync_tui.odoo.errors.context import CallContext
from odoo_sync_tui.odoo.errors.translate import translate_errors
from odoo_sync_tui.odoo.transport.bounds import MAX_INTEGER
from odoo_sync_tui.odoo.transport.http import Call, Transport, WireRow
from odoo_sync_tui.runtime.cancel import CancelToken

MIN_VERSION_WITH_LOAD = 15
"""First Odoo version with ``load`` in ``search_read``; older ones need ``search`` and ``read``."""
MIN_VERSION_WITH_FORMATTED_GROUPS = 19
"""First Odoo version that is asked for aggregates by ``formatted_read_group``; older ones have ``read_group``."""
FIELD_ATTRIBUTES = (
    "type", "string", "relation", "store", "translate", "digits", "currency_field", "selection", "depends"
)  # fmt: skip
MAX_AGGREGATE_RETRY_SECONDS = 5.0
COUNT = "__count"
"""Name of the number of rows among the aggregates of a group."""
MAX_UNANSWERED_TRIES = 2
"""Number of tries without an answer after which a call counts as too big."""


class NoticeCollector:
    """Warnings of one connection, from all threads, without duplicates."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._notices: dict[Notice, None] = {}

    def add(self, notice: Notice) -> None:
        """Add a warning, unless an equal one is there already."""
        with self._lock:
            self._notices.setdefault(notice)

    def all(self) -> list[Notice]:
        """List the warnings in the order of their first appearance."""
        with self._lock:
            return list(self._notices)


class ModelClient:
    """Client of Odoo's models in the context of the connection: archived rows included, all companies, language.

    Every method may be called from any thread, and raises :class:`OdooError` or ``RunCancelled``. A call with a
    ``batch`` might be too big: it gives up after ``MAX_UNANSWERED_TRIES`` tries without an answer.
    """

    def __init__(
        self,
        transport: Transport,
        call_context: CallContext,
        throttle: Throttle,
        retry: Retry,
        context: dict[str, object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._call_context = call_context
        self._throttle = throttle
        self._retry = retry
        self._context = context
        self._clock = clock

    def call(
        self,
        call: Call,
        cancel: CancelToken,
        batch: BatchRequest | None = None,
        *,
        budget_seconds: float | None = None,
    ) -> object:
        """Call a method of a model and return its unchecked result."""
        call_context = replace(self._call_context, model=call.model, method=call.method)
        call_with_context = replace(call, options={**call.options, "context": self._context})

        def attempt() -> object:
            with self._throttle.slot(cancel), translate_errors(call_context):
                if batch is None:
                    return self._transport.call(call_with_context)
                began, bound = self._clock(), batch.make_bound(call.method)
                answer = self._transport.call(replace(call_with_context, bound=bound))
                batch.record_answer(self._clock() - began, bound.byte_count)
                return answer

        max_unanswered = MAX_UNANSWERED_TRIES if batch else None
        return self._retry.run(attempt, cancel, budget_seconds=budget_seconds, max_unanswered=max_unanswered)

    def search(
        self,
        model: str,
        domain: Domain,
        cancel: CancelToken,
        *,
        limit: int | None = None,
        batch: BatchRequest | None = None,
    ) -> list[int]:
        """List the ids that match ``domain``, in ascending order."""
        options: dict[str, object] = {"order": "id"}
        if limit is not None:
            options["limit"] = limit
        answer = self.call(Call(model, "search", domain=encode_domain(domain), options=options), cancel, batch)
        values = cast("list[object]", answer) if isinstance(answer, list) else None
        if values is None or not all(type(each) is int for each in values):
            raise self._contract_error(model, "search", "a list of ids")
        ids = sorted(cast("list[int]", values))
        if ids and max(-ids[0], ids[-1]) > MAX_INTEGER:
            raise self._contract_error(model, "search", "ids of at most 64 bits")
        return ids

    def ping(self, model: str, cancel: CancelToken) -> None:
        """Make a minimal call, to distinguish a call that was too big from a server that does not answer at all.

        Wait for a server without answers as long as for any call: within the retry budget.

        Raises:
            OdooTransientError: the server still does not answer.
        """
        self.search(model, (), cancel, limit=1)

    def count(self, model: str, domain: Domain, cancel: CancelToken) -> int:
        """Count the rows that match ``domain``."""
        answer = self.call(Call(model, "search_count", domain=encode_domain(domain)), cancel)
        if not isinstance(answer, int) or not 0 <= answer <= MAX_INTEGER:
            raise self._contract_error(model, "search_count", "a number")
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
        batch: BatchRequest | None = None,
    ) -> list[WireRow]:
        """Read some fields of the rows that match ``domain``; many2one values are pairs or bare ids."""
        options: dict[str, object] = {"fields": list(fields), "order": order}
        if limit is not None:
            options["limit"] = limit
        call = Call(model, "search_read", domain=encode_domain(domain), options=options)
        return self._check_rows(model, "search_read", self.call(call, cancel, batch))

    def fields_get(
        self, model: str, names: Sequence[str], cancel: CancelToken, attributes: Sequence[str] = FIELD_ATTRIBUTES
    ) -> dict[str, WireRow]:
        """Describe the named fields; those that the server lacks or hides are absent."""
        options: dict[str, object] = {"allfields": list(names), "attributes": list(attributes)}
        answer = self.call(Call(model, "fields_get", options=options), cancel)
        fields_by_name = cast("dict[str, object]", answer) if isinstance(answer, dict) else {}
        if not fields_by_name or not all(isinstance(each, dict) for each in fields_by_name.values()):
            raise self._contract_error(model, "fields_get", "a description of fields")
        return cast("dict[str, WireRow]", fields_by_name)

    def read_matching(
        self,
        model: str,
        domain: Domain,
        fields: Sequence[str],
        major_version: int,
        batch: BatchRequest,
        cancel: CancelToken,
        *,
        limit: int | None = None,
    ) -> list[WireRow]:
        """Read the rows that match ``domain``, with many2one values as bare ids."""
        options: dict[str, object] = {"fields": list(fields), "load": self._transport.bare_load}
        if major_version >= MIN_VERSION_WITH_LOAD:
            options |= {"order": "id"} if limit is None else {"order": "id", "limit": limit}
            call = Call(model, "search_read", domain=encode_domain(domain), options=options)
            return self._check_rows(model, "search_read", self.call(call, cancel, batch))
        visible = self.search(model, domain, cancel, limit=limit, batch=replace(batch, is_weighed=False))
        if not visible:
            return []
        call = Call(model, "read", ids=visible, options=options)
        return self._check_rows(model, "read", self.call(call, cancel, batch))

    def read_columns(
        self,
        model: str,
        domain: Domain,
        fields: Sequence[str],
        major_version: int,
        batch: BatchRequest,
        cancel: CancelToken,
    ) -> dict[str, list[object]]:
        """Read whole columns of the rows that match ``domain``, all in one order, which need not be that of the ids."""
        aggregates = [f"{name}:array_agg" for name in fields]
        values = self.aggregate(model, domain, aggregates, major_version, cancel, batch)
        columns: dict[str, object] = {
            name: values[aggregate] or [] for name, aggregate in zip(fields, aggregates, strict=True)
        }
        if not all(isinstance(column, list) for column in columns.values()):
            raise self._contract_error(model, "array_agg", "columns")
        return cast("dict[str, list[object]]", columns)

    def aggregate(
        self,
        model: str,
        domain: Domain,
        aggregates: Sequence[str],
        major_version: int,
        cancel: CancelToken,
        batch: BatchRequest | None = None,
    ) -> dict[str, object]:
        """Read aggregates of all rows that match ``domain``: ``"id:sum"``, for example, or ``COUNT``.

        Passing trouble is not waited out for long: there are other ways to know.
        """
        if major_version >= MIN_VERSION_WITH_FORMATTED_GROUPS:
            keys = {aggregate: aggregate for aggregate in aggregates}
            options: dict[str, object] = {"groupby": [], "aggregates": list(aggregates)}
            call = Call(model, "formatted_read_group", domain=encode_domain(domain), options=options)
        else:
            keys = {aggregate: f"c{place}" for place, aggregate in enumerate(aggregates)} | {COUNT: COUNT}
            fields = [_old_specification(each, keys[each]) for each in aggregates if each != COUNT]
            options = {"fields": fields, "groupby": [], "lazy": False}
            call = Call(model, "read_group", domain=encode_domain(domain), options=options)
        answer = self.call(call, cancel, batch, budget_seconds=MAX_AGGREGATE_RETRY_SECONDS)
        groups = cast("list[object]", answer) if isinstance(answer, list) else []
        group = cast("dict[str, object]", groups[0]) if len(groups) == 1 and isinstance(groups[0], dict) else {}
        if not group:
            raise self._contract_error(model, call.method, "one group")
        return {aggregate: group.get(keys[aggregate]) for aggregate in aggregates}

    def read(
        self, model: str, ids: Sequence[int], fields: Sequence[str], batch: BatchRequest, cancel: CancelToken
    ) -> list[WireRow]:
        """Read records by id, without a domain; deleted ones are left out, a hidden one fails the call."""
        call = Call(model, "read", ids=list(ids), options={"fields": list(fields)})
        return self._check_rows(model, "read", self.call(call, cancel, batch))

    def _check_rows(self, model: str, method: str, answer: object) -> list[WireRow]:
        rows = cast("list[object]", answer) if isinstance(answer, list) else None
        if rows is None or not all(
            isinstance(row, dict)
            and type(row_id := cast("WireRow", row).get("id")) is int
            and -MAX_INTEGER <= row_id <= MAX_INTEGER
            for row in rows
        ):
            raise self._contract_error(model, method, "a list of rows")
        return cast("list[WireRow]", rows)

    def _contract_error(self, model: str, method: str, wanted: str) -> OdooContractError:
        return OdooContractError(
            f"Odoo at {self._call_context.url} did not answer {model}.{method} with {wanted}.",
            "Something between here and Odoo changes its answers, or this version of Odoo is not supported.",
        )


def _old_specification(aggregate: str, key: str) -> str:
    name, _, function = aggregate.partition(":")
    return f"{key}:{function}({name})"


def encode_domain(domain: Domain) -> list[object]:
    """Encode a domain in types that every protocol carries: lists, UTC text for datetimes, ``False`` for ``None``."""
    return [_encode(each) for each in domain]


def _encode(value: object) -> object:
    if value is None:
        return False
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ", "seconds")  # strftime leaves the year 21 unpadded
    if isinstance(value, (list, tuple)):
        return [_encode(each) for each in cast("Sequence[object]", value)]
    return value
