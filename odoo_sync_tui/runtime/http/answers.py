"""Answers of a server, within a bound of bytes, and what is wrong with others."""

from __future__ import annotations

from dataclasses import dataclass

import urllib3

from odoo_sync_tui.core.text.sanitize import sanitize

MAX_BYTES = 256 * 1024
"""Largest response to a question whose answer is small: version, login, a count."""
CHUNK = 256 * 1024


@dataclass(slots=True)
class AnswerBound:
    """Bound of the bytes of one answer, as received and decompressed; ``byte_count``: how many there were."""

    max_bytes: int = MAX_BYTES
    byte_count: int = 0


@dataclass(frozen=True, slots=True)
class Redirect:
    """Redirect of a call. Its query is left out: it may hold secrets.

    Attributes:
        host: host of the target.
        base_url: the address below which the same page is found; empty where the target is another page.
        is_same_server: whether scheme, host and port are those of the call.
    """

    host: str
    base_url: str
    is_same_server: bool


class BadResponse(Exception):
    """Response outside the protocol: a web page, an empty or broken body, a redirect, a bare status."""

    def __init__(
        self, status: int, description: str, redirect: Redirect | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.redirect = redirect
        self.retry_after = retry_after


class OversizedResponse(BadResponse):
    """Response that holds more than may be read for its use."""


@dataclass(frozen=True, slots=True)
class Response:
    """HTTP response: status, content type in lower case, body, ``Retry-After`` in seconds, and redirect."""

    status: int
    content_type: str
    body: bytes
    retry_after: float | None = None
    redirect: Redirect | None = None

    def require_content_type(self, kind: str) -> None:
        """Check that the body is of ``kind`` ("json", "xml").

        Raises:
            BadAnswer: it is something else, empty, or a redirect.
        """
        if not self.body:
            raise self.to_error("an empty body")
        if kind not in self.content_type:
            html = "html" in self.content_type
            raise self.to_error(
                "a web page (HTML)" if html else (sanitize(self.content_type, 100) or "no content type")
            )

    def to_error(self, description: str) -> BadResponse:
        """Make the error with ``description`` for this response."""
        return BadResponse(self.status, description, self.redirect, self.retry_after)


def read_body(response: urllib3.BaseHTTPResponse, bound: AnswerBound) -> bytes:
    """Read the whole body, and count its bytes.

    Raises:
        OversizedResponse: it is larger than the bound.
    """
    chunks: list[bytes] = []
    size = 0
    while chunk := response.read1(CHUNK):
        chunks.append(chunk)
        size += len(chunk)
        if size > bound.max_bytes:
            raise OversizedResponse(response.status, f"more than {bound.max_bytes // 1024:,} kB".replace(",", " "))
    bound.byte_count = size
    return b"".join(chunks)
