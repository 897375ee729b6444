"""Tables of selections: rows that an operator syncs again and again, by name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, cast

from pydantic import BeforeValidator, Field

from odoo_sync_tui.core.scope import Selection
from odoo_sync_tui.core.text.times import parse_end_time, parse_time
from odoo_sync_tui.settings.sections.base import NamedTable, TableSection
from odoo_sync_tui.settings.sections.value_types import DomainTerms, parse_json

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,30}")


def _validate_entity(value: object) -> str:
    if isinstance(value, str) and re.fullmatch("[a-z][a-z0-9_]*", value):
        return value
    raise ValueError('the name of an entity, as --entity takes it, such as "accounts", is accepted')


def _validate_ids(value: object) -> tuple[int, ...]:
    ids = cast("Sequence[object]", value) if isinstance(value, list | tuple) else (None,)
    if not all(type(each) is int and each > 0 for each in ids):
        raise ValueError("a list of Odoo ids is accepted: [42, 43]")
    return cast("tuple[int, ...]", tuple(ids))


def _validate_time(parse: Callable[[str, datetime], datetime]) -> Callable[[object], str]:
    def validate(value: object) -> str:
        text = value.isoformat() if isinstance(value, date) else value  # TOML has dates and times of its own
        if isinstance(text, str):
            if text:
                parse(text, datetime.now(UTC))
            return text
        raise ValueError('a time ("2026-01-31", "2026-01-31T08:00") or an age ("2d", "36h") is accepted')

    return validate


EntityName = Annotated[str, BeforeValidator(_validate_entity)]
Ids = Annotated[tuple[int, ...], BeforeValidator(_validate_ids), BeforeValidator(parse_json)]
StartTime = Annotated[str, BeforeValidator(_validate_time(parse_time))]
EndTime = Annotated[str, BeforeValidator(_validate_time(parse_end_time))]


class NamedSelection(NamedTable):
    """Rows of one entity, for ``sync --select NAME``; all that is set has to hold of a row."""

    entity: EntityName = Field(examples=["accounts"])
    """The entity whose rows they are, as `--entity` names it; it has to be set."""
    ids: Ids = ()
    """Odoo ids."""
    since: StartTime = ""
    """Rows written at this time or later: a date, a time, or an age such as "2d", which counts from each run."""
    until: EndTime = ""
    """Rows written before this time; a date means the end of that day."""
    domain: DomainTerms = ()
    """An Odoo domain."""
    department: str = ""
    """Employees of this department and those below it: its Odoo id or its name."""

    def build(self, now: datetime) -> Selection:
        """Build the selection for a run that begins now."""
        return Selection(
            ids=self.ids,
            since=parse_time(self.since, now) if self.since else None,
            until=parse_end_time(self.until, now) if self.until else None,
            domain=self.domain,
            department=self.department,
            name=self.name,
        )


def _find_name_flaw(name: str) -> str:
    if _NAME.fullmatch(name):
        return ""
    return "A name begins with a small letter and has at most 31 small letters, digits, hyphens and underscores."


def suggest_selection(name: str, known: Sequence[str]) -> str:
    """Suggest what may be meant by a name that no selection has."""
    if not known:
        return "The settings have none: write a table [selections.NAME]."
    near = difflib.get_close_matches(name, known, n=1)
    return (f"Did you mean {near[0]}? " if near else "") + f"Known are: {', '.join(known)}."


SELECTION_TABLES = TableSection(
    lambda _: NamedSelection, _find_name_flaw, lambda _name, _key: "", lambda _: "", example="late"
)

SelectionTables = Annotated[dict[str, NamedSelection], BeforeValidator(SELECTION_TABLES.name_tables)]
