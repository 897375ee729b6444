"""Reading of an entity's rows by columns: several times cheaper for Odoo than rows, and never trusted without proof.

Before columns are used, a sample of rows is read both ways and compared. A block whose columns fail in any way, or do
not hold exactly its rows, is left to the reading by rows, which knows what to do with every fault.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from odoo_sync_tui.core.cursor import ColumnVerdict
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.errors import (
    OdooAccessError,
    OdooContractError,
    OdooError,
    OdooNoAnswerError,
    OdooPoisonRowError,
    OdooSetupError,
    OdooTooBigError,
)
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.odoo.calls.client import ModelClient
from odoo_sync_tui.odoo.calls.page_size import MIN_ROWS, AdaptivePageSize, BatchRequest, cut_pages
from odoo_sync_tui.odoo.rows.columns import (
    BrokenColumnsError,
    WireTable,
    find_equal_fields,
    list_column_fields,
    make_table,
)
from odoo_sync_tui.odoo.rows.field_plan import FieldPlan, find_forbidden_fields
from odoo_sync_tui.odoo.rows.values import FieldInfo
from odoo_sync_tui.odoo.transport.http import WireRow
from odoo_sync_tui.runtime.cancel import CancelToken

MIN_ROWS_BY_COLUMNS = 100
"""Smallest block that is read by columns: fewer rows cost no more by rows, and need no proof."""
SAMPLE_PART = 10
"""Number of rows that the sample takes of each kind: newest changed, newest, oldest, archived; twice as many others."""
MAX_RANDOM_IDS = 400
"""Number of random ids among which the sample looks for rows: an entity may be a small part of its model."""

MAX_PAGES_PER_BLOCK = 2
"""How many pages of rows a block by columns may hold at most."""

ReadRows = Callable[[Sequence[int], Sequence[str], CancelToken, AdaptivePageSize], list[WireRow]]
"""Read some fields of rows by rows, in one call, from whose answer the page size learns."""
Columns = Mapping[str, Sequence[object]]
ReadSample = Callable[[Sequence[int], CancelToken], Mapping[int, WireRow]]
"""Read all fields of rows by rows, without those that cannot be read."""


@dataclass(frozen=True, slots=True)
class ColumnBasis:
    """Fingerprint of all that a verdict depends on; not ``is_complete``: of all that is known of it."""

    fingerprint: str
    is_complete: bool


@dataclass(slots=True)
class ColumnReader:
    """Reader of one entity's rows by columns, shared by all threads of a connection.

    Attributes:
        is_rate_limited: the number of calls counts, not what they cost: nothing is read in two calls.
        has_translations: columns hold the language of the connection, not only that in which texts were written.
        verdict: which fields may be read by columns: of an earlier run, or of this connection.
    """

    entity: Entity
    client: ModelClient
    major_version: int
    page_size: AdaptivePageSize
    get_basis: Callable[[FieldPlan], ColumnBasis]
    warn: Callable[[Notice], None]
    rest_size: AdaptivePageSize
    is_rate_limited: bool = False
    has_translations: bool = True
    verdict: ColumnVerdict | None = None
    _proven_plan: FieldPlan | None = None
    _has_rest: bool = False
    _failures: int = 0
    _blocks_to_skip: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def read(
        self,
        ids: Sequence[int],
        plan: FieldPlan,
        read_rows: ReadRows,
        read_sample: ReadSample,
        cancel: CancelToken,
    ) -> list[WireTable]:
        """Read the rows of ``ids`` by columns, as far as that is possible and proven; the others are absent.

        Fields without columns are read by rows, in a call of their own. A row that is changed between the two calls
        is mixed until the next run, which finds it changed.

        Raises:
            OdooSetupError: no call can succeed.
            RunCancelled: a stop was requested.
        """
        possible = frozenset(info.name for info in self._list_fields(plan))
        if len(ids) < MIN_ROWS_BY_COLUMNS or self._needs_a_call_more(plan, possible) or self._must_skip():
            return []
        tables: list[WireTable] = []
        try:
            names = self._find_proven_names(plan, read_sample, cancel)
            open_blocks = [] if not names or self._needs_a_call_more(plan, names) else self._cut(ids)
            while open_blocks:
                block = open_blocks.pop()
                try:
                    tables.append(self._read_block(block, plan, names, read_rows, cancel))
                except OdooTooBigError:
                    if len(block) < 2 * MIN_ROWS:
                        raise
                    open_blocks += self._halve(block)
        except OdooSetupError:
            raise
        except (OdooError, BrokenColumnsError) as error:
            self._record_failure(error)
        else:
            self._failures = 0
        return tables

    def prove(self, row_count: int, plan: FieldPlan, read_sample: ReadSample, cancel: CancelToken) -> None:
        """Read the sample before the first block of so many rows is read; whatever fails is left to that block.

        Raises:
            OdooSetupError: no call can succeed.
            RunCancelled: a stop was requested.
        """
        possible = frozenset(info.name for info in self._list_fields(plan))
        if min(row_count, self.block_size) < MIN_ROWS_BY_COLUMNS or self._needs_a_call_more(plan, possible):
            return
        try:
            self._find_proven_names(plan, read_sample, cancel)
        except OdooSetupError:
            raise
        except (OdooError, BrokenColumnsError):
            return

    @property
    def is_proven(self) -> bool:
        """Whether blocks are read by columns, as far as is known now."""
        return self._proven_plan is not None and bool(self.verdict and self.verdict.fields)

    @property
    def block_size(self) -> int:
        """The number of rows to read at once, if columns are used at all."""
        return min(self.page_size.size, self.rest_size.size) if self._has_rest else self.page_size.size

    def _cut(self, ids: Sequence[int]) -> list[Sequence[int]]:
        return [page for page, _ in cut_pages(ids, lambda: self.block_size)]

    def _halve(self, block: Sequence[int]) -> list[Sequence[int]]:
        middle = len(block) // 2
        self.page_size.shrink(middle)
        self.rest_size.shrink(middle)
        return [block[:middle], block[middle:]]

    def _needs_a_call_more(self, plan: FieldPlan, names: frozenset[str]) -> bool:
        """Whether the fields without ``names`` would take another call, where calls are what counts."""
        return self.is_rate_limited and not names.issuperset(name for name in plan.names if name != "id")

    def _read_block(
        self, ids: Sequence[int], plan: FieldPlan, names: frozenset[str], read_rows: ReadRows, cancel: CancelToken
    ) -> WireTable:
        table = self._read_columns(ids, plan, names, cancel)
        others = [name for name in plan.names if name not in names and name != "id"]
        if not others:
            return table
        rest = {cast("int", row["id"]): row for row in read_rows(ids, ["id", *others], cancel, self.rest_size)}
        table = table.select_ids(rest)
        return WireTable({**table.columns, **WireTable.of([rest[each] for each in table.ids], others).columns})

    def _read_columns(
        self, ids: Sequence[int], plan: FieldPlan, names: Iterable[str], cancel: CancelToken
    ) -> WireTable:
        wanted = frozenset(names)
        infos = [info for info in plan.infos if info.name in wanted]
        domain, batch = (*self.entity.domain, ("id", "in", list(ids))), BatchRequest(len(ids), self.page_size)
        fields = ["id", *(info.name for info in infos)]
        columns = self.client.read_columns(self.entity.model, domain, fields, self.major_version, batch, cancel)
        return make_table(columns, infos, ids)

    # -------------------------------------------------------------------------------------------- faults

    def _list_fields(self, plan: FieldPlan) -> list[FieldInfo]:
        """List the fields that may have columns, before Odoo is asked."""
        infos = list_column_fields(plan.infos)
        return [info for info in infos if self.has_translations or not info.is_translated]

    def _must_skip(self) -> bool:
        """Whether this block is left to rows, because columns failed: ever more blocks while they go on failing."""
        with self._lock:
            self._blocks_to_skip -= self._blocks_to_skip > 0
            return self._blocks_to_skip > 0

    def _record_failure(self, error: Exception) -> None:
        if isinstance(error, (OdooNoAnswerError, OdooTooBigError)):
            self.page_size.shrink(max(MIN_ROWS_BY_COLUMNS, self.page_size.size // 2))
        with self._lock:
            self._failures += 1
            self._blocks_to_skip = 2**self._failures

    # -------------------------------------------------------------------------------------------- the proof

    def find_differing(
        self, ids: Sequence[int], plan: FieldPlan, read_sample: ReadSample, names: Sequence[str], cancel: CancelToken
    ) -> ColumnVerdict | None:
        """Read rows both ways, and take what differs out of the verdict, also ``names``; ``None``: it is as before.

        Raises:
            OdooError: the rows cannot be read in one of the ways.
            RunCancelled: a stop was requested.
        """
        with self._lock:
            verdict = self.verdict
            if verdict is None or verdict.basis != self.get_basis(plan).fingerprint:
                return None
            differing = self._compare(ids, plan, frozenset(verdict.fields), read_sample, cancel)
            differing &= frozenset(verdict.fields)  # other rows than were asked for are found with each block
            differing |= frozenset(names).difference(verdict.differing)
            self.verdict = verdict.with_differing(differing)
            return self.verdict if differing else None

    def _find_proven_names(self, plan: FieldPlan, read_sample: ReadSample, cancel: CancelToken) -> frozenset[str]:
        """Return the fields that may be read by columns; the sample is read where no verdict holds."""
        with self._lock:
            if self.verdict is None or plan is not self._proven_plan:
                self.verdict = self._renew(self.verdict, plan, read_sample, cancel)
                self._proven_plan = plan
                self._has_rest = not {*self.verdict.fields, "id"}.issuperset(plan.names)
                for name in self.verdict.differing:
                    self.warn(make_differing_notice(self.entity, name))
            return frozenset(self.verdict.fields)

    def _renew(
        self, verdict: ColumnVerdict | None, plan: FieldPlan, read_sample: ReadSample, cancel: CancelToken
    ) -> ColumnVerdict:
        """Return the verdict if it holds, else a new one; what is known to differ under the same basis still does."""
        basis = self.get_basis(plan)
        same = verdict if verdict and verdict.basis == basis.fingerprint else None
        if same and basis.is_complete:
            return same
        ids = self._choose_sample(plan, cancel)
        names, columns = self._find_allowed_names(plan, ids, cancel)
        differing = self._compare(ids, plan, names, read_sample, cancel, columns)
        differing |= frozenset(same.differing if same else ())
        fields = () if "id" in differing else tuple(sorted(names - differing))
        return ColumnVerdict(basis.fingerprint, fields, tuple(sorted(differing)))

    def _compare(
        self,
        ids: Sequence[int],
        plan: FieldPlan,
        names: frozenset[str],
        read_sample: ReadSample,
        cancel: CancelToken,
        columns: Columns | None = None,
    ) -> frozenset[str]:
        """Read rows both ways, and find the fields that differ; ``id`` where the rows are not the same.

        What differs is read once more: a row may change between two calls. ``columns``: those that are read already.
        """
        suspects = found = names
        for known in (columns, None) if names else ():
            try:
                rows = read_sample(ids, cancel)
                if known is not None and len(known["id"]) == len(rows):
                    table = make_table(known, [info for info in plan.infos if info.name in suspects], sorted(rows))
                else:  # some rows of the sample cannot be read
                    table = self._read_columns(sorted(rows), plan, suspects, cancel)
                suspects -= find_equal_fields(rows, table, suspects)
                found = suspects
            except BrokenColumnsError:
                found = frozenset({"id"})
            if not found:
                break
        return found

    def _find_allowed_names(
        self, plan: FieldPlan, ids: Sequence[int], cancel: CancelToken
    ) -> tuple[frozenset[str], Columns | None]:
        """Find the fields whose columns Odoo does not refuse; some that are not stored are computed in SQL.

        Where none is refused, their columns are known too.
        """

        def read(names: Sequence[str]) -> Columns | None:
            batch = BatchRequest(len(ids), self.page_size, is_weighed=False)  # of some of the fields
            domain, fields = (*self.entity.domain, ("id", "in", list(ids))), ["id", *names]
            try:
                return self.client.read_columns(self.entity.model, domain, fields, self.major_version, batch, cancel)
            except (OdooAccessError, OdooContractError, OdooPoisonRowError):
                return None

        infos = self._list_fields(plan)
        names = [info.name for info in infos]
        columns = read(names)
        if columns is not None or read([]) is None:
            return frozenset(names if columns else ()), columns
        parts = ([info.name for info in infos if info.is_stored is wanted] for wanted in (True, False))
        forbidden = (find_forbidden_fields(part, lambda some: read(some) is not None) for part in parts)
        return frozenset(names).difference(*forbidden), None

    def _choose_sample(self, plan: FieldPlan, cancel: CancelToken) -> list[int]:
        """Choose ids of rows: last changed, newest, oldest, archived, and random ones."""
        model, domain = self.entity.model, self.entity.domain
        chosen: set[int] = set()
        for order in ("write_date desc, id desc", "id desc", "id"):
            rows = self.client.search_read(model, domain, ["id"], cancel, order=order, limit=SAMPLE_PART)
            chosen.update(cast("int", row["id"]) for row in rows)
        if "active" in plan.names:
            archived = (*domain, ("active", "=", False))
            chosen.update(self.client.search(model, archived, cancel, limit=SAMPLE_PART))
        if chosen:
            span = range(min(chosen), max(chosen) + 1)
            numbers = random.sample(span, min(MAX_RANDOM_IDS, len(span)))
            found = self.client.search(model, (*domain, ("id", "in", numbers)), cancel)
            chosen.update(random.sample(found, min(2 * SAMPLE_PART, len(found))))
        return sorted(chosen)


def describe_column(entity: Entity, name: str) -> str:
    """Describe one of the differing fields of a verdict."""
    if name == "id":
        return f"The list of rows of {entity.model}"
    model, _, field = name.rpartition(".")
    return f"The field {field} of {model or entity.model}"


def make_differing_notice(entity: Entity, name: str) -> Notice:
    """Make the notice of a field that differs when it is read by columns."""
    return Notice(
        "odoo_columns",
        f"{describe_column(entity, name)} differs when Odoo answers whole columns; it is read row by row, which takes "
        "longer.",
        "A module changes how Odoo reads it; the documents hold what Odoo shows its users.",
        entity.name,
    )
