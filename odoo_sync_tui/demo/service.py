"""Protocol-independent execution of calls: faults, access to the model, the method, and the log."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from odoo_sync_tui.demo.access import UID, Access
from odoo_sync_tui.demo.calls import Call, CallRecord, ProxyResponse, Response
from odoo_sync_tui.demo.data.catalog import ABSTRACT_MODELS
from odoo_sync_tui.demo.errors import OdooError, access_error, refused_text
from odoo_sync_tui.demo.fault_control import ActiveFaults, Faults
from odoo_sync_tui.demo.faults import ForbiddenField, MissingModel, NoRight, VanishedField
from odoo_sync_tui.demo.orm.database import Database
from odoo_sync_tui.demo.orm.methods import FOR_EVERY_USER, Method, get_methods
from odoo_sync_tui.demo.orm.records import Records
from odoo_sync_tui.demo.values import Json, RowsInColumns, as_list

_MAX_LOGGED_CALLS: Final = 10_000
_VERSIONS: Final = {14: "14.0", 17: "17.0", 19: "19.0"}


class Service:
    """The part of one server shared by the three protocols."""

    def __init__(self, database: Database, access: Access) -> None:
        self.database = database
        self.access = access
        self.faults = Faults()
        self.calls: deque[CallRecord] = deque(maxlen=_MAX_LOGGED_CALLS)
        self.on_call: Callable[[Call], None] | None = None
        self.peak_calls = 0
        self._active_calls = 0
        self._lock = threading.Lock()

    @property
    def dialect(self) -> int:
        """The dialect: 14, 17 or 19."""
        return self.database.dialect

    @property
    def version(self) -> str:
        """The version, as in `server_version`."""
        return _VERSIONS[self.dialect]

    @property
    def version_info(self) -> dict[str, Json]:
        """The answer of `common.version`."""
        return {
            "server_version": self.version,
            "server_version_info": [self.dialect, 0, 0, "final", 0, ""],
            "server_serie": self.version,
            "protocol_version": 1,
        }

    def respond(
        self,
        call: Call,
        work: Callable[[ActiveFaults], Json],
        encode: Callable[[Json], Response],
        refuse: Callable[[OdooError], Response],
    ) -> Response:
        """Call `work` with the call's faults, and return its result encoded, or its error."""
        active_faults = self.faults.select(call)
        with self._lock:
            self._active_calls += 1
            self.peak_calls = max(self.peak_calls, self._active_calls)
        try:
            answer = encode(self._execute(call, active_faults, work))
        except OdooError as error:
            call.error = error.kind
            answer = refuse(error)
        except (ProxyResponse, ConnectionError):
            call.error = "wire"
            raise
        except Exception as error:  # noqa: BLE001  Odoo too answers any exception of a method
            call.error = type(error).__name__
            answer = refuse(OdooError(call.error, str(error)))
        finally:
            self.calls.append(CallRecord(call.protocol, call.model, call.method, call.row_count, call.error))
            with self._lock:
                self._active_calls -= 1
        return active_faults.deliver(call, answer)

    def _execute(self, call: Call, active_faults: ActiveFaults, work: Callable[[ActiveFaults], Json]) -> Json:
        active_faults.before(call)
        if self.on_call:
            self.on_call(call)
        result = active_faults.after(call, work(active_faults))
        call.row_count = len(as_list(result) or ())
        return result.make_groups() if isinstance(result, RowsInColumns) else result

    def open_records(self, call: Call, active_faults: ActiveFaults) -> Records:
        """Return the records of the call's model. Raises KeyError with the name of an unknown model."""
        if call.model in ABSTRACT_MODELS:
            raise OdooError("AccessError", refused_text("access", ABSTRACT_MODELS[call.model], call.model))
        if active_faults.has(MissingModel) or call.model not in self.database.tables:
            raise KeyError(call.model)
        return Records(
            self.database,
            self.database.table(call.model),
            call.context,
            UID,
            active_faults.build_hidden_test(call),
            active_faults.field_names(VanishedField),
            active_faults.field_names(ForbiddenField),
            self.faults.find_closed_models(),
        )

    def find_method(self, call: Call) -> Method:
        """Find the method of the call.

        Raises OdooError (AccessError) for a private one, KeyError with the text for an unknown one.
        """
        known = get_methods(self.dialect, call.model)
        if call.method.startswith("_") or (call.method == "exists" and call.method not in known):
            text = f"Private methods (such as '{call.model}.{call.method}') cannot be called remotely."
            raise OdooError("AccessError", text)
        if call.method not in known:
            raise KeyError(f"The method '{call.model}.{call.method}' does not exist")
        return known[call.method]

    def run(self, method: Method, records: Records, call: Call, active_faults: ActiveFaults, error_kind: str) -> Json:
        """Run a method under the database's lock; unfit arguments are an error of kind `wrong`."""
        try:
            bound = method.bind(records, call.args, call.kwargs)
        except TypeError as error:
            text = str(error) if error_kind == "UnprocessableEntity" else f"BaseModel.{call.method}() {error}"
            raise OdooError(error_kind, text) from None
        model = records.table.model
        if active_faults.has(NoRight) and call.method not in FOR_EVERY_USER:
            raise access_error(model.description, model.name)
        with self.database.lock:
            return method.function(*bound.args, **bound.kwargs)
