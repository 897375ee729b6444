"""Shapes of values: which keys there are, by path, and of which type each value is; and how two of them differ."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from bson import Decimal128, Int64, ObjectId

GOLDEN = Path(__file__).with_name("keys.json")
UPDATE = "UPDATE_GOLDEN"
KEYED_BY_NAMES = frozenset({"entities", "cursors", "checkpoints", "confirm_retire", "before", "fields", "selected"})
"""Dictionaries below these keys have names of entities or fields, or ids, for their keys; all count as one, ``*``."""
LEFT_BY_KILLS = ("audit_head.pending",)
"""Dictionaries that are empty unless a process was killed at the moment of a write: what is in them counts not."""
WORD_KEYS = frozenset(
    {
        "action",
        "outcome",
        "state",
        "kind",
        "mode",
        "inactive_reason",
        "sync_status",
        "verdict",
        "event",
        "source",
        "change",
    }
)
"""Keys whose values are words that other programs compare with (those of Odoo's rows, below ``data``, are not ours)."""

JSON_TYPES = {str: "str", int: "int", float: "float", bool: "bool", type(None): "null", list: "list", dict: "dict"}
BSON_TYPES = JSON_TYPES | {
    str: "string", float: "double", list: "array", dict: "object",
    datetime: "date", Int64: "long", Decimal128: "decimal", ObjectId: "objectId",
}  # fmt: skip


class Shape:
    """The union of the shapes of all values that were added."""

    def __init__(self, types: Mapping[type, str] = JSON_TYPES) -> None:
        self._types = types
        self._found: dict[str, set[str]] = {}
        self.words: dict[str, set[str]] = {}

    def add(self, value: Any, path: str = "") -> None:
        self._found.setdefault(path or ".", set()).add(self._types[type(value)])
        if isinstance(value, dict) and not path.endswith(LEFT_BY_KILLS):
            for key, inner in value.items():
                name = "*" if path.rpartition(".")[2] in KEYED_BY_NAMES else key
                self.add(inner, f"{path}.{name}" if path else name)
                if key in WORD_KEYS and isinstance(inner, str) and path != "data":
                    self.words.setdefault(key, set()).add(inner)
        elif isinstance(value, list):
            for inner in value:
                self.add(inner, f"{path}[]")

    def as_dict(self) -> dict[str, str]:
        return {path: " | ".join(sorted(types)) for path, types in sorted(self._found.items())}


def assert_golden(found: Mapping[str, Any]) -> None:
    """Compare these sections with those of the golden file, or with ``UPDATE_GOLDEN=1`` write them into it."""
    stored: dict[str, Any] = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}
    if os.environ.get(UPDATE) == "1":
        GOLDEN.write_text(json.dumps({**stored, **found}, indent=1, sort_keys=True) + "\n")
        return
    old, new = dict(_leaves({name: stored.get(name, {}) for name in found})), dict(_leaves(found))
    lines = [f"- {path}: {old[path]}" for path in sorted(old.keys() - new.keys())]
    lines += [f"+ {path}: {new[path]}" for path in sorted(new.keys() - old.keys())]
    lines += [f"~ {path}: {old[path]} -> {new[path]}" for path in sorted(old.keys() & new) if old[path] != new[path]]
    differences = "\n".join(lines)
    assert not lines, f"what is output or stored is not as in {GOLDEN.name} (meant so? {UPDATE}=1):\n{differences}"


def _leaves(value: Any, path: str = "") -> Iterable[tuple[str, str]]:
    if not isinstance(value, dict):
        yield path, json.dumps(value)
        return
    for key, inner in value.items():
        yield from _leaves(inner, f"{path} / {key}" if path else key)
