"""The RPC services `common`, `db` and `object`, shared by JSON-RPC and XML-RPC."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from odoo_sync_tui.demo.calls import Call
from odoo_sync_tui.demo.errors import OdooError
from odoo_sync_tui.demo.fault_control import ActiveFaults
from odoo_sync_tui.demo.service import Service
from odoo_sync_tui.demo.values import Json, as_list

CallHandler = Callable[[ActiveFaults], Json]


def prepare_call(service: Service, call: Call, target: str, method: str, args: list[Json]) -> CallHandler:
    """Fill in `call` for service `target`, and return the function that executes it."""
    call.method = method
    if target == "object" and method in {"execute_kw", "execute"} and len(args) >= 5:
        return _prepare_object_call(service, call, method, args)
    if target == "common":
        return lambda _: _execute_common(service, method, args)
    if target == "db" and method == "list":
        return lambda _: [service.access.database]
    if target in {"object", "db"}:
        return _raise_error("Exception", f"Method not found: {method}")
    return _raise_error("KeyError", target)


def _raise_error(kind: str, text: str) -> CallHandler:
    def work(_: ActiveFaults) -> Json:
        raise OdooError(kind, text)

    return work


def _execute_common(service: Service, method: str, args: list[Json]) -> Json:
    if method == "version":
        return service.version_info
    if method in {"authenticate", "login"} and len(args) >= 3:
        return service.access.login(*args[:3])
    raise OdooError("Exception", f"Method not found: {method}")


def _prepare_object_call(service: Service, call: Call, method: str, args: list[Json]) -> CallHandler:
    database, uid, secret = args[:3]
    call.model, call.method = str(args[3]), str(args[4])
    positional, named = (args[5:6], args[6:7]) if method == "execute_kw" else ([args[5:]], [])
    call.args = list(as_list(positional[0]) or []) if positional else []
    if named and isinstance(named[0], dict):
        call.kwargs = dict(cast("dict[str, Json]", named[0]))
    context = call.kwargs.pop("context", None)
    call.context = cast("dict[str, Json]", context) if isinstance(context, dict) else {}

    def work(active_faults: ActiveFaults) -> Json:
        service.access.check_call(database, uid, secret)
        return _execute(service, call, active_faults)

    return work


def _execute(service: Service, call: Call, active_faults: ActiveFaults) -> Json:
    try:
        records = service.open_records(call, active_faults)
    except KeyError:
        raise OdooError("UserError", f"Object {call.model} doesn't exist") from None
    try:
        method = service.find_method(call)
    except KeyError as error:
        raise OdooError("AttributeError", str(error.args[0])) from None
    return service.run(method, records, call, active_faults, "TypeError")
