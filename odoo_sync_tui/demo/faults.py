"""Faults for tests, switched on and off while the look-alike runs.

A fault applies to the calls of a `model` and `method` (None: of any), from the `first` matching one (1) on, `times` of
them (None: all).
"""

# ruff: noqa: ARG002  the hooks of all faults share one signature; most faults use only a part of it

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final, cast

from odoo_sync_tui.demo.calls import Call, Delivery, ProxyResponse, Response, build_html
from odoo_sync_tui.demo.errors import OdooError
from odoo_sync_tui.demo.values import Json, as_list

CENSUS_METHODS: Final = frozenset(("search", "search_read", "search_count", "formatted_read_group", "read_group"))


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Base class of all faults; changes nothing by itself."""

    model: str | None = None
    method: str | None = None
    first: int = 1
    times: int | None = None

    def matches(self, call: Call) -> bool:
        """Whether the call has the model and method of the fault."""
        return self.model in {None, call.model} and self.method in {None, call.method}

    def before(self, call: Call) -> None:
        """Act before Odoo reads the call: raise OdooError or WireAnswer, or wait."""

    def after(self, call: Call, result: Json) -> Json:
        """Act on the result: change it, or raise OdooError."""
        return result

    def deliver(self, call: Call, answer: Response) -> Response:
        """Act on the answer before it is sent: change its bytes or their delivery."""
        return answer

    def is_hidden(self, call: Call, record_id: int) -> bool:
        """Whether record `number` of the call's model is hidden from the user."""
        return False


@dataclass(frozen=True, kw_only=True)
class HttpStatus(Fault):
    """A proxy answers `status` (429, 502, 503 ...) in HTML; `retry_after` in seconds or as an HTTP date."""

    status: int = 503
    retry_after: str | None = None

    def before(self, call: Call) -> None:
        """Answer in place of Odoo."""
        headers = (("Retry-After", self.retry_after),) if self.retry_after is not None else ()
        raise ProxyResponse(build_html(self.status, "Service problem", "The proxy says no.", headers))


@dataclass(frozen=True, kw_only=True)
class HtmlBody(Fault):
    """A login or maintenance page comes back with status 200."""

    def before(self, call: Call) -> None:
        """Answer in place of Odoo."""
        raise ProxyResponse(build_html(200, "Log in", "Please log in to the company network."))


