"""One model in the context of one call, and its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

from odoo_sync_tui.demo.data.mix import ColumnFunction, hash_id
from odoo_sync_tui.demo.errors import OdooError, forbidden_field_error, invalid_field_error
from odoo_sync_tui.demo.orm.database import Database
from odoo_sync_tui.demo.orm.domain import And, Leaf, Or, iter_field_names, parse_domain
from odoo_sync_tui.demo.orm.fields import Field
from odoo_sync_tui.demo.orm.search import Search
from odoo_sync_tui.demo.orm.table import Table
from odoo_sync_tui.demo.values import Json, Value, format_datetime

Row = dict[str, Json]
Formatter = Callable[[Value], Json]

LOAD_CLASSIC = "_classic_read"
"""Value of `load` for many2one ids with names; any other value gives bare ids."""


@dataclass(frozen=True, slots=True)
class Records:
    """The model of a call, with the call's context, user, hidden records and hidden fields.

    `closed_models` are those that the user may not read, None among them: none at all.
    """

    database: Database
    table: Table
    context: dict[str, Json]
    uid: int
    is_hidden: Callable[[int], bool] | None = None
    removed_fields: frozenset[str] = frozenset()
    forbidden_fields: frozenset[str] = frozenset()
    closed_models: frozenset[str | None] = frozenset()

    @property
    def fields(self) -> dict[str, Field]:
        """The present fields of the model."""
        return {name: field for name, field in self.table.model.fields.items() if name not in self.removed_fields}

    def build_domain(self, domain: Json) -> And:
        """Parse a domain and add Odoo's own conditions: only active records, only allowed companies.

        Raises OdooError for an invalid domain or one with a removed field.
        """
        tree = parse_domain(domain, self.database.dialect)
        named = set(iter_field_names(tree))
        for name in named & self.removed_fields:
            raise OdooError("ValueError", f"Invalid field {self.table.model.name}.{name} in condition")
        own_conditions: list[Leaf | Or] = []
        if "active" in self.fields and "active" not in named and self.context.get("active_test", True):
            own_conditions.append(Leaf("active", "=", True))
        return And((*tree.nodes, *own_conditions, *self._company_rule()))

    def _company_rule(self) -> tuple[Or, ...]:
        """Build the multi-company record rule: allowed companies, and records without a company."""
        allowed = self.context.get("allowed_company_ids")
        if "company_id" not in self.fields or not allowed:
            return ()
        companies = self.database.table("res.company")
        active = {number for number in range(1, companies.last_id + 1) if companies.getter("active")(number)}
        if not set(cast("Iterable[int]", allowed)) <= active:
            raise OdooError("AccessError", "Access to unauthorized or invalid companies.")
        if len(set(cast("Iterable[int]", allowed))) == companies.last_id:
            return ()
        return (Or((Leaf("company_id", "=", False), Leaf("company_id", "in", list(allowed)))),)

    def search(self) -> Search:
        """Create a search of this model without hidden records."""
        return Search(self.database, self.table, self.is_hidden)

    def read_rows(self, ids: Sequence[int], field_names: Json, load: Json) -> list[Row]:
        """Return the rows of existing `ids` with the fields `asked`, in that order; none means all.

        Raises OdooError for an unknown or forbidden field, and for a language that is not installed.
        """
        fields = self._check_fields(cast("Sequence[str] | None", field_names))
        self._check_language(fields)
        formats = {name: self._formatter(self.table.model.fields[name], load) for name in fields if name != "id"}
        cells = [(name, self._wire_column(name, formatter)) for name, formatter in formats.items()]
        edits, salt = self.table.edits, self.table.source.salt
        rows: list[Row] = []
        for number in ids:
            if number in edits:
                rows.append(self._edited_row(number, formats))
                continue
            bits = hash_id(number, salt)
            row: Row = {"id": number}
            for name, cell in cells:
                row[name] = cell(number, bits)
            rows.append(row)
        return rows

    def _check_fields(self, asked: Sequence[str] | None) -> list[str]:
        model = self.table.model
        known = self.fields
        for name in asked or ():
            if name not in known:
                raise invalid_field_error(name, model.name, self.database.dialect)
            if name in self.forbidden_fields:
                raise forbidden_field_error(name, model.description, model.name, self.uid)
        return list(asked or (name for name in known if name not in self.forbidden_fields))

    def _check_language(self, fields: Iterable[str]) -> None:
        """Raise OdooError for an unknown language, since 16, and only if a translated text is read."""
        language = self.context.get("lang")
        if not language or self.database.dialect < 16 or not self.table.model.translated:
            return
        languages = self.database.table("res.lang")
        if {"name", "display_name"}.isdisjoint(fields):
            return
        codes = [self.database.get_value("res.lang", number, "code") for number in range(1, languages.last_id + 1)]
        if language not in codes:
            raise OdooError("UserError", f"Invalid language code: {language}")

    def _wire_column(self, name: str, formatter: Formatter | None) -> ColumnFunction:
        """Build the function from id and hash to the wire value of an unedited record."""
        hashed = self.table.source.hashed_columns.get(name)
        if hashed is None:
            base = self.table.base_getter(name)
            if formatter is None:
                return lambda number, _: base(number)
            return lambda number, _: formatter(base(number))
        if formatter is None:
            return hashed
        return lambda number, bits: formatter(hashed(number, bits))

    def _edited_row(self, number: int, formats: dict[str, Formatter | None]) -> Row:
        row: Row = {"id": number}
        for name, formatter in formats.items():
            value = self.table.getter(name)(number)
            row[name] = formatter(value) if formatter else value
        return row

    def _formatter(self, field: Field, load: Json) -> Formatter | None:
        """Return the formatter of a stored value of `field`; None if the wire value is the same."""
        if field.type == "datetime":
            return format_datetime
        if field.type not in {"many2one", "many2many"}:
            return None
        related = self.database.table(field.relation or "")
        if field.type == "many2many":
            has_archived = "active" in related.model.fields and self.context.get("active_test", True)
            return partial(_active_ones, related.getter("active")) if has_archived else None
        if load == LOAD_CLASSIC:
            return partial(_pair_with_name, related, related.getter("display_name"))
        return partial(_existing_or_false, related) if related.deleted else None


def _pair_with_name(related: Table, name: Callable[[int], Value], target: Value) -> Json:
    if not target or not related.exists(cast("int", target)):
        return False
    return [target, name(cast("int", target)) or ""]


def _existing_or_false(related: Table, target: Value) -> Value:
    return target if target and related.exists(cast("int", target)) else False


def _active_ones(is_active: Callable[[int], Value], targets: Value) -> Json:
    return [target for target in cast("list[int]", targets) if is_active(target)]
