"""Fingerprints of rows as Odoo sent them: a row with a known fingerprint is not decoded, compared or stored again.

A row with the same values and names of related records becomes the same document, as long as it is read with the same
:class:`ReadProfile`. This is ten times cheaper than making the document and comparing that.
"""

from __future__ import annotations

import hashlib
import json
import marshal
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from types import ModuleType
from typing import cast

from odoo_sync_tui.core.entity import ColumnVerdict, KnownRow, RelatedRecord
from odoo_sync_tui.core.version import __version__
from odoo_sync_tui.odoo.rows.values import decode_many2one
from odoo_sync_tui.odoo.transport.http import WireRow

_PLAIN = 2
"""The newest format of :mod:`marshal` in which equal values always have equal bytes: later ones write references."""


@dataclass(frozen=True, slots=True)
class ReadProfile:
    """All that the reading of an entity depends on.

    Attributes:
        read_fingerprint: fingerprint of protocol, database, user, companies, model, domain, fields, currencies,
            language, models without names, and of the code that makes documents of rows: with another fingerprint the
            rows are another copy.
        access_fingerprint: fingerprint of the part that decides which rows are visible.
        missing_fields: wanted fields that this server lacks or that the Odoo user may not read.
        fields: the fields that are read, sorted.
        models_without_names: the models to which rows refer and whose names the Odoo user may not read, sorted.
        columns: the latest verdict on reading by columns, which no fingerprint covers: rows are the same either way.
    """

    read_fingerprint: str
    access_fingerprint: str
    missing_fields: tuple[str, ...]
    fields: tuple[str, ...]
    models_without_names: tuple[str, ...]
    columns: ColumnVerdict | None = field(default=None, compare=False)


def fingerprint_modules(modules: Iterable[ModuleType]) -> str:
    """Compute the fingerprint of this version of the program and of the source text of ``modules``.

    Raises:
        OSError: the file of a module is missing.
    """
    digest = hashlib.blake2b(__version__.encode(), digest_size=16)
    for module in modules:
        digest.update(Path(cast("str", module.__file__)).read_bytes())
    return digest.hexdigest()


def fingerprint_value(value: object) -> str:
    """Compute the fingerprint of a value that JSON can carry; what it cannot carry counts as its text."""
    return hashlib.sha256(json.dumps(value, default=str, sort_keys=True).encode()).hexdigest()[:32]


class RowFingerprinter:
    """Fingerprints of the rows of one field plan.

    Args:
        names: all fields read, in a fixed order.
        many2one: the fields whose related record has a name in the document, each with the related model.
    """

    def __init__(self, names: Sequence[str], many2one: Sequence[tuple[str, str]]) -> None:
        self._values_of = itemgetter(*names)
        self._many2one = tuple(many2one)

    def fingerprint_rows(
        self, rows: Iterable[WireRow], related: Mapping[str, Mapping[int, RelatedRecord]]
    ) -> dict[int, str]:
        """Compute ``"r1:"`` and 32 hexadecimal digits by id; none for a row that lacks a field or is unreadable."""
        names_by_model = {model: _names_by_id(records) for model, records in related.items()}
        many2one = [(name, names_by_model.get(model, {})) for name, model in self._many2one]
        values_of, found = self._values_of, dict[int, str]()
        for row in rows:
            try:
                data = marshal.dumps((values_of(row), _related_names(row, many2one)), _PLAIN)
            except (KeyError, TypeError, ValueError):
                continue
            found[cast("int", row["id"])] = f"r1:{hashlib.blake2b(data, digest_size=16).hexdigest()}"
        return found


def find_unchanged(
    rows: Iterable[WireRow], fingerprints: Mapping[int, str], known: Mapping[int, KnownRow]
) -> frozenset[int]:
    """Find the ids of the rows with the known fingerprint that are as active or archived as their document."""
    same: list[int] = []
    for row in rows:
        odoo_id = cast("int", row["id"])
        before = known.get(odoo_id)
        if (
            before
            and before.fingerprint == fingerprints.get(odoo_id)
            and before.active == (row.get("active") is not False)
        ):
            same.append(odoo_id)
    return frozenset(same)


def _related_names(row: WireRow, many2one: Sequence[tuple[str, Mapping[object, str | None]]]) -> list[str | None]:
    """List the names of the related records of a row."""
    return [
        known.get(value if (value := row[name]).__class__ is int else decode_many2one(value))
        for name, known in many2one
    ]


def _names_by_id(records: Mapping[int, RelatedRecord]) -> dict[object, str | None]:
    return {each: record.name for each, record in records.items()}
