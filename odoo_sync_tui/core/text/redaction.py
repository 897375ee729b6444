"""Register of the secrets of this process, so that none of them leaves it in a message.

Code that reads a secret registers it at once. One register for the process, because an error can carry a secret from
any package to any output. The doors through which text leaves ask it: ``sanitize.py`` beside this module for screen,
stdout, stderr and log, ``jsonable.py`` for JSON and files, and ``store/driver/messages.py`` for the store.
"""

from __future__ import annotations

import re
import threading
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from json import dumps
from urllib.parse import quote, quote_plus

MASK = "***"
ELLIPSIS = "\u2026"

MIN_SECRET_LENGTH = 4
"""Characters of the shortest secret that is masked: a shorter one occurs in every other word."""

MAX_SECRET_LENGTH = 10_000
"""Characters of the longest: what another program left as a key of megabytes must not be looked for in every text."""

COMMON_WORDS = frozenset(
    {
        *("admin", "demo", "localhost", "mongo", "mongodb", "odoo", "root", "test"),
        *("attention", "cancelled", "failed", "interrupted", "partial", "running", "success", "unavailable"),
        *("started", "waiting", "wrong"),
    }
)
"""Words that are never masked. They stand in every output anyway, so that nobody learns from one of them what it is
besides; and masked, they would change what programs read: an outcome, a source, an operator."""

_MIN_ENCODED_LENGTH = 8
"""Characters of the shortest base64 that is masked: a shorter one may be part of anything."""


@dataclass(frozen=True, slots=True)
class _Register:
    """Secrets, and what is looked for because of them. Replaced as a whole, so that readers need no lock."""

    secrets: frozenset[str] = frozenset()
    plain: tuple[str, ...] = ()
    escaped: tuple[str, ...] = ()
    pattern: re.Pattern[str] = re.compile("(?!)")
    longest: int = 0

    def is_in(self, text: str) -> bool:
        """Whether a form of a secret is in the text. Plain loops: a generator costs as much as the whole search."""
        for form in self.plain:
            if form in text:
                return True
        if "%" in text or "\\" in text:
            for form in self.escaped:
                if form in text:
                    return True
        return False


_lock = threading.Lock()
_secrets = frozenset[str]()
_register = _Register()


def register_secrets(secrets: Iterable[str]) -> None:
    """Register secrets for :func:`redact`, for the life of the process, each with the forms in which it travels.

    One with fewer than :data:`MIN_SECRET_LENGTH` characters and the :data:`COMMON_WORDS` are not masked.
    """
    global _secrets  # noqa: PLW0603 - one register for the process
    with _lock:
        new = {secret for secret in secrets if secret not in _secrets and is_masked(secret)}
        if new:
            _secrets |= new


def is_masked(secret: str) -> bool:
    """Whether a secret of this form is masked at all once it is registered."""
    return MIN_SECRET_LENGTH <= len(secret) <= MAX_SECRET_LENGTH and secret.lower() not in COMMON_WORDS


@contextmanager
def forget_new_secrets() -> Generator[None]:
    """Forget at the end of the block the secrets registered in it, so that tests do not see those of each other."""
    global _secrets  # noqa: PLW0603 - one register for the process
    before = _secrets
    try:
        yield
    finally:
        with _lock:
            _secrets &= before


def redact(text: str) -> str:
    """Replace every registered secret in a text."""
    known = _get_register()
    return known.pattern.sub(MASK, text) if known.is_in(text) else text


def shorten(text: str, limit: int) -> str:
    """Redact a text and cut it to ``limit`` characters, "…" at the end included.

    In this order, because half of a secret would not be found any more. Of a text of any length only the beginning is
    looked at.
    """
    longest = _get_register().longest
    window = 4 * limit + longest
    if len(text) <= window:
        text = redact(text)
        return text if len(text) <= limit else text[: limit - 1] + ELLIPSIS
    head = redact(text[:window])
    # What the window has cut through is at its end, and shorter than the longest secret.
    return head[: max(0, len(head) - longest)][: limit - 1] + ELLIPSIS


def _get_register() -> _Register:
    """Get the register of all secrets. Made when a text is looked at: settings of a thousand servers register first."""
    global _register  # noqa: PLW0603 - one register for the process, replaced as a whole
    if _register.secrets is not _secrets:
        with _lock:
            if _register.secrets is not _secrets:
                _register = _build_register(_secrets)
    return _register


def _build_register(secrets: frozenset[str]) -> _Register:
    """Build the register. The longest form comes first, so that no part of it is masked alone."""
    found: dict[str, None] = {}
    shortest: dict[str, None] = {}
    for secret in secrets:
        forms = dict.fromkeys(_forms(secret))
        found |= forms
        # A form that holds another one is found by it.
        shortest |= dict.fromkeys(form for form in forms if not any(each in form for each in forms if each != form))
    ordered = sorted(found, key=lambda form: (-len(form), form))
    pattern = re.compile("|".join(map(re.escape, ordered)) or "(?!)")
    escaped = tuple(form for form in shortest if "%" in form or "\\" in form)
    plain = tuple(form for form in shortest if not ("%" in form or "\\" in form))
    return _Register(secrets, plain, escaped, pattern, len(ordered[0]) if ordered else 0)


def _forms(secret: str) -> Iterator[str]:
    """Yield the forms of a secret: plain, as host name, and encoded for a URL, JSON, Python's repr and base64."""
    yield secret
    if is_masked(secret.lower()):
        yield secret.lower()
    bytes_of_it = secret.encode(errors="replace")
    for encoded in (quote(bytes_of_it, ""), quote(bytes_of_it), quote_plus(bytes_of_it)):
        yield encoded
        yield re.sub("%..", lambda code: code[0].lower(), encoded)
    yield from (dumps(secret)[1:-1], dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1])
    if "://" not in secret:  # an address travels in no header
        yield from _base64_forms(bytes_of_it)


def _base64_forms(secret: bytes) -> Iterator[str]:
    """Yield what base64 makes of a secret that is preceded by any other bytes, as in "user:secret".

    It depends on their number modulo three. Characters that also hold bits of a neighbour are left out.
    """
    for before in range(3):
        first, last = -(-8 * before // 6), 8 * (before + len(secret)) // 6
        if last - first < _MIN_ENCODED_LENGTH:
            continue
        for encode in (b64encode, urlsafe_b64encode):
            yield encode(bytes(before) + secret).decode()[first:last]
