"""The table of an entity while an operator puts it together: which fields are ticked, and by which patterns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from odoo_sync_tui.core.reports.discovery import FieldReport
from odoo_sync_tui.entities.declaration import (
    ALL_FIELDS,
    FIELD_NAME,
    UNREAD_TYPES,
    EntityDeclaration,
    EntityTable,
    match_fields,
)

CUSTOM_FIELDS = ("x_*",)
"""Patterns of all custom fields."""

Fields = Mapping[str, FieldReport]
"""All fields of a model by name."""


@dataclass(frozen=True, slots=True)
class TableDraft:
    """A table that is not written yet. Ticks change its patterns as little as they can.

    Attributes:
        table: what the table says so far.
        name: the name of the entity.
        own_fields: fields that a built-in entity reads whatever its table says.
    """

    table: EntityTable
    name: str
    own_fields: frozenset[str] = frozenset()

    @property
    def patterns(self) -> tuple[str, ...]:
        """The patterns of the fields, or the names of further ones of a built-in entity."""
        return self.table.fields if isinstance(self.table, EntityDeclaration) else self.table.extra_fields

    @property
    def is_built_in(self) -> bool:
        """Whether it changes a built-in entity."""
        return not isinstance(self.table, EntityDeclaration)

    @property
    def is_complete(self) -> bool:
        """Whether the table can be written: an entity of one's own has to have a field."""
        return bool(self.patterns) or self.is_built_in

    def find_ticked(self, fields: Fields) -> frozenset[str]:
        """Find the fields that a sync would read; it goes without those that the Odoo user may not read."""
        names = (match_fields(self.patterns, fields) | self.own_fields).intersection(fields)
        return frozenset(name for name in names if fields[name].is_readable is not False)

    def explain_fixed(self, field: FieldReport) -> str:
        """Explain in a sentence why the field can be neither ticked nor unticked; empty where it can."""
        if field.name in self.own_fields:
            return f"{field.name} is read by {self.name} in any case."
        if field.type in UNREAD_TYPES:
            return f"{field.name} is binary, which is not copied."
        if field.is_readable is False:
            return f"The Odoo user may not read {field.name}."
        return "" if FIELD_NAME.fullmatch(field.name) else f"{field.name} cannot be a name in the settings."

    def toggle(self, name: str, fields: Fields) -> Self:
        """Tick a field, or untick it."""
        return self.untick([name], fields) if name in self.find_ticked(fields) else self.tick([name], fields)

    def tick(self, names: Iterable[str], fields: Fields) -> Self:
        """Tick the fields that can be."""
        patterns = self.patterns
        for name in self._select_free(names, fields):
            patterns = tuple(pattern for pattern in patterns if pattern != f"-{name}")
            if name not in match_fields(patterns, fields):
                patterns = (*patterns, name)
        return self._with(patterns)

    def untick(self, names: Iterable[str], fields: Fields) -> Self:
        """Untick the fields that can be."""
        patterns = self.patterns
        for name in self._select_free(names, fields):
            patterns = tuple(pattern for pattern in patterns if pattern != name)
            if name in match_fields(patterns, fields):
                patterns = (*patterns, f"-{name}")
        return self._with(patterns)

    def take(self, patterns: Sequence[str], fields: Fields) -> Self:
        """Tick what these patterns mean, and nothing else; a built-in entity takes names alone."""
        if isinstance(self.table, EntityDeclaration):
            return self._with(patterns)
        return self._with(self._select_free(sorted(match_fields(patterns, fields)), fields))

    def rename(self, name: str) -> Self:
        """Give an entity of one's own another name."""
        table = replace(self.table, name=name) if isinstance(self.table, EntityDeclaration) else self.table
        return replace(self, table=table, name=name)

    def _select_free(self, names: Iterable[str], fields: Fields) -> list[str]:
        return [name for name in names if not self.explain_fixed(fields[name])]

    def _with(self, patterns: Iterable[str]) -> Self:
        kept = list(patterns)
        while kept and kept[0].startswith("-"):  # it takes nothing away, and no list may begin with it
            del kept[0]
        key = "fields" if isinstance(self.table, EntityDeclaration) else "extra_fields"
        return replace(self, table=replace(self.table, **{key: tuple(kept)}))


@dataclass(frozen=True, slots=True)
class ModelDraft:
    """A model that is open, with its fields and the tables that there may be of it.

    Attributes:
        fields: all fields by name, in their order.
        drafts: the tables that the settings have, then a new one.
        chosen: the place of the one that is shown.
    """

    fields: Fields
    drafts: tuple[TableDraft, ...]
    chosen: int = 0

    @property
    def draft(self) -> TableDraft:
        """The table that is shown."""
        return self.drafts[self.chosen]

    def choose_next(self) -> Self:
        """Show the next table."""
        return replace(self, chosen=(self.chosen + 1) % len(self.drafts))

    def replace_draft(self, draft: TableDraft) -> Self:
        """Put another draft in place of the one that is shown."""
        drafts = [*self.drafts]
        drafts[self.chosen] = draft
        return replace(self, drafts=tuple(drafts))

    def add_declared(self, draft: TableDraft, new_name: str, model: str) -> Self:
        """Show a table that was written, in place of an older one of its name; the new one behind begins anew."""
        kept = [each for each in self.drafts[:-1] if each.name != draft.name]
        return replace(self, drafts=(*kept, draft), chosen=len(kept)).add_new(new_name, model)

    def add_new(self, name: str, model: str) -> Self:
        """Add the table of a new entity: every stored field."""
        table = EntityDeclaration(name, model, fields=ALL_FIELDS)
        return replace(self, drafts=(*self.drafts, TableDraft(table, name)))
