"""Documents of the store, changed in one place: by another program, or by a test that plays one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str | int, ...]


def paths(fields: Mapping[str, Any], prefix: Path = ()) -> Iterator[Path]:
    """The path of every field, of those within documents and arrays too, but for the key."""
    for name, value in fields.items():
        if (name, *prefix) == ("_id",):
            continue
        yield (*prefix, name)
        inner = dict(enumerate(value)) if isinstance(value, list) else value
        if isinstance(inner, Mapping):
            yield from paths(inner, (*prefix, name))


def with_value(fields: Any, path: Path, value: object) -> Any:
    if not path:
        return value
    changed = fields.copy()
    changed[path[0]] = with_value(fields[path[0]], path[1:], value)
    return changed


def value_at(fields: Any, path: Path) -> Any:
    """The value at the path."""
    for step in path:
        fields = fields[step]
    return fields
