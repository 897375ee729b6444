"""The look-alike as one object, with its url, its records and its faults."""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Final

from odoo_sync_tui.demo.access import Access
from odoo_sync_tui.demo.calls import Call, CallRecord
from odoo_sync_tui.demo.fault_control import Faults
from odoo_sync_tui.demo.orm.database import Database
from odoo_sync_tui.demo.orm.domain import parse_domain
from odoo_sync_tui.demo.orm.search import Search
from odoo_sync_tui.demo.protocols.http import HttpServer
from odoo_sync_tui.demo.service import Service
from odoo_sync_tui.demo.values import Json, Value, Values

DIALECTS: Final = (14, 17, 19)
MIN_RECORDS: Final = 20
MAX_RECORDS: Final = 1_000_000


def _now() -> datetime:
    return datetime.now(UTC)


class DemoOdoo:
    """An Odoo of `dialect` 14, 17 or 19 on 127.0.0.1, with `records` accounts (20 to 1,000,000) made from `seed`.

    `port` 0 takes a free one. `clock` (the machine's by default) sets the write_date of edits and the Date header. All
    methods may be called from any thread, also while calls are answered. Use it as a context manager, or `start` and
    `stop`.
    """

    database: Final = "demo"
    username: Final = "admin"
    password: Final = "demo"  # noqa: S105  the password of a demonstration

    def __init__(
        self,
        *,
        records: int = 200,
        seed: int = 1,
        dialect: int = 19,
        port: int = 0,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        if not MIN_RECORDS <= records <= MAX_RECORDS:
            raise ValueError(f"records must be from {MIN_RECORDS} to {MAX_RECORDS:,}, not {records:,}")
        if dialect not in DIALECTS:
            raise ValueError(f"dialect must be one of {', '.join(map(str, DIALECTS))}, not {dialect}")
        self.api_key = hashlib.blake2b(f"api key {seed}".encode(), digest_size=20).hexdigest()
        self._port = port
        self._database = Database(
            records=records, seed=seed, dialect=dialect, username=self.username, clock=clock or _now
        )
        self._access = Access(self.database, self.username, self.password, self.api_key)
        self._service = Service(self._database, self._access)
        self._http: HttpServer | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start listening. Raises OSError if the port is taken, RuntimeError if already started."""
        if self._http:
            raise RuntimeError("the look-alike is running already")
        self._http = HttpServer(self._port, self._service)
        self._port = self._http.server_address[1]
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, name="demo-odoo", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Close every connection and wait for every thread. Edits stay; a restart uses the same port."""
        if self._http and self._thread:
            self._http.stop()
            self._thread.join()
        self._http = self._thread = None

    def __enter__(self) -> DemoOdoo:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The server's URL, without a slash at the end. Known after `start`."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def dialect(self) -> int:
        """The dialect: 14, 17 or 19."""
        return self._database.dialect

    @property
    def faults(self) -> Faults:
        """The active faults."""
        return self._service.faults

    @property
    def calls(self) -> deque[CallRecord]:
        """The last 10,000 calls, oldest first: protocol, model, method, number of rows, error."""
        return self._service.calls

    @property
    def peak_calls(self) -> int:
        """The highest number of calls answered at the same time."""
        return self._service.peak_calls

    @property
    def on_call(self) -> Callable[[Call], None] | None:
        """Hook before each answer, in the thread of the call: a test may edit records there."""
        return self._service.on_call

    @on_call.setter
    def on_call(self, hook: Callable[[Call], None] | None) -> None:
        self._service.on_call = hook

    def revoke_key(self) -> None:
        """Make the API key invalid."""
        self._access.set_api_key(None)

    def restore_key(self) -> None:
        """Make the API key valid again."""
        self._access.set_api_key(self.api_key)

    def create(self, model: str, values: Values) -> int:
        """Add a record and return its id; fields without a value are empty, `active` is true."""
        return self._database.create(model, values)

    def write(self, model: str, record_id: int, values: Values) -> None:
        """Write `values` to a record and set its write_date, unless the values contain one."""
        self._database.write(model, record_id, values)

    def archive(self, model: str, record_id: int) -> None:
        """Make a record inactive."""
        self._database.write(model, record_id, {"active": False})

    def unarchive(self, model: str, record_id: int) -> None:
        """Make a record active again."""
        self._database.write(model, record_id, {"active": True})

    def delete(self, model: str, record_id: int) -> None:
        """Remove a record without a trace, as Odoo does."""
        self._database.delete(model, record_id)

    def count(self, model: str, domain: Json = None) -> int:
        """Count the records of `model` that match `domain`, archived included."""
        with self._database.lock:
            return self._search(model).count(parse_domain(domain, self.dialect))

    def search(self, model: str, domain: Json = None) -> list[int]:
        """Return the ids of matching records in rising order, archived included."""
        with self._database.lock:
            return self._search(model).find(parse_domain(domain, self.dialect), "id", 0, None)

    def get_value(self, model: str, record_id: int, field: str) -> Value:
        """Return the stored value of a field: bare ids, datetimes as microseconds since 1970, False if empty."""
        with self._database.lock:
            return self._database.get_value(model, record_id, field)

    def exists(self, model: str, record_id: int) -> bool:
        """Whether the record exists, archived or not."""
        return self._database.table(model).exists(record_id)

    def last_id(self, model: str) -> int:
        """Return the highest id ever assigned."""
        return self._database.table(model).last_id

    def _search(self, model: str) -> Search:
        return Search(self._database, self._database.table(model))