@dataclass(frozen=True, kw_only=True)
class TruncatedBody(Fault):
    """The body ends in the middle, with a matching Content-Length: the text does not parse."""

    def deliver(self, call: Call, answer: Response) -> Response:
        """Keep the first half."""
        return replace(answer, body=answer.body[: len(answer.body) // 2])


@dataclass(frozen=True, kw_only=True)
class ResetBefore(Fault):
    """The connection is reset before a byte of the answer."""

    def deliver(self, call: Call, answer: Response) -> Response:
        """Send nothing, then a reset."""
        return replace(answer, delivery=Delivery.RESET)


@dataclass(frozen=True, kw_only=True)
class ResetMidBody(Fault):
    """The connection is reset after half of the body."""

    def deliver(self, call: Call, answer: Response) -> Response:
        """Send half, then a reset."""
        return replace(answer, delivery=Delivery.CUT)


@dataclass(frozen=True, kw_only=True)
class DisconnectAbove(Fault):
    """More than `rows` rows end in a closed connection without a byte, as after a killed worker."""

    rows: int = 0

    def deliver(self, call: Call, answer: Response) -> Response:
        """Close without a byte if the page is too big."""
        return replace(answer, delivery=Delivery.DROP) if call.row_count > self.rows else answer


@dataclass(frozen=True, kw_only=True)
class SlowBody(Fault):
    """The body trickles out over `seconds`."""

    seconds: float = 1.0

    def deliver(self, call: Call, answer: Response) -> Response:
        """Spread the body."""
        return replace(answer, seconds=self.seconds)


@dataclass(frozen=True, kw_only=True)
class Hang(Fault):
    """No answer until `released` is set, the client disconnects or the server stops."""

    released: threading.Event = field(default_factory=threading.Event)

    def before(self, call: Call) -> None:
        """Wait."""
        call.pause(self.released)


@dataclass(frozen=True, kw_only=True)
class RaisedError(Fault):
    """An error of class `kind` with `text`: `Raise(kind="UserError", text="Period is locked")`."""

    kind: str = "ValueError"
    text: str = "Something went wrong"

    def before(self, call: Call) -> None:
        """Raise the error."""
        raise OdooError(self.kind, self.text)


@dataclass(frozen=True, kw_only=True)
class MemoryAbove(Fault):
    """More than `rows` rows in one answer end in a MemoryError."""

    rows: int = 0

    def after(self, call: Call, result: Json) -> Json:
        """Raise if the page is too big."""
        if len(as_list(result) or ()) > self.rows:
            raise OdooError("MemoryError", "")
        return result


@dataclass(frozen=True, kw_only=True)
class PoisonRow(Fault):
    """A ValueError for any answer with record `number` and `field_name` (None: any field)."""

    record_id: int = 0
    field_name: str | None = None

    def after(self, call: Call, result: Json) -> Json:
        """Raise if the row is in the result."""
        for row in _rows(result):
            if row.get("id") == self.record_id and (self.field_name in row if self.field_name else len(row) > 1):
                raise OdooError(
                    "ValueError", f"Expected singleton: {call.model}({self.record_id}, {self.record_id + 1})"
                )
        return result


@dataclass(frozen=True, kw_only=True)
class WrongValue(Fault):
    """Record `number` has `value` in `field_name`, regardless of the field's type."""

    record_id: int = 0
    field_name: str = ""
    value: Json = None

    def after(self, call: Call, result: Json) -> Json:
        """Put the value in."""
        for row in _rows(result):
            if row.get("id") == self.record_id and self.field_name in row:
                row[self.field_name] = self.value
        return result


@dataclass(frozen=True, kw_only=True)
class ShortAnswer(Fault):
    """The second half of a list is missing, without an error."""

    def after(self, call: Call, result: Json) -> Json:
        """Keep the first half."""
        items = as_list(result) or []
        del items[len(items) // 2 :]
        return result


@dataclass(frozen=True, kw_only=True)
class VanishedField(Fault):
    """Field `name` of a removed module: absent from fields_get, an error if requested."""

    name: str = ""


@dataclass(frozen=True, kw_only=True)
class ForbiddenField(Fault):
    """fields_get lists `name`, but reading it is an AccessError with the field's name."""

    name: str = ""


@dataclass(frozen=True, kw_only=True)
class MissingModel(Fault):
    """The application is not installed: the model does not exist."""


@dataclass(frozen=True, kw_only=True)
class NoRight(Fault):
    """The user may not read the model at all (fields_get still answers, as Odoo's does)."""


@dataclass(frozen=True, kw_only=True)
class HiddenIds(Fault):
    """A record rule hides `ids`: searches leave them out, reading one of them fails the whole call."""

    ids: Iterable[int] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", frozenset(self.ids))

    def is_hidden(self, call: Call, record_id: int) -> bool:
        """Whether the rule hides the record."""
        return record_id in cast("frozenset[int]", self.ids)


@dataclass(frozen=True, kw_only=True)
class EmptyCensus(Fault):
    """Searches and counts find nothing at all."""

    def is_hidden(self, call: Call, record_id: int) -> bool:
        """Hide every record from searches."""
        return call.method in CENSUS_METHODS


@dataclass(frozen=True, kw_only=True)
class HalfCensus(Fault):
    """Searches and counts find only the records of odd id."""

    def is_hidden(self, call: Call, record_id: int) -> bool:
        """Hide every second record from searches."""
        return record_id % 2 == 0 and call.method in CENSUS_METHODS


def _rows(result: Json) -> list[dict[str, Json]]:
    """Return the rows of an answer, empty if it has no rows."""
    return [cast("dict[str, Json]", one) for one in as_list(result) or () if isinstance(one, dict)]
