"""Reading of one page: its rows with recovery from every fault, the names they refer to, and their decoded values.

A page that is too big is halved, down to one row. A page with a row that makes the whole call fail is bisected until
that row stands alone. An unreadable row is rejected with the reason; no row is ever dropped in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from odoo_sync_tui.core.cursor import ColumnVerdict
from odoo_sync_tui.core.entity import BrokenRule, Entity, KnownRow, Page, RejectedRow
from odoo_sync_tui.core.errors import (
    OdooAccessError,
    OdooContractError,
    OdooError,
)
from odoo_sync_tui.odoo.calls.client import ModelClient
from odoo_sync_tui.odoo.calls.halving import ROW_ERRORS, read_in_halves
from odoo_sync_tui.odoo.calls.page_size import AdaptivePageSize, BatchRequest
from odoo_sync_tui.odoo.rows.column_reader import ColumnReader
from odoo_sync_tui.odoo.rows.columns import WireTable
from odoo_sync_tui.odoo.rows.decoder import Lookups
from odoo_sync_tui.odoo.rows.field_plan import FieldPlan, FieldPlans, make_access_check
from odoo_sync_tui.odoo.rows.fingerprints import find_unchanged
from odoo_sync_tui.odoo.rows.name_columns import NAMES_SUFFIX
from odoo_sync_tui.odoo.rows.related_names import RelatedNameCache
from odoo_sync_tui.odoo.transport.http import WireRow
from odoo_sync_tui.runtime.cancel import CancelToken

MAX_FAILURES_WITHOUT_SUCCESS = 50
"""Number of failed rows without one success after which the rows are not to blame."""


@dataclass(slots=True)
class EntityReader:
    """Reader of one entity's rows, shared by all pages of one fetch."""

    entity: Entity
    client: ModelClient
    field_plans: FieldPlans
    related_names: RelatedNameCache
    get_currency_steps: Callable[[], Mapping[int, Decimal]]
    major_version: int
    page_size: AdaptivePageSize
    columns: ColumnReader | None = None

    def read_rows(
        self, ids: Sequence[int], fields: Sequence[str], cancel: CancelToken, page_size: AdaptivePageSize | None = None
    ) -> list[WireRow]:
        """Read the rows among ``ids`` that still belong to the entity; ``page_size`` learns from the answer."""
        entity, domain = self.entity, (*self.entity.domain, ("id", "in", list(ids)))
        batch = BatchRequest(len(ids), page_size or self.page_size)
        return self.client.read_matching(entity.model, domain, fields, self.major_version, batch, cancel)

    def list_visible_ids(self, ids: Sequence[int], cancel: CancelToken) -> list[int]:
        """List the ids among ``ids`` that Odoo still counts to the entity."""
        return self.client.search(self.entity.model, (*self.entity.domain, ("id", "in", list(ids))), cancel)

    def try_one_row(self, cancel: CancelToken) -> None:
        """Read one row, so that forbidden fields are known before the first page."""
        entity, plan, version = self.entity, self.field_plans.get(self.entity), self.major_version
        try:
            batch = BatchRequest(1, self.page_size)
            self.client.read_matching(entity.model, entity.domain, plan.names, version, batch, cancel, limit=1)
        except OdooAccessError:
            if ids := self.client.search(entity.model, entity.domain, cancel, limit=1):
                self.drop_forbidden_fields(plan, ids, cancel)
        except ROW_ERRORS:
            return  # this row alone is at fault: the fetch handles it

    def prove_columns(self, row_count: int, cancel: CancelToken) -> None:
        """Prove columns, as the first page of so many rows would."""
        if self.columns is not None:
            self.columns.prove(row_count, self.field_plans.get(self.entity), self.read_sample, cancel)

    def drop_forbidden_fields(self, plan: FieldPlan, ids: Sequence[int], cancel: CancelToken) -> FieldPlan:
        """Return a plan without the fields that may not be read of these rows; ``plan`` itself if there is none."""
        can_read = make_access_check(lambda names: self.read_rows(ids, ["id", *names], cancel))
        return self.field_plans.drop_forbidden_fields(self.entity, plan, can_read)

    def read_page(self, ids: Sequence[int], known_rows: Mapping[int, KnownRow], cancel: CancelToken) -> Page:
        """Read one page, resolve its names and currencies, and decode all rows that differ from their known row.

        Raises:
            OdooError: no single row is at fault.
            RunCancelled: a stop was requested.
        """
        reader = PageReader(self, cancel)
        reader.read(ids)
        page = self._make_page(reader, known_rows, cancel)
        doubtful = reader.ids_by_columns.intersection(each.odoo_id for each in page.rejected)
        if not doubtful:
            return page
        reader.read_by_rows(sorted(doubtful))  # no row is set aside on the word of columns alone
        return self._make_page(reader, known_rows, cancel)

    def find_differing_columns(
        self, columns: ColumnReader, ids: Sequence[int], cancel: CancelToken
    ) -> ColumnVerdict | None:
        """Read rows and the names they refer to both ways; return the verdict without what differs.

        ``None``: nothing does. Raises as :meth:`ColumnReader.find_differing`.
        """
        plan, rows = self.field_plans.get(self.entity), self.read_sample(ids, cancel)
        related = plan.decoder.collect_related_ids(WireTable.of(rows.values(), plan.names))
        names = [
            f"{model}{NAMES_SUFFIX}"
            for model, each in related.items()
            if each and self.related_names.differ_by_columns(model, sorted(each), cancel)
        ]
        return columns.find_differing(ids, plan, self.read_sample, names, cancel)

    def read_sample(self, ids: Sequence[int], cancel: CancelToken) -> dict[int, WireRow]:
        """Read rows by rows, without those that cannot be read."""
        reader = PageReader(self, cancel)
        reader.read_by_rows(ids)
        return reader.rows

    def _make_page(self, reader: PageReader, known_rows: Mapping[int, KnownRow], cancel: CancelToken) -> Page:
        """Make the page of its wire rows."""
        by_columns = self.columns is not None
        plan, table = reader.plan, reader.table()
        wanted_ids = plan.decoder.collect_related_ids(table)
        found = {
            model: self.related_names.resolve(model, each, cancel, by_columns=by_columns)
            for model, each in wanted_ids.items()
        }
        related = {model: resolved.related for model, resolved in found.items()}
        unread = {model: resolved.unread_ids for model, resolved in found.items() if resolved.unread_ids}
        steps: Mapping[int, Decimal] = self.get_currency_steps() if plan.has_money else {}
        fingerprints = plan.fingerprinter.fingerprint_rows(table, related)
        unchanged_ids = find_unchanged(table, fingerprints, known_rows)
        changed = table.select_ids(frozenset(table.ids) - unchanged_ids)
        rows, rejected = plan.decoder.decode(changed, Lookups(related, steps))
        incomplete = plan.decoder.find_ids_referring_to(rows, unread) if unread else frozenset[int]()
        return Page(rows, (*reader.rejected, *rejected), incomplete, fingerprints, unchanged_ids)


