"""Names of changed fields: which parts of a document have a name of their own, and which names a pattern means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from fnmatch import fnmatchcase
from typing import Final, cast

NESTED = frozenset({"data", "data.extra"})
"""Fields that hold others, each of which has a name of its own; deeper values, and lists, are one value."""


class Absent(Enum):
    """Type of :data:`ABSENT`."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT
"""Stands for the value of a field that a document does not have, which is not null."""


_PLAIN = frozenset({str, int, bool, type(None)})
"""Types of which equal values are the same, whatever keeps them."""

Pair = tuple[str, object, object]
"""Name, old and new value of a field; :data:`ABSENT` stands for one that is not there."""


def pair_fields(old: Mapping[str, object], new: Mapping[str, object], prefix: str = "") -> Iterator[Pair]:
    """Pair the fields of two contents, without most of those that are the same: a document has many of them.

    To apply the pairs (set what is there, remove what is not) turns one content into the other.
    """
    for key, after in new.items():
        before = old.get(key, ABSENT)
        if before != after or before.__class__ is not after.__class__ or before.__class__ not in _PLAIN:
            yield from _pair(prefix + key, before, after)
    for key, before in old.items():
        if key not in new:
            yield from _pair(prefix + key, before, ABSENT)


def matches_field(name: str, patterns: Iterable[str]) -> bool:
    """Whether a pattern means a field: "stage_id", "x_*", or with the place in the document, "data.stage_id"."""
    short = get_short_name(name)
    return any(fnmatchcase(name, pattern) or fnmatchcase(short, pattern) for pattern in patterns)


def get_short_name(name: str) -> str:
    """Return the name of a field without its place in the document: "stage_id" of "data.stage_id"."""
    return name.removeprefix("data.").removeprefix("extra.")


def _pair(name: str, before: object, after: object) -> Iterator[Pair]:
    if name in NESTED and _has_named_parts(before, after):
        inner = cast("Mapping[str, object]", {} if before is ABSENT else before)
        yield from pair_fields(inner, cast("Mapping[str, object]", after), f"{name}.")
    else:
        yield name, before, after


def _has_named_parts(before: object, after: object) -> bool:
    """Whether the parts of two values can be named one by one, and applied one by one."""
    if not _is_nameable(after) or not (before is ABSENT or _is_nameable(before)):
        return False
    return before is not ABSENT or bool(after)


def _is_nameable(value: object) -> bool:
    """Whether the value holds fields of which each can be named: no key is empty, and none has a dot."""
    keys = cast("Mapping[str, object]", value).keys() if isinstance(value, Mapping) else ("",)
    return "" not in keys and "." not in "".join(keys)
