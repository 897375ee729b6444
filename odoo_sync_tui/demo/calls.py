"""One call and its response, the same for all protocols."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from threading import Event

from odoo_sync_tui.demo.values import Json


class Delivery(Enum):
    """Transmission of an answer's bytes."""

    WHOLE = "whole"
    DROP = "the connection is closed without a byte"
    RESET = "the connection is reset without a byte"
    CUT = "half of the body, then a reset"


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP answer; the body is spread over `seconds`."""

    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    delivery: Delivery = Delivery.WHOLE
    seconds: float = 0.0


@dataclass(slots=True)
class Call:
    """One call; `model` is "" for logins and version requests.

    `pause` blocks until an event is set, the server stops or the client disconnects; `rows` and `error` (the short name
    of the exception, else "") are set afterwards.
    """

    protocol: str
    model: str
    method: str
    args: list[Json]
    kwargs: dict[str, Json]
    pause: Callable[[Event], None]
    context: dict[str, Json] = field(default_factory=dict[str, Json])
    row_count: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class CallRecord:
    """Entry of the call log."""

    protocol: str
    model: str
    method: str
    row_count: int
    error: str = ""


class ProxyResponse(Exception):
    """Exception of a fault that answers in place of Odoo, like a proxy."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status)
        self.response = answer


def build_html(status: int, title: str, text: str, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    """Build a small HTML page, like the error pages of werkzeug and proxies."""
    page = f"<!doctype html>\n<html lang=en>\n<title>{status} {title}</title>\n<h1>{title}</h1>\n<p>{text}</p>\n"
    return Response(status, "text/html; charset=utf-8", page.encode(), headers)
