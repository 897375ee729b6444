"""A model with columns, and a reader that may use them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.result import Notice
from odoo_sync_tui.odoo.calls.page_size import AdaptivePageSize
from odoo_sync_tui.odoo.rows.column_reader import MIN_ROWS_BY_COLUMNS, ColumnBasis, ColumnReader
from odoo_sync_tui.odoo.rows.field_plan import FieldPlan, FieldPlans
from odoo_sync_tui.odoo.rows.pages import EntityReader, PageReader
from odoo_sync_tui.odoo.rows.related_names import RelatedNameCache
from odoo_sync_tui.odoo.transport.http import Call
from odoo_sync_tui.runtime.cancel import CancelToken
from tests.unit.odoo.fakes import FakeTransport, ManualTime, make_caller, make_entity, make_transport

FEW = MIN_ROWS_BY_COLUMNS - 1
MANY = 3 * MIN_ROWS_BY_COLUMNS
COLUMNS = ("formatted_read_group", "read_group")
Spoil = Callable[[dict[str, list[object]]], None]


class Table(FakeTransport):
    """A model with columns, which a test may spoil before they are answered."""

    spoil: Spoil = staticmethod(lambda columns: None)

    def _formatted_read_group(self, call: Call, ids: list[int]) -> object:
        (group,) = super()._formatted_read_group(call, ids)  # type: ignore[misc]
        self.spoil(group)
        return [group]


class World:
    """A transport, and a reader with columns."""

    def __init__(
        self, transport: FakeTransport, entity: Entity, version: int = 19, basis: str | None = "basis"
    ) -> None:
        self.transport = transport
        self.notices: list[Notice] = []
        self.time = ManualTime()
        self.basis = basis
        caller = make_caller(transport, self.time)
        self.plans = FieldPlans(caller, self.notices.append, self.time)
        names = RelatedNameCache(caller, self.notices.append, 1000, version)
        sizes = AdaptivePageSize(1000), AdaptivePageSize(1000)
        self.columns = ColumnReader(entity, caller, version, sizes[0], self.get_basis, self.notices.append, sizes[1])
        self.reader = EntityReader(
            entity, caller, self.plans, names, dict, version, AdaptivePageSize(1000), self.columns
        )

    def get_basis(self, plan: FieldPlan) -> ColumnBasis:
        return ColumnBasis(self.basis or "unknown", self.basis is not None)

    def read(self, ids: Sequence[int], token: CancelToken | None = None) -> PageReader:
        reader = PageReader(self.reader, token or self.time)
        reader.read(ids)
        reader.rows = {row["id"]: row for row in reader.table()}  # type: ignore[misc]
        return reader

    def prove(self) -> None:
        """Read once, and forget the calls."""
        self.read(range(1, MANY + 1))
        self.transport.calls.clear()

    def methods(self) -> set[str]:
        return {call.method for call in self.transport.calls}

    def count(self, *methods: str) -> int:
        return sum(call.method in methods for call in self.transport.calls)


def make_table(count: int = MANY, stored: Sequence[str] = ("id", "name", "rank"), **types: str) -> Table:
    base = make_transport(count, **{"rank": "integer", **types})
    declared = {name: kind | {"store": name in stored} for name, kind in base.types.items()}
    for each in base.stored:
        base.stored[each]["rank"] = None if each % 2 else each
    return Table(base.stored, declared)


class RowTable(Table):
    """Answers rows as Odoo does: zero where the table has NULL."""

    def _read(self, call: Call, ids: list[int]) -> object:
        rows = super()._read(call, ids)
        assert isinstance(rows, list)
        return [row | ({"rank": row["rank"] or 0} if "rank" in row else {}) for row in rows]


def as_odoo_reads(table: Table) -> RowTable:
    return RowTable(table.stored, table.types)


def make_world(table: Table | None = None, entity: Entity | None = None, **more: object) -> World:
    return World(as_odoo_reads(table or make_table()), entity or make_entity("name", "rank"), **more)  # type: ignore[arg-type]


def expected(ids: Sequence[int]) -> dict[int, dict[str, object]]:
    return {each: {"id": each, "name": f"Lead {each}", "rank": 0 if each % 2 else each} for each in ids}
