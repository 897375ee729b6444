"""Entries of the change log inside the documents that change: written with the change itself, and moved from there.

The server finds in the very update that sets the new values that the old ones are those that were read, or takes them
itself, so that an entry tells what happened whoever else writes. :mod:`odoo_sync_tui.store.change_log` moves the
entries, and drops those that changed nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from itertools import count
from typing import Any, NamedTuple

import bson

from odoo_sync_tui.core.changes.entry import get_subject
from odoo_sync_tui.core.changes.fields import ABSENT, pair_fields
from odoo_sync_tui.core.entity import Entity, Target
from odoo_sync_tui.store.driver.repository import Fields
from odoo_sync_tui.store.driver.values import UnstorableValue, encode

PENDING = "pending_changes"
"""Field of a document with the entries that are not moved yet, and of no other."""

_OLD = "pending_old"
"""Field that holds the old values in the middle of an update, and is never stored."""

_EXACT = frozenset({str, int, bool, datetime, bson.Decimal128, bson.ObjectId})
"""Types of which equal values are stored as equal bytes."""

OWN_FIELDS = frozenset({"_id", "hash", "fence", "incomplete"})
"""What a run notes for itself; it is no content."""


class KnownUpdate(NamedTuple):
    """An update, and the condition that its document is as it was read."""

    condition: Fields
    update: Fields


class Outbox:
    """Makes writes of one entity's documents that carry their own entry of the change log.

    Every statement has a token of its own; token and ``_id`` of the document identify an entry for ever.

    Args:
        entity: the entity.
        run_id: the run that writes.
        first_load: whether it is the entity's first.
    """

    def __init__(self, entity: Entity, run_id: str, *, first_load: bool) -> None:
        self._target: Target = entity.target
        self._origin: Fields = {
            "entity": entity.id,
            "subject": get_subject(entity),
            "active_field": entity.target.active_field,
            "first_load": first_load,
        }
        self._run_id = run_id
        self._statements = count(1)

    def make_token(self) -> str:
        """Make the token of the next statement; those of a run sort in the order of its statements."""
        return f"{self._run_id}:{next(self._statements):06}"

    def make_document(
        self, token: str, odoo_id: int, at: datetime, fields: Mapping[str, Any], *, with_values: bool = True
    ) -> Fields:
        """Make a new document with the entry of its creation."""
        new = self._select(fields) if with_values else {}
        entry = {**self._origin, "token": token, "at": at, "odoo_id": odoo_id, "created": True, "old": {}, "new": new}
        return {**fields, PENDING: [{**entry, **_omitted(with_values)}]}

    def make_update(
        self,
        token: str,
        at: datetime,
        fields: Mapping[str, Any],
        absent: Collection[str] = (),
        *,
        odoo_id: int | None = None,
        with_values: bool = True,
    ) -> list[Fields]:
        """Make the update that sets fields, removes others, and adds the entry of it.

        ``odoo_id``: ``None`` takes that of the document.
        """
        names = self._select(dict.fromkeys((*fields, *absent)))
        if not with_values:
            names = {name: None for name in names if name == self._target.active_field}
        entry = {
            **self._origin,
            "token": token,
            "at": at,
            "odoo_id": f"${self._target.id_field}" if odoo_id is None else odoo_id,
            "old": {"$arrayElemAt": [f"${_OLD}", 0]},
            "new": {name: f"${name}" for name in names},
            **_omitted(with_values),
        }
        pending: Fields = {"$cond": [{"$isArray": f"${PENDING}"}, f"${PENDING}", []]}
        # Quoted, because a text that begins with "$" would be a field; objects outside an array would be merged with
        # what the document has.
        return [
            {
                "$set": {
                    **{name: {"$literal": value} for name, value in fields.items()},
                    **dict.fromkeys(absent, "$$REMOVE"),
                    _OLD: [{name: f"${name}" for name in names}],
                }
            },
            {"$set": {PENDING: {"$concatArrays": [pending, [entry]]}, _OLD: "$$REMOVE"}},
        ]

    def make_known_update(
        self,
        token: str,
        at: datetime,
        fields: Mapping[str, Any],
        absent: Collection[str],
        before: Mapping[str, object],
        odoo_id: int,
    ) -> KnownUpdate:
        """Make the update of a document on condition that it holds what is known.

        Its entry holds what is changed alone. One of nothing is dropped when it is moved; until then its token tells
        that the document was written. The server compares numbers by value,
        whatever their type, and null with what is not there: the log lacks such a change of another program, and what
        follows of it stays right.
        """
        names = self._select(dict.fromkeys((*fields, *absent)))
        old = {name: before[name] for name in names if name in before}
        new = {name: fields[name] for name in names if name in fields}
        is_as_read: Fields = {name: {"$eq": old[name]} if name in old else {"$exists": False} for name in names}
        is_as_read[PENDING] = {"$exists": False}
        update: Fields = {"$set": dict(fields)}
        if absent:
            update["$unset"] = dict.fromkeys(absent, "")
        active = self._target.active_field
        switch = {key: {active: content.get(active)} for key, content in (("old", old), ("new", new))}
        entry = {**self._origin, "token": token, "at": at, "odoo_id": odoo_id, **switch}
        update["$set"][PENDING] = [{**entry, "fields": list_changed(old, new)}]
        return KnownUpdate(is_as_read, update)

    def _select(self, fields: Mapping[str, Any]) -> Fields:
        own = self._target.updated_at_field
        return {name: value for name, value in fields.items() if name != own and name not in OWN_FIELDS}


def _omitted(with_values: bool) -> Fields:
    return {} if with_values else {"values_omitted": True}


def list_changed(old: Mapping[str, object], new: Mapping[str, object]) -> list[Fields]:
    """List the fields in which two contents differ, as entries hold them: the name, and old and new value if any."""
    return [
        _to_field(name, before, after)
        for name, before, after in pair_fields(old, new)
        if not is_same_value(before, after)
    ]


def is_same_value(old: object, new: object) -> bool:
    """Whether two values are stored as the same bytes: 1 is not 1.0, nor is 1.0 Decimal 1.00."""
    if old is new:
        return True
    if old is ABSENT or new is ABSENT or old is None or new is None:
        return False
    if type(old) is type(new) and old == new and (type(old) in _EXACT or (type(old) is float and old)):
        return True  # but -0.0 equals 0.0, and is stored otherwise
    try:
        return encode({"": old}) == encode({"": new})
    except UnstorableValue:
        return False


def _to_field(name: str, old: object, new: object) -> Fields:
    values = {"old": old, "new": new}
    return {"name": name, **{key: value for key, value in values.items() if value is not ABSENT}}
