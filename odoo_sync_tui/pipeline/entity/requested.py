"""Rows that an operator asked for by id and that Odoo does not give: retired with their reason, or named."""

from __future__ import annotations

from array import array
from collections.abc import Collection

from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.pipeline.entity.context import Context, EntityReport
from odoo_sync_tui.pipeline.entity.retirement import Census, MissingDocuments, Retirement, list_ids
from odoo_sync_tui.pipeline.entity.writes import LeasedWrites


class RequestedRows:
    """The rows of one entity that its run was asked for by id. Made for one use, after the pages are committed.

    Args:
        entity: the entity.
        context: the objects of the run.
        writes: retires documents.
        report: takes counts, warnings, and the number of requests that are not met.
        has_same_access: whether user, companies and database are those of the last run.
    """

    def __init__(
        self,
        entity: Entity,
        context: Context,
        writes: LeasedWrites,
        report: EntityReport,
        *,
        has_same_access: bool,
    ) -> None:
        self._entity = entity
        self._context = context
        self._writes = writes
        self._report = report
        self._has_same_access = has_same_access

    def settle(self) -> int:
        """Retire active documents whose rows are gone, name all others; return how many documents are left active.

        Rows that do not meet another condition of the selection are there, and nothing is said of them.

        Raises:
            OdooError, StoreError, LeaseLost, RunCancelled: documents retired before stay retired, and are counted.
        """
        ids, entity = self._context.scope.requested_ids, self._entity
        if not ids:
            return 0
        given = self._context.connector.census(entity, 0, len(ids) + 1, (("id", "in", ids),))
        erased = sorted(set(ids).intersection(entity.erased_ids))
        if erased:
            hint = "To let one come back: odoo-sync-tui erase --lift."
            self._report.miss("erased", erased, f"Rows that were erased and stay so: {list_ids(erased)}.", hint)
        missing = sorted(set(ids).difference(given, erased))
        if not missing:
            return 0
        states = self._context.store.documents.find_page(entity, missing, ()).states
        active = [each for each in missing if each in states and states[each].active]
        self._name_others([each for each in missing if each not in set(active)], states.keys())
        return self._retire(active) if active else 0

    def _retire(self, ids: list[int]) -> int:
        """Retire documents within the limit of every run; all of Odoo's rows stand for the census."""
        row_count = self._context.connector.count(self._entity)
        census = Census(row_count, row_count, self._has_same_access)
        missing = MissingDocuments(len(ids), array("q", ids))
        return Retirement(self._entity, self._context, self._writes, self._report, missing, census).run()

    def _name_others(self, ids: list[int], stored_ids: Collection[int]) -> None:
        """Name the rows that have no active document, by what became of them."""
        if not ids:
            return
        rows = self._context.connector.classify_missing(self._entity, ids)
        unknown = [each for each in rows.deleted if each not in stored_ids]
        retired = [each for each in rows.deleted if each in stored_ids]
        if unknown:
            self._report.miss("unknown_id", unknown, f"Odoo has no such rows: {list_ids(unknown)}.", "Check the ids.")
        if rows.elsewhere:
            others = f"Rows that are no {self._entity.name}, though Odoo has them: {list_ids(rows.elsewhere)}."
            self._report.miss("elsewhere", rows.elsewhere, others, "Check the ids, and the entity.")
        if rows.hidden:
            hidden = f"Rows that the Odoo user may not read: {list_ids(rows.hidden)}."
            self._report.miss("hidden", rows.hidden, hidden, "Give the user the right to see them.")
        if retired:
            self._report.warn("retired_before", f"Rows that are gone, their documents inactive: {list_ids(retired)}.")
        self._writes.release_quarantine([*rows.deleted, *rows.elsewhere])
