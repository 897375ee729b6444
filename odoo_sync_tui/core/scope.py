"""Scope of a run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from odoo_sync_tui.core.entity import Domain
from odoo_sync_tui.core.text.sanitize import sanitize

MAX_NAMED_IDS = 10
"""Number of ids that the words about a selection name."""
MAX_WORDS = 300
"""Characters of a domain in the words about a selection."""


class Mode(StrEnum):
    """Amount of rows read from Odoo."""

    INCREMENTAL = "incremental"  # rows written since the cursor, and rows missing from the store
    FULL = "full"  # every row


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows that an operator asks for. All that is set has to hold of a row; times are compared with ``write_date``.

    A run of a selection reads all of its rows and compares them with the documents themselves. It retires no document
    by absence, except those of ``ids`` that it finds deleted or moved elsewhere, and it moves no cursor.

    Attributes:
        ids: Odoo ids, of one entity.
        since: rows written at this time or later.
        until: rows written before this time.
        domain: an Odoo domain.
        department: employees of this department and of those below it: its Odoo id or its name; empty: of all.
        name: the name that the selection has in the settings; empty: none.
    """

    ids: tuple[int, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    domain: Domain = ()
    department: str = ""
    name: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked for."""
        return not (self.ids or self.since or self.until or self.domain or self.department)

    def build_domain(self, department_id: int | None = None) -> Domain:
        """Build the Odoo domain of its rows; ``department_id``: the id of its department, if there is one."""
        terms: list[object] = []
        if self.ids:
            terms.append(("id", "in", self.ids))
        if self.since:
            terms.append(("write_date", ">=", _to_odoo_time(self.since)))
        if self.until:
            terms.append(("write_date", "<", _to_odoo_time(self.until)))
        if department_id is not None:
            terms.append(("department_id", "child_of", department_id))
        return (*terms, *self.domain)

    def describe(self) -> str:
        """Describe it in words: ``"ids 4, 5, written since 2026-01-31 08:00:00 UTC"``; times in UTC."""
        words = ", ".join(self._parts())
        return f"{sanitize(self.name, MAX_WORDS)}: {words}" if self.name else words

    def _parts(self) -> Iterator[str]:
        if self.ids:
            more = len(self.ids) - MAX_NAMED_IDS
            named = ", ".join(map(str, self.ids[:MAX_NAMED_IDS])) + (f" and {more} more" if more > 0 else "")
            yield f"id {named}" if len(self.ids) == 1 else f"ids {named}"
        if self.since:
            yield f"written since {_to_odoo_time(self.since)} UTC"
        if self.until:
            yield f"written before {_to_odoo_time(self.until)} UTC"
        if self.department:
            yield f"department {sanitize(self.department, MAX_WORDS)} and those below it"
        if self.domain:
            yield f"domain {sanitize(json.dumps(self.domain, ensure_ascii=False, default=str), MAX_WORDS)}"


def _to_odoo_time(moment: datetime) -> str:
    """Convert to the text of a time in Odoo, which is in UTC and to the second."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "seconds")


@dataclass(frozen=True, slots=True)
class Scope:
    """Entities, rows and options of a run.

    Attributes:
        entities: names of the action's entities; empty: all of them.
        mode: incremental or full. An entity without a cursor is always read in full.
        domain: further Odoo filter. A filtered run retires no document by absence and moves no cursor. The service adds
            the filter of the selection.
        dry_run: read and compare, write nothing but the run's own record and audit events.
        confirm_retire: number of documents, by entity name, that may be retired beyond the retirement limit by the
            operator's confirmation; for other entities the limit applies.
        restart: start over, even if an earlier run of the same scope was interrupted and could be resumed.
        reread: compare rows with the documents themselves, instead of the hash stored beside them: repairs changes made
            by another program. Costs a read of every document.
        adopt_source: the operator confirms that the records of the store are those of the Odoo that the settings name,
            although the store knows it by another address or database.
        accept_mask_key: the operator wants what is masked to be masked anew, with the key of the settings, although the
            store was masked with another one.
        selection: the rows that the operator asks for; ``None``: all of them. It is read in full, and reread.
    """

    entities: tuple[str, ...] = ()
    mode: Mode = Mode.INCREMENTAL
    domain: Domain = ()
    dry_run: bool = False
    confirm_retire: Mapping[str, int] = field(default_factory=dict[str, int])
    restart: bool = False
    reread: bool = False
    adopt_source: bool = False
    accept_mask_key: bool = False
    selection: Selection | None = None

    @property
    def is_filtered(self) -> bool:
        """Whether the run covers some rows only."""
        return bool(self.domain) or self.selection is not None

    @property
    def requested_ids(self) -> tuple[int, ...]:
        """The rows that the operator asks for by id."""
        return self.selection.ids if self.selection else ()

    def describe_rows(self) -> str:
        """Describe in words which rows it covers; empty for all of them."""
        if self.selection:
            return self.selection.describe()
        return Selection(domain=self.domain).describe() if self.domain else ""


def list_scope_options(scope: Scope) -> list[str]:
    """List the options of ``sync`` that ask for this scope; a confirmed retirement is of one entity there."""
    flags = {
        "--full": scope.mode is Mode.FULL,
        "--dry-run": scope.dry_run,
        "--restart": scope.restart,
        "--adopt-source": scope.adopt_source,
        "--accept-mask-key": scope.accept_mask_key,
    }
    return [
        *(f"--entity={name}" for name in scope.entities),
        *(flag for flag, is_set in flags.items() if is_set),
        *(f"--confirm-retire={count}" for count in scope.confirm_retire.values()),
        *(_list_selection_options(scope.selection) if scope.selection else ()),
    ]


def _list_selection_options(selection: Selection) -> list[str]:
    texts = {
        "--since": selection.since and selection.since.isoformat(),
        "--until": selection.until and selection.until.isoformat(),
        "--department": selection.department,
        "--domain": json.dumps(selection.domain) if selection.domain else "",
    }
    return [
        *(f"--id={each}" for each in selection.ids),
        *(f"{option}={text}" for option, text in texts.items() if text),
    ]
