"""One model as one call sees it, and the rows that it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

from odoo_sync_tui.demo.data.mix import Column, mix
from odoo_sync_tui.demo.database import Database
from odoo_sync_tui.demo.domain import All, Either, Leaf, names, parse
from odoo_sync_tui.demo.errors import OdooError, forbidden_field, invalid_field
from odoo_sync_tui.demo.finder import Finder
from odoo_sync_tui.demo.schema.fields import Field
from odoo_sync_tui.demo.table import Table
from odoo_sync_tui.demo.values import Json, Value, datetime_text

Row = dict[str, Json]
Format = Callable[[Value], Json]

CLASSIC = "_classic_read"
"""The `load` that pairs many2one ids with names; any other value gives bare ids."""


@dataclass(frozen=True, slots=True)
class Records:
    """The model that a call names, with the call's context, user and limits of sight."""

    database: Database
    table: Table
    context: dict[str, Json]
    uid: int
    hides: Callable[[int], bool] | None = None
    gone: frozenset[str] = frozenset()
    forbidden: frozenset[str] = frozenset()

    @property
    def fields(self) -> dict[str, Field]:
        """The fields that the model has at this moment."""
        return {name: one for name, one in self.table.model.fields.items() if name not in self.gone}

    def tree(self, domain: Json) -> All:
        """The domain with what Odoo adds to it: only active records, only those of the companies allowed.

        Raises OdooError for a domain that is none or that names a field which is gone.
        """
        tree = parse(domain, self.database.dialect)
        named = set(names(tree))
        for name in named & self.gone:
            raise OdooError("ValueError", f"Invalid field {self.table.model.name}.{name} in condition")
        extra: list[Leaf | Either] = []
        if "active" in self.fields and "active" not in named and self.context.get("active_test", True):
            extra.append(Leaf("active", "=", True))
        return All((*tree.nodes, *extra, *self._companies()))

    def _companies(self) -> tuple[Either, ...]:
        """The record rule of several companies: own ones and those of no company."""
        allowed = self.context.get("allowed_company_ids")
        if "company_id" not in self.fields or not allowed:
            return ()
        everything = set(range(1, self.database.table("res.company").last_id + 1))
        if not set(cast("Iterable[int]", allowed)) <= everything:
            raise OdooError("AccessError", "Access to unauthorized or invalid companies.")
        if set(cast("Iterable[int]", allowed)) == everything:
            return ()
        return (Either((Leaf("company_id", "=", False), Leaf("company_id", "in", list(allowed)))),)

    def finder(self) -> Finder:
        """Searches this model within the limits of sight."""
        return Finder(self.database, self.table, self.hides)

    def rows(self, ids: Sequence[int], asked: Json, load: Json) -> list[Row]:
        """The rows of existing `ids` with the fields asked for, in that order; no fields asked for means all.

        Raises OdooError for a field that is unknown or forbidden, and for a language that is not installed.
        """
        fields = self._asked(cast("Sequence[str] | None", asked))
        self._check_language(fields)
        formats = {name: self._format(self.table.model.fields[name], load) for name in fields if name != "id"}
        cells = [(name, self._cell(name, shape)) for name, shape in formats.items()]
        edits, salt = self.table.edits, self.table.source.salt
        rows: list[Row] = []
        for number in ids:
            if number in edits:
                rows.append(self._edited_row(number, formats))
                continue
            bits = mix(number, salt)
            row: Row = {"id": number}
            for name, cell in cells:
                row[name] = cell(number, bits)
            rows.append(row)
        return rows

    def _asked(self, asked: Sequence[str] | None) -> list[str]:
        model = self.table.model
        known = self.fields
        for name in asked or ():
            if name not in known:
                raise invalid_field(name, model.name, self.database.dialect)
            if name in self.forbidden:
                raise forbidden_field(name, model.description, model.name, self.uid)
        return list(asked or (name for name in known if name not in self.forbidden))

    def _check_language(self, fields: Iterable[str]) -> None:
        """Since 16 an unknown language is an error, but only where a translated text is read."""
        language = self.context.get("lang")
        if not language or self.database.dialect < 16 or not self.table.model.translated:
            return
        languages = self.database.table("res.lang")
        if {"name", "display_name"}.isdisjoint(fields):
            return
        codes = [self.database.value("res.lang", number, "code") for number in range(1, languages.last_id + 1)]
        if language not in codes:
            raise OdooError("UserError", f"Invalid language code: {language}")

    def _cell(self, name: str, shape: Format | None) -> Column:
        """Computes the wire value of an unedited record from its id and hash."""
        hashed = self.table.source.hashed.get(name)
        if hashed is None:
            base = self.table.base(name)
            if shape is None:
                return lambda number, _: base(number)
            return lambda number, _: shape(base(number))
        if shape is None:
            return hashed
        return lambda number, bits: shape(hashed(number, bits))

    def _edited_row(self, number: int, formats: dict[str, Format | None]) -> Row:
        row: Row = {"id": number}
        for name, shape in formats.items():
            value = self.table.getter(name)(number)
            row[name] = shape(value) if shape else value
        return row

    def _format(self, field: Field, load: Json) -> Format | None:
        """How a stored value of `field` goes on the wire; None for as it is."""
        if field.type == "datetime":
            return datetime_text
        if field.type != "many2one":
            return None
        related = self.database.table(field.relation or "")
        if load == CLASSIC:
            return partial(_paired, related, related.getter("display_name"))
        return partial(_living, related) if related.deleted else None


def _paired(related: Table, name: Callable[[int], Value], target: Value) -> Json:
    if not target or not related.exists(cast("int", target)):
        return False
    return [target, name(cast("int", target)) or ""]


def _living(related: Table, target: Value) -> Value:
    return target if target and related.exists(cast("int", target)) else False