class PageReader:
    """Reader of one page of wire rows. Use once.

    Attributes:
        rows: wire rows by id, those that were read by rows.
        tables: those that were read by columns.
        rejected: rows that could not be read, with the reason.
        plan: the latest plan; rows read with an earlier one hold at least its fields.
    """

    def __init__(self, entity_reader: EntityReader, cancel: CancelToken) -> None:
        self.rows: dict[int, WireRow] = {}
        self.tables: list[WireTable] = []
        self.rejected: list[RejectedRow] = []
        self._entity_reader = entity_reader
        self._cancel = cancel
        self.plan: FieldPlan = entity_reader.field_plans.get(entity_reader.entity)
        self._forbidden_searched = False
        self._plan_refreshed = False

    def read(self, ids: Sequence[int]) -> None:
        """Read all ``ids``, by columns where that is proven; rows that Odoo no longer shows are in none of the results.

        Raises:
            OdooError: no single row is at fault.
            RunCancelled: a stop was requested.
        """
        source = self._entity_reader
        if source.columns is not None:
            self.tables = source.columns.read(ids, self.plan, source.read_rows, source.read_sample, self._cancel)
        by_columns = self.ids_by_columns
        self.read_by_rows([each for each in ids if each not in by_columns])

    @property
    def ids_by_columns(self) -> frozenset[int]:
        """The rows that were read by columns."""
        return frozenset(each for table in self.tables for each in table.ids)

    def table(self) -> WireTable:
        """Make a table of all rows read, in the order of their ids."""
        names = self.plan.names
        by_rows = [WireTable.of(self.rows.values(), names)] if self.rows else []
        return WireTable.join([*self.tables, *by_rows], names)

    def read_by_rows(self, ids: Sequence[int]) -> None:
        """Read ``ids`` by rows, also those that were read by columns.

        Raises:
            OdooError: no single row is at fault.
            RunCancelled: a stop was requested.
        """
        again = frozenset(ids)
        self.tables = [table.select_ids(frozenset(table.ids) - again) for table in self.tables]
        self._read_all(ids)
        self._reread_missing(ids)

    def _read_all(self, ids: Sequence[int]) -> None:
        source = self._entity_reader
        largest = read_in_halves(
            ids,
            source.page_size.size,
            self._read_chunk,
            self._reject,
            lambda: source.client.ping(source.entity.model, self._cancel),
            row_errors=(*ROW_ERRORS, OdooAccessError),
        )
        if largest:
            source.page_size.shrink(largest)

    def _read_chunk(self, ids: Sequence[int]) -> None:
        try:
            rows = self._entity_reader.read_rows(ids, self.plan.names, self._cancel)
        except (OdooAccessError, OdooContractError) as error:
            if not self._find_better_plan(ids, error):
                raise
            self._read_chunk(ids)
            return
        wanted = frozenset(ids)
        self.rows.update((row_id, row) for row in rows if (row_id := cast("int", row["id"])) in wanted)

    def _find_better_plan(self, ids: Sequence[int], error: OdooError) -> bool:
        """Find a plan without the forbidden or the vanished fields, once each; return whether there is one."""
        before, source = self.plan, self._entity_reader
        if isinstance(error, OdooAccessError) and not self._forbidden_searched:
            self._forbidden_searched = True
            self.plan = source.drop_forbidden_fields(before, ids[:1], self._cancel)
        elif isinstance(error, OdooContractError) and not self._plan_refreshed:
            self._plan_refreshed = True
            self.plan = source.field_plans.refresh(source.entity, before)
        return self.plan is not before

    def _reject(self, ids: Sequence[int], error: OdooError) -> None:
        """Reject a row that fails alone, unless it was deleted meanwhile."""
        if self._entity_reader.list_visible_ids(ids, self._cancel):
            self.rejected.append(RejectedRow(ids[0], str(error), BrokenRule.READABLE))
        if len(self.rejected) >= MAX_FAILURES_WITHOUT_SUCCESS and not self.rows:
            raise error

    def _reread_missing(self, ids: Sequence[int]) -> None:
        """Read rows once more that are absent although Odoo still lists them, then reject them: they were not deleted.

        Odoo answers no rows, and no error, when some fields may not be read.
        """
        rejected = {each.odoo_id for each in self.rejected}
        missing = [each for each in ids if each not in self.rows and each not in rejected]
        if not missing or not (listed := self._entity_reader.list_visible_ids(missing, self._cancel)):
            return
        self._read_all(listed)
        rejected = {each.odoo_id for each in self.rejected}
        hidden = [each for each in listed if each not in self.rows and each not in rejected]
        self.rejected.extend(
            RejectedRow(each, "Odoo lists the record but does not show its fields.", BrokenRule.VISIBLE)
            for each in hidden
        )
