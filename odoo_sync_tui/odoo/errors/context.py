"""Place of a call, and the errors that a transport raises, before they are classified."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from odoo_sync_tui.core.text.redaction import shorten
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.runtime.http.answers import BadResponse

MAX_NAME_LENGTH = 100
MAX_FAULT_LENGTH = 10_000
"""Most characters that are kept of what Odoo says about an error."""


class Stage(StrEnum):
    """Phase before or after the first success: the same symptom is a wrong setting before, a transient error after."""

    CONNECT = "connect"
    RUN = "run"


@dataclass(frozen=True, slots=True)
class CallContext:
    """Server, user, model and method of a call: everything that an error message may name."""

    url: str
    database: str
    username: str
    stage: Stage = Stage.RUN
    model: str = ""
    method: str = ""
    has_api_key: bool = True
    proxy: str = ""
    masked_models: frozenset[str] = frozenset()

    @property
    def server(self) -> str:
        """The server as an error names it: its address, and the proxy on the way."""
        return f"{self.url}, through the proxy {self.proxy}," if self.proxy else self.url

    @property
    def hides_values(self) -> bool:
        """Whether the model has values that are masked, which Odoo may name in an error."""
        return self.model in self.masked_models

    @property
    def is_row_read(self) -> bool:
        """Whether the call computes fields on the server, so that one row can make it fail."""
        return self.method in {"read", "search_read"}


class ServerFault(Exception):
    """Error raised by Odoo itself: exception name without its module ("ValueError"), message, HTTP status."""

    def __init__(self, name: str, text: str, status: int = 200, retry_after: float | None = None) -> None:
        super().__init__(name)
        self.name = sanitize(name.rpartition(".")[2], MAX_NAME_LENGTH)
        self.text = shorten(text, MAX_FAULT_LENGTH)
        self.status = status
        self.retry_after = retry_after


class ForbiddenXml(BadResponse):
    """XML with what only an attack has: a document type or entities, which can grow into gigabytes."""


class UnreadableXml(Exception):
    """XML response that no parser reads, because a value holds a character that XML cannot carry."""
