"""One call as the look-alike sees it, the same for all protocols, and what the server answers to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from threading import Event

from odoo_sync_tui.demo.values import Json


class Manner(Enum):
    """How the bytes of an answer leave."""

    WHOLE = "whole"
    DROP = "the connection is closed without a byte"
    RESET = "the connection is reset without a byte"
    CUT = "half of the body, then a reset"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; `seconds` spreads the body over so much time."""

    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    manner: Manner = Manner.WHOLE
    seconds: float = 0.0


@dataclass(slots=True)
class Call:
    """One call: `model` is "" for logins and version questions.

    `pause` blocks until an event is set, the server stops or the client leaves; `rows` and `error` (the short name of
    the exception, else "") are known afterwards.
    """

    protocol: str
    model: str
    method: str
    args: list[Json]
    kwargs: dict[str, Json]
    pause: Callable[[Event], None]
    context: dict[str, Json] = field(default_factory=dict[str, Json])
    rows: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Logged:
    """What the log of calls keeps of one."""

    protocol: str
    model: str
    method: str
    rows: int
    error: str = ""


class WireAnswer(Exception):
    """Raised by a fault to answer in place of Odoo, as a proxy does."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def html(status: int, title: str, text: str, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """A small HTML page, as werkzeug and proxies answer errors."""
    page = f"<!doctype html>\n<html lang=en>\n<title>{status} {title}</title>\n<h1>{title}</h1>\n<p>{text}</p>\n"
    return Answer(status, "text/html; charset=utf-8", page.encode(), headers)
