"""HTTP responses with a deadline for headers and body.

A socket's time limit starts anew with every byte: a peer that sends one byte a minute, even of the headers, would hold
a call for ever.
"""

from __future__ import annotations

import time
from http.client import HTTPResponse
from io import BufferedReader, RawIOBase
from socket import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class TimedResponse(HTTPResponse):
    """HTTP response whose headers and body together end within the socket's time limit at the start."""

    def __init__(self, sock: socket, debuglevel: int = 0, method: str | None = None, url: str | None = None) -> None:
        super().__init__(sock, debuglevel, method, url)
        if (limit := sock.gettimeout()) is not None:
            self.fp.close()
            self.fp = BufferedReader(_TimedStream(sock, time.monotonic() + limit))


class _TimedStream(RawIOBase):
    """Byte stream of a socket until ``end`` of the monotonic clock; later reads raise ``TimeoutError``."""

    def __init__(self, connected: socket, end: float) -> None:
        self._connected = connected
        self._stream = connected.makefile("rb", buffering=0)
        self._end = end

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer did not end in time")
        self._connected.settimeout(left)
        return self._stream.readinto(buffer)

    def close(self) -> None:
        self._stream.close()
        super().close()
