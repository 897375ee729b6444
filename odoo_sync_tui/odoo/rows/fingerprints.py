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
from hashlib import blake2b
from itertools import repeat
from pathlib import Path
from types import ModuleType
from typing import cast

from odoo_sync_tui.core.cursor import ColumnVerdict
from odoo_sync_tui.core.entity import KnownRow, RelatedRecord
from odoo_sync_tui.core.text.masking import Masker
from odoo_sync_tui.core.version import __version__
from odoo_sync_tui.odoo.rows.columns import ABSENT, WireTable
from odoo_sync_tui.odoo.rows.values import decode_many2one
from odoo_sync_tui.runtime.threads import make_way

_PLAIN = 2
"""The newest format of :mod:`marshal` in which equal values always have equal bytes: later ones write references."""
_START = "r1:"


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
        shapes: what values the fields may have, by name; rows do not depend on it.
        columns: the latest verdict on reading by columns, which no fingerprint covers: rows are the same either way.
    """

    read_fingerprint: str
    access_fingerprint: str
    missing_fields: tuple[str, ...]
    fields: tuple[str, ...]
    models_without_names: tuple[str, ...]
    columns: ColumnVerdict | None = field(default=None, compare=False)
    shapes: Mapping[str, str] = field(default_factory=dict[str, str], compare=False)


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
        masker: has the key of the fingerprints where the rows have values that are masked: without it nobody can find
            out one by trying.
    """

    def __init__(self, names: Sequence[str], many2one: Sequence[tuple[str, str]], masker: Masker | None = None) -> None:
        self._names = tuple(names)
        self._many2one = tuple(many2one)
        self._key, self._start = (masker.row_key, masker.row_start) if masker else (b"", _START)

    def fingerprint_rows(self, rows: WireTable, related: Mapping[str, Mapping[int, RelatedRecord]]) -> dict[int, str]:
        """Compute ``"r1:"``, or what stands for a key, and 32 hexadecimal digits by id.

        There is none for a row that lacks a field or is unreadable.
        """
        names_by_model = {model: _names_by_id(records) for model, records in related.items()}
        texts = [_find_names(rows.column(name), names_by_model.get(model, {})) for name, model in self._many2one]
        values = zip(*(rows.column(name) for name in self._names), strict=True)
        names = zip(*texts, strict=True) if texts else repeat(())
        found: dict[int, str] = {}
        for odoo_id, row, row_names in zip(rows.ids, values, names, strict=False):
            make_way()
            try:
                data = marshal.dumps((row, list(row_names)), _PLAIN)
            except ValueError:
                continue
            found[odoo_id] = f"{self._start}{blake2b(data, digest_size=16, key=self._key).hexdigest()}"
        return found


def find_unchanged(rows: WireTable, fingerprints: Mapping[int, str], known: Mapping[int, KnownRow]) -> frozenset[int]:
    """Find the ids of the rows with the known fingerprint that are as active or archived as their document."""
    return frozenset(
        odoo_id
        for odoo_id, active in zip(rows.ids, rows.column("active"), strict=True)
        if (before := known.get(odoo_id))
        and before.fingerprint == fingerprints.get(odoo_id)
        and before.active == (active is not False)
    )


def _find_names(values: Sequence[object], known: Mapping[object, str | None]) -> list[object]:
    """Find the names of the records to which the values refer; ``ABSENT`` for one that cannot be read."""
    return [known.get(value) if value.__class__ is int else _find_name(value, known) for value in values]


def _find_name(value: object, known: Mapping[object, str | None]) -> object:
    try:
        return known.get(decode_many2one(value))
    except ValueError:
        return ABSENT


def _names_by_id(records: Mapping[int, RelatedRecord]) -> dict[object, str | None]:
    return {each: record.name for each, record in records.items()}
