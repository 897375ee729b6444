"""Forms of sections: one with fixed keys, and one of tables that the operator names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo


class SettingsSection(BaseModel):
    """A table of the TOML file."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class NamedTable(SettingsSection):
    """One table of a section of named tables: ``[section.name]``."""

    name: str
    """The name of the table; no key of it."""

    @classmethod
    def get_key_fields(cls) -> Mapping[str, FieldInfo]:
        """Return the fields of the keys that may stand in the table."""
        return {key: field for key, field in cls.model_fields.items() if key != "name"}


@dataclass(frozen=True, slots=True)
class TableSection:
    """What may stand in a section of named tables.

    Attributes:
        find_model: finds what a table of this name holds.
        find_name_flaw: finds what is wrong with a name, as sentences for the operator; empty if nothing is.
        explain_key: explains why a table of this name does not have this key; empty where nothing but the key is wrong.
        suggest_table: suggests another table where one of this name lacks a key; empty where none comes near.
        example: the name of a table.
    """

    find_model: Callable[[str], type[NamedTable]]
    find_name_flaw: Callable[[str], str]
    explain_key: Callable[[str, str], str]
    suggest_table: Callable[[str], str]
    example: str

    def name_tables(self, tables: object) -> object:
        """Put the name of each table into it; to be called before the tables are checked."""
        named = cast("Mapping[str, Mapping[str, object]]", tables)
        return {name: {**table, "name": name} for name, table in named.items()}

    def check_table(self, table: object) -> NamedTable:
        """Check a table that has its name in it.

        Raises:
            ValidationError: a value is wrong.
        """
        return self.find_model(cast("Mapping[str, str]", table)["name"]).model_validate(table)
