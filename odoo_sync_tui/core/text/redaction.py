"""Register of the secrets of this process, so that none of them reaches a log.

Code that reads a secret registers it at once. One register for the process, because an error can carry a secret from
any package into any log.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable
from contextlib import contextmanager

MASK = "***"

_known: set[str] = set()
_lock = threading.Lock()


def register_secrets(secrets: Iterable[str]) -> None:
    """Register secrets for :func:`redact`, for the life of the process."""
    with _lock:
        _known.update(secret for secret in secrets if secret)


@contextmanager
def forget_new_secrets() -> Generator[None]:
    """Forget at the end of the block the secrets registered in it, so that tests do not see those of each other."""
    with _lock:
        before = set(_known)
    try:
        yield
    finally:
        with _lock:
            _known.intersection_update(before)


def redact(text: str) -> str:
    """Replace every registered secret in a text."""
    with _lock:
        longest_first = sorted(_known, key=len, reverse=True)
    for secret in longest_first:
        text = text.replace(secret, MASK)
    return text
