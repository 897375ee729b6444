"""Fields with their `fields_get` attributes, and constructors of fields."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

Selection = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a model, with the attributes of Odoo's `fields_get`.

    `store` is None if the real server omits the attribute.
    """

    type: str
    string: str
    relation: str | None = None
    store: bool | None = True
    readonly: bool = False
    required: bool = False
    sortable: bool = True
    digits: tuple[int, int] | None = None
    currency_field: str | None = None
    selection: Selection | None = None
    translate: bool = False
    depends: tuple[str, ...] = ()

    def attributes(self, name: str) -> dict[str, object]:
        """Return the present attributes by name."""
        always: dict[str, object] = {
            "name": name,
            "type": self.type,
            "string": self.string,
            "readonly": self.readonly,
            "required": self.required,
            "sortable": self.sortable,
            "searchable": True,
            "translate": self.translate,
        }
        optional: dict[str, object | None] = {
            "store": self.store,
            "relation": self.relation,
            "digits": list(self.digits) if self.digits else None,
            "currency_field": self.currency_field,
            "depends": list(self.depends) or None,
            "manual": None if self.store is None else False,
            "selection": [list(pair) for pair in self.selection] if self.selection else None,
        }
        return always | {key: value for key, value in optional.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Model:
    """One Odoo model in one dialect: name, label, fields in order, and the default order of a search."""

    name: str
    description: str
    fields: dict[str, Field]
    order: str = "id"
    translated: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "translated", any(one.translate for one in self.fields.values()))


def char(string: str, *, required: bool = False) -> Field:
    """Create a text field."""
    return Field("char", string, required=required)


def translated_char(string: str) -> Field:
    """Create a required text field with one value per language."""
    return Field("char", string, required=True, translate=True)


def boolean(string: str) -> Field:
    """Create a boolean field, never empty."""
    return Field("boolean", string)


def integer(string: str) -> Field:
    """Create an integer field."""
    return Field("integer", string)


def date(string: str) -> Field:
    """Create a date field."""
    return Field("date", string)


def datetime_field(string: str) -> Field:
    """Create a datetime field that only the server sets."""
    return Field("datetime", string, readonly=True)


def monetary(string: str, currency: str) -> Field:
    """Create an amount; the field `currency` holds its currency."""
    return Field("monetary", string, currency_field=currency)


def many2one(string: str, relation: str, *, required: bool = False) -> Field:
    """Create a reference to one record of `relation`."""
    return Field("many2one", string, relation, required=required)


def many2many(string: str, relation: str) -> Field:
    """Create references to any number of records of `relation`."""
    return Field("many2many", string, relation, sortable=False)


def one2many(string: str, relation: str) -> Field:
    """Create the inverse of a reference from `relation`."""
    return Field("one2many", string, relation, sortable=False)


def selection(string: str, *pairs: tuple[str, str], required: bool = False) -> Field:
    """Create a choice among keys, each with a label."""
    return Field("selection", string, selection=pairs, required=required)


def as_readonly(one: Field) -> Field:
    """Return a copy that users cannot write."""
    return replace(one, readonly=True)


def as_unstored(one: Field) -> Field:
    """Return a copy computed on reading, but sortable by its origin."""
    return replace(one, store=False)


def as_computed(one: Field) -> Field:
    """Return a copy computed on reading: neither stored, nor written, nor sortable."""
    return replace(one, store=False, readonly=True, sortable=False)


ID_FIELD: Final = Field("integer", "ID", readonly=True)


def display_name(*depends: str) -> Field:
    """Create the field of a record's name, which is made of other fields."""
    return replace(as_computed(char("Display Name")), depends=depends)


TIMESTAMP_FIELDS: Final = {"create_date": datetime_field("Created on"), "write_date": datetime_field("Last Updated on")}
