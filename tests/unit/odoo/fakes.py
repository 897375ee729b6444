"""An Odoo in memory behind the transport interface, and time that passes only when told to."""

from __future__ import annotations

import operator
import threading
from collections.abc import Callable, Sequence
from typing import Any

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.entity import Entity, Target
from odoo_sync_tui.odoo.calls.client import ModelClient
from odoo_sync_tui.odoo.calls.retry import Retry
from odoo_sync_tui.odoo.calls.throttle import Throttle
from odoo_sync_tui.odoo.errors.context import CallContext, ServerFault
from odoo_sync_tui.odoo.transport.http import Call
from odoo_sync_tui.runtime.cancel import CancelToken

PLACE = CallContext("https://odoo.example", "acme", "bot")


def make_entity(*fields: str, model: str = "crm.lead", **more: Any) -> Entity:
    target = Target("things", "odoo_id", "active", "synced_at", "retired_at", "thing_{id}")
    return Entity("things", Action.DATA_LAKE, model, fields or ("name",), target, (), **more)


class ManualTime(CancelToken):
    """A clock that is also the token on which code sleeps: sleeping moves it on."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.raise_if_requested()
        self.now += seconds
        self.slept.append(seconds)


class FakeTransport:
    """Answers search, search_read, read, search_count, fields_get and columns from ``rows`` and ``types``.

    ``before`` is called with each call and its ids, and may raise what a transport raises.
    """

    title = "Fake"
    bare_load: object = None

    def __init__(self, rows: dict[int, dict[str, object]], types: dict[str, dict[str, object]]) -> None:
        self.stored = rows
        self.types = types
        self.calls: list[Call] = []
        self.before: Callable[[Call, list[int]], None] = lambda call, ids: None
        self._lock = threading.Lock()

    def log_in(self) -> int | None:
        return 2

    def call(self, call: Call) -> object:
        ids = list(call.ids or self._matching(call.domain or []))
        with self._lock:
            self.calls.append(call)
        self.before(call, ids)
        return getattr(self, f"_{call.method}")(call, ids)

    def pages(self, method: str = "search_read") -> list[list[int]]:
        """The ids that calls of rows asked for."""
        return [list(self._matching(call.domain or [])) for call in self.calls if call.method == method]

    def _matching(self, domain: Sequence[Any]) -> list[int]:
        ids = sorted(self.stored)
        for field, kind, value in domain:
            if field != "id":
                continue
            tests = {"in": lambda value, each: each in value, ">": operator.lt, ">=": operator.le, "<=": operator.ge}
            ids = [each for each in ids if tests[kind](value, each)]
        return ids

    def _search(self, call: Call, ids: list[int]) -> object:
        limit = call.options.get("limit")
        return ids[:limit] if isinstance(limit, int) else ids

    def _search_count(self, call: Call, ids: list[int]) -> object:
        return len(ids)

    def _search_read(self, call: Call, ids: list[int]) -> object:
        return self._read(call, ids)

    def _read(self, call: Call, ids: list[int]) -> object:
        fields = call.options["fields"]
        assert isinstance(fields, list)
        for field in fields:
            if field not in self.types and field != "display_name":
                raise ServerFault("builtins.ValueError", f"Invalid field {field!r} on {call.model!r}")
        return [{"id": each} | {field: self.stored[each].get(field, False) for field in fields} for each in ids]

    def _formatted_read_group(self, call: Call, ids: list[int]) -> object:
        specifications = call.options["aggregates"]
        assert isinstance(specifications, list)
        return [{spec: self._column(spec.partition(":")[0], ids) for spec in specifications}]

    def _read_group(self, call: Call, ids: list[int]) -> object:
        specifications = call.options["fields"]
        assert isinstance(specifications, list)
        pairs = [spec.rstrip(")").split(":array_agg(") for spec in specifications]
        return [{"__count": len(ids)} | {key: self._column(name, ids) or None for key, name in pairs}]

    def _column(self, name: str, ids: list[int]) -> list[object]:
        """What the table has, not in the order of the ids: NULL is ``None``."""
        if not self.types[name].get("store"):
            raise ServerFault("builtins.ValueError", f"Cannot convert {name} to SQL because it is not stored", 500)
        return [self.stored[each].get(name) for each in reversed(ids)]

    def _fields_get(self, call: Call, ids: list[int]) -> object:
        wanted = call.options["allfields"]
        assert isinstance(wanted, list)
        return {name: self.types[name] for name in wanted if name in self.types}


def make_transport(count: int = 10, **types: str) -> FakeTransport:
    """Rows 1 to ``count`` with a name each, and further fields that are empty."""
    rows: dict[int, dict[str, object]] = {each: {"id": each, "name": f"Lead {each}"} for each in range(1, count + 1)}
    declared = {"id": "integer", "name": "char"} | types
    return FakeTransport(rows, {name: {"type": kind} for name, kind in declared.items()})


def make_caller(transport: FakeTransport, time: ManualTime) -> ModelClient:
    return ModelClient(transport, PLACE, Throttle(4, None, time), Retry(60, clock=time), {"active_test": False}, time)
