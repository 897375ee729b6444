"""A database in a process that is killed at one of its writes: from then on nothing of it reaches the server."""

from __future__ import annotations

from typing import Any

WRITES = frozenset(
    {
        "bulk_write",
        "delete_many",
        "delete_one",
        "find_one_and_update",
        "insert_many",
        "insert_one",
        "update_many",
        "update_one",
    }
)


class Killed(BaseException):
    """The process ends here."""


class Life:
    """How long the process lives: it is killed before, or just after, its write of this number."""

    def __init__(self, number: int, *, after: bool) -> None:
        self._left, self._after = number, after

    def write(self, method: Any, given: Any, named: Any) -> Any:
        self._left -= 1
        if self._left == 0 and self._after:
            method(*given, **named)
        if self._left <= 0:
            raise Killed
        return method(*given, **named)


class Mortal:
    """A database or one of its collections."""

    def __init__(self, inner: Any, life: Life) -> None:
        self._inner, self._life = inner, life

    def __getitem__(self, name: str) -> Mortal:
        return Mortal(self._inner[name], self._life)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if name == "with_options":
            return lambda **options: Mortal(method(**options), self._life)
        return (lambda *given, **named: self._life.write(method, given, named)) if name in WRITES else method
