"""Answers calls, whatever protocol brought them: faults, access to the model, the method, and the log."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from odoo_sync_tui.demo.access import UID, Access
from odoo_sync_tui.demo.calls import Answer, Call, Logged, WireAnswer
from odoo_sync_tui.demo.database import Database
from odoo_sync_tui.demo.errors import OdooError, access_error
from odoo_sync_tui.demo.faults import Faults, ForbiddenField, MissingModel, NoRight, Struck, VanishedField
from odoo_sync_tui.demo.methods import Method, methods
from odoo_sync_tui.demo.records import Records
from odoo_sync_tui.demo.values import Json, as_list

_LOGGED_CALLS: Final = 10_000
_VERSIONS: Final = {14: "14.0", 17: "17.0", 19: "19.0"}


class Service:
    """What the three protocols have in common on one server."""

    def __init__(self, database: Database, access: Access) -> None:
        self.database = database
        self.access = access
        self.faults = Faults()
        self.calls: deque[Logged] = deque(maxlen=_LOGGED_CALLS)
        self.on_call: Callable[[Call], None] | None = None
        self.peak_calls = 0
        self._running = 0
        self._lock = threading.Lock()

    @property
    def dialect(self) -> int:
        """14, 17 or 19."""
        return self.database.dialect

    @property
    def version(self) -> str:
        """As `server_version` has it."""
        return _VERSIONS[self.dialect]

    @property
    def version_info(self) -> dict[str, Json]:
        """What `common.version` answers."""
        return {
            "server_version": self.version,
            "server_version_info": [self.dialect, 0, 0, "final", 0, ""],
            "server_serie": self.version,
            "protocol_version": 1,
        }

    def respond(
        self,
        call: Call,
        work: Callable[[Struck], Json],
        encode: Callable[[Json], Answer],
        refuse: Callable[[OdooError], Answer],
    ) -> Answer:
        """Do `work` with all faults that strike the call, and give its result encoded, or its error."""
        struck = self.faults.strike(call)
        with self._lock:
            self._running += 1
            self.peak_calls = max(self.peak_calls, self._running)
        try:
            answer = encode(self._result(call, struck, work))
        except OdooError as error:
            call.error = error.kind
            answer = refuse(error)
        except (WireAnswer, ConnectionError):
            call.error = "wire"
            raise
        except Exception as error:  # noqa: BLE001  Odoo too answers whatever a method raises
            call.error = type(error).__name__
            answer = refuse(OdooError(call.error, str(error)))
        finally:
            self.calls.append(Logged(call.protocol, call.model, call.method, call.rows, call.error))
            with self._lock:
                self._running -= 1
        return struck.deliver(call, answer)

    def _result(self, call: Call, struck: Struck, work: Callable[[Struck], Json]) -> Json:
        struck.before(call)
        if self.on_call:
            self.on_call(call)
        result = struck.after(call, work(struck))
        call.rows = len(as_list(result) or ())
        return result

    def records(self, call: Call, struck: Struck) -> Records:
        """The model of the call. Raises KeyError with the name when there is no such model."""
        if struck.has(MissingModel) or call.model not in self.database.tables:
            raise KeyError(call.model)
        return Records(
            self.database,
            self.database.table(call.model),
            call.context,
            UID,
            struck.hides(call),
            struck.fields(VanishedField),
            struck.fields(ForbiddenField),
        )

    def method(self, call: Call) -> Method:
        """The method of the call.

        Raises OdooError (AccessError) for a private one, KeyError with the text for an unknown one.
        """
        known = methods(self.dialect, call.model)
        if call.method.startswith("_") or (call.method == "exists" and call.method not in known):
            text = f"Private methods (such as '{call.model}.{call.method}') cannot be called remotely."
            raise OdooError("AccessError", text)
        if call.method not in known:
            raise KeyError(f"The method '{call.model}.{call.method}' does not exist")
        return known[call.method]

    def run(self, method: Method, records: Records, call: Call, struck: Struck, wrong: str) -> Json:
        """Run a method, alone in the database; arguments that do not fit are an error of kind `wrong`."""
        try:
            bound = method.bind(records, call.args, call.kwargs)
        except TypeError as error:
            text = str(error) if wrong == "UnprocessableEntity" else f"BaseModel.{call.method}() {error}"
            raise OdooError(wrong, text) from None
        model = records.table.model
        if struck.has(NoRight) and call.method != "fields_get":
            raise access_error(model.description, model.name)
        with self.database.lock:
            return method.function(*bound.args, **bound.kwargs)
