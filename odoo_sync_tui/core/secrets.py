"""The secrets that this process has come to know, so that none of them reaches a log.

Whoever reads a secret tells it here at once. One register for the process, because an error can carry a secret from
any room into any log.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

HIDDEN = "***"

_known: set[str] = set()
_lock = threading.Lock()


def hide(secrets: Iterable[str]) -> None:
    """Never let these texts through :func:`redacted` again, as long as the process lives."""
    with _lock:
        _known.update(secret for secret in secrets if secret)


def redacted(text: str) -> str:
    """The text without any secret that is known."""
    with _lock:
        longest_first = sorted(_known, key=len, reverse=True)
    for secret in longest_first:
        text = text.replace(secret, HIDDEN)
    return text
