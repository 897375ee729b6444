"""What `fields_get` says of a field, and short ways to write one down."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

Selection = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a model: its attributes are those that Odoo's `fields_get` answers.

    `store` is None where the real server leaves the attribute out.
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

    def attributes(self, name: str) -> dict[str, object]:
        """Every attribute that is there, by name."""
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
        perhaps: dict[str, object | None] = {
            "store": self.store,
            "relation": self.relation,
            "digits": list(self.digits) if self.digits else None,
            "currency_field": self.currency_field,
            "selection": [list(pair) for pair in self.selection] if self.selection else None,
        }
        return always | {key: value for key, value in perhaps.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Model:
    """One Odoo model in one dialect: name, human name, fields in their order, and the order of a bare search."""

    name: str
    description: str
    fields: dict[str, Field]
    order: str = "id"
    translated: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "translated", any(one.translate for one in self.fields.values()))


def char(string: str, *, required: bool = False) -> Field:
    """A line of text."""
    return Field("char", string, required=required)


def translated(string: str) -> Field:
    """A required line of text that has one value a language."""
    return Field("char", string, required=True, translate=True)


def boolean(string: str) -> Field:
    """True or false, never empty."""
    return Field("boolean", string)


def integer(string: str) -> Field:
    """A whole number."""
    return Field("integer", string)


def date(string: str) -> Field:
    """A day."""
    return Field("date", string)


def moment(string: str) -> Field:
    """A datetime that only the server sets."""
    return Field("datetime", string, readonly=True)


def money(string: str, currency: str) -> Field:
    """An amount in the currency that the field `currency` names."""
    return Field("monetary", string, currency_field=currency)


def many2one(string: str, relation: str, *, required: bool = False) -> Field:
    """A reference to one record of `relation`."""
    return Field("many2one", string, relation, required=required)


def many2many(string: str, relation: str) -> Field:
    """References to any number of records of `relation`."""
    return Field("many2many", string, relation, sortable=False)


def one2many(string: str, relation: str) -> Field:
    """The records of `relation` that refer back."""
    return Field("one2many", string, relation, sortable=False)


def selection(string: str, *pairs: tuple[str, str], required: bool = False) -> Field:
    """One of some keys, each with its label."""
    return Field("selection", string, selection=pairs, required=required)


def readonly(one: Field) -> Field:
    """The same field, not to be written by users."""
    return replace(one, readonly=True)


def unstored(one: Field) -> Field:
    """The same field, computed on reading but sortable through what it comes from."""
    return replace(one, store=False)


def computed(one: Field) -> Field:
    """The same field, computed on reading: neither stored, nor written, nor sortable."""
    return replace(one, store=False, readonly=True, sortable=False)


ID: Final = Field("integer", "ID", readonly=True)
DISPLAY_NAME: Final = computed(char("Display Name"))
STAMPS: Final = {"create_date": moment("Created on"), "write_date": moment("Last Updated on")}
