"""What an Odoo holds that could be declared as an entity: its models, and the fields of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

LIST_TYPES = frozenset({"one2many", "many2many"})
"""Types of fields that hold any number of records."""
PARTIAL_NOTE = "Odoo does not tell this user which models it has, so well-known names were tried: there may be others."


class FieldReading(StrEnum):
    """How a sync reads a field."""

    COLUMNS = "columns"
    ROWS = "rows"


@dataclass(frozen=True, slots=True)
class ModelReport:
    """A model that the Odoo user may read.

    Attributes:
        model: its technical name.
        label: its name for people; ``None`` where Odoo does not tell it to this user.
        entities: the names of the entities that read it: built-in ones, and those that the settings declare.
        rows: how many rows it has, archived ones included; ``None``: it was not asked, or Odoo cannot count them.
        newest: their newest change; ``None`` also where there are none, or the model does not record it.
    """

    model: str
    label: str | None = None
    entities: tuple[str, ...] = ()
    rows: int | None = None
    newest: datetime | None = None

    def format_label(self) -> str:
        """Format its name for people, with its entities before."""
        entities = f"[{', '.join(self.entities)}]" if self.entities else ""
        return f"{entities} {self.label or ''}".strip()

    def as_dict(self) -> dict[str, object]:
        """Convert it to the keys of the JSON output."""
        return {
            "model": self.model,
            "label": self.label,
            "rows": self.rows,
            "newest": self.newest,
            "entity": list(self.entities),
        }


@dataclass(frozen=True, slots=True)
class ModelList:
    """Models that the Odoo user may read, those with business documents first where Odoo tells which they are.

    ``is_partial``: Odoo lists no models to this user, and only well-known names were tried.
    """

    models: tuple[ModelReport, ...]
    is_partial: bool = False

    def sort_empty_last(self) -> ModelList:
        """Return the list with the models without a known row at its end."""
        return ModelList(tuple(sorted(self.models, key=lambda each: not each.rows)), self.is_partial)


@dataclass(frozen=True, slots=True)
class FieldReport:
    """A field of a model.

    Attributes:
        name: its technical name.
        label: its name for people.
        type: its type in Odoo.
        relation: the model of its records, if it holds any.
        is_stored: the table of the model has it; else Odoo computes it whenever it is read.
        is_custom: it was added to this Odoo by hand, not by a module.
        is_readable: whether the user may read it; ``None``: it was not read, or Odoo fails to read it.
        filled: in how many rows of the sample it has another value than Odoo's empty ones (false, zero, an empty text
            or list); ``None`` where it was not read.
        sample: the number of rows in the sample.
        reading: how a sync would read it; ``None``: not at all.
        masks: what entities store of it, by their names, where the settings mask it.
    """

    name: str
    label: str
    type: str
    relation: str | None = None
    is_stored: bool = True
    is_custom: bool = False
    is_readable: bool | None = None
    filled: int | None = None
    sample: int = 0
    reading: FieldReading | None = None
    masks: Mapping[str, str] = field(default_factory=dict[str, str])

    def format_filled(self, no_value: str = "-") -> str:
        """Format in how many rows of the sample it is filled: "17/20"."""
        return no_value if self.filled is None else f"{self.filled}/{self.sample}"

    def format_reading(self, no_value: str = "-") -> str:
        """Format how a sync would read it, in a word."""
        if not self.reading:
            return "refused" if self.is_readable is False else no_value
        return self.reading if self.is_stored else "computed"

    def format_label(self) -> str:
        """Format its name for people: masks and whether it is custom before, the model of its records behind."""
        masks = "".join(f"[masked in {name}: {kind}] " for name, kind in self.masks.items())
        mark, relation = "[custom] " if self.is_custom else "", f" ({self.relation})" if self.relation else ""
        return f"{masks}{mark}{self.label}{relation}"

    def as_dict(self) -> dict[str, object]:
        """Convert it to the keys of the JSON output."""
        return {
            "field": self.name,
            "label": self.label,
            "type": self.type,
            "relation": self.relation,
            "stored": self.is_stored,
            "custom": self.is_custom,
            "readable": self.is_readable,
            "filled": self.filled,
            "sample": self.sample,
            "read_by": self.reading,
            "masks": dict(self.masks),
        }


@dataclass(frozen=True, slots=True)
class ModelDetails:
    """A model with its fields, sorted by name."""

    model: ModelReport
    fields: tuple[FieldReport, ...]
