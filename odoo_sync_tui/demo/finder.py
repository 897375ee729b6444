"""Finds the ids that match a domain, in an order, looking at no more records than it must.

An `id` order walks the ids and stops at the limit; bounds and lists of ids are used as they are; `write_date` is
searched in an array of timestamps; a count over a whole table is made once and then kept in step with the edits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final, cast

from odoo_sync_tui.demo.conditions import check, moment_bounds
from odoo_sync_tui.demo.database import Database
from odoo_sync_tui.demo.domain import All, Leaf, Node, Span, Test, compile_node, names, span
from odoo_sync_tui.demo.errors import OdooError, invalid_field
from odoo_sync_tui.demo.schema.fields import Field
from odoo_sync_tui.demo.table import NEWEST, Table
from odoo_sync_tui.demo.values import Value, as_list

_WIDE: Final = 4096
"""From so many ids on, a condition on write_date is answered from the array of timestamps."""

_KEPT_COUNTS: Final = 64
_ORDER: Final = re.compile(r"\s*([\w.]+)(?:\s+(asc|desc))?(?:\s+nulls\s+(?:first|last))?\s*$", re.IGNORECASE)


class Finder:
    """Searches one table as the records are now; `hides` leaves out ids that the user may not see."""

    def __init__(self, database: Database, table: Table, hides: Callable[[int], bool] | None = None) -> None:
        self._database = database
        self._table = table
        self._hides = hides

    def find(self, tree: All, order: str | None, offset: int, limit: int | None) -> list[int]:
        """Matching ids in `order` (else the model's), from `offset`, at most `limit` of them.

        Raises OdooError for a field, operator or order that Odoo would refuse.
        """
        keys = self._order(order or self._table.model.order)
        end = None if limit is None else offset + limit
        return list(islice(self._ordered(tree, keys, end), offset, end))

    def count(self, tree: All) -> int:
        """How many records match."""
        bounds = span(tree, self._table.last_id)
        whole = bounds.listed is None and (bounds.low, bounds.high) == (1, self._table.last_id)
        if whole and self._hides is None and all(self._steady(name) for name in names(tree)):
            return self._steady_count(tree)
        return sum(1 for _ in self._matching(bounds, descending=False))

    def test(self, tree: Node) -> Test:
        """A test whether an id matches `tree`, as the records are now."""
        return compile_node(tree, lambda leaf: self._leaf(leaf, self._table.getter))

    def _ordered(self, tree: All, keys: list[tuple[str, bool]], end: int | None) -> Iterator[int]:
        bounds = span(tree, self._table.last_id)
        if keys[0][0] == "id":
            return self._matching(bounds, descending=keys[0][1])
        if keys[0] == ("write_date", True) and end is not None and self._table.last_id > NEWEST:
            found = self._newest(bounds, end)
            if len(found) == end:
                return iter(found)
        return iter(self._sorted(list(self._matching(bounds, descending=False)), keys))

    def _matching(self, bounds: Span, *, descending: bool) -> Iterator[int]:
        """Matching ids in the order of the id, one by one."""
        table, hides = self._table, self._hides
        candidates, rest = self._candidates(bounds, descending=descending)
        test = self.test(rest)
        passed = filter(test, candidates) if rest.nodes else candidates
        return passed if hides is None else (number for number in passed if not hides(number) and table.exists(number))

    def _candidates(self, bounds: Span, *, descending: bool) -> tuple[Iterator[int], All]:
        """Ids that may match, and what is still to be tested on them."""
        table = self._table
        if bounds.listed is not None:
            known = (n for n in bounds.listed if bounds.low <= n <= bounds.high and table.exists(n))
            return iter(sorted(known, reverse=descending)), bounds.rest
        if bounds.high - bounds.low >= _WIDE:
            for node in bounds.rest.nodes:
                window = self._window(node)
                if window:
                    rest = All(tuple(one for one in bounds.rest.nodes if one is not node))
                    found = table.written_between(*window, bounds.low, bounds.high, descending=descending)
                    return found, rest
        return table.ids(bounds.low, bounds.high, descending=descending), bounds.rest

    def _window(self, node: Node) -> tuple[int, int] | None:
        """The range of stamps that a condition on write_date asks for; records without a stamp lie outside."""
        if not isinstance(node, Leaf) or node.field != "write_date":
            return None
        found = moment_bounds(node.operator, node.value, self._database.dialect)
        return (max(found[0], 0), found[1]) if found else None

    def _newest(self, bounds: Span, end: int) -> list[int]:
        """Up to `end` matching ids, newest first, as far as the kept list of the newest goes."""
        rest = self.test(bounds.rest)
        table, hides, listed = self._table, self._hides, bounds.listed
        matching = (
            number
            for _, number in table.newest()
            if bounds.low <= number <= bounds.high
            and (listed is None or number in listed)
            and not (hides and hides(number))
            and rest(number)
        )
        return list(islice(matching, end))

    def _steady(self, name: str) -> bool:
        """Whether `name` is a field whose value follows from the id and the record's own edits alone."""
        source, field = self._table.source, self._table.model.fields.get(name)
        if field is None or (name not in source.plain and name not in source.hashed):
            return False
        return field.type != "many2one" or not self._database.table(field.relation or "").deleted

    def _steady_count(self, tree: All) -> int:
        """The count over the records as generated, made once, corrected for every touched record."""
        table = self._table
        base = compile_node(tree, lambda leaf: self._leaf(leaf, table.base))
        key = repr(tree)
        if key not in table.counts:
            if len(table.counts) >= _KEPT_COUNTS:
                table.counts.pop(next(iter(table.counts)))
            table.counts[key] = sum(map(base, range(1, table.source.size + 1)))
        test, touched = self.test(tree), table.touched
        gone = sum(1 for number in touched if number <= table.source.size and base(number))
        come = sum(1 for number in touched if table.exists(number) and test(number))
        return table.counts[key] - gone + come

    def _leaf(self, leaf: Leaf, reader: Callable[[str], Callable[[int], Value]]) -> Test:
        name, _, path = leaf.field.partition(".")
        field = self._field(name, leaf)
        read = reader(name)
        if path and path != "id":
            return self._through(field, read, Leaf(path, leaf.operator, leaf.value))
        if leaf.operator == "child_of":
            return self._below(leaf)
        if field.type == "many2one":
            read = self._by_name(field, read) if _is_text(leaf) else self._living(field, read)
        passes = check(leaf, field, self._database.dialect)
        return lambda number: passes(read(number))

    def _field(self, name: str, leaf: Leaf) -> Field:
        model = self._table.model
        if name in model.fields:
            return model.fields[name]
        shown = (leaf.field, leaf.operator, leaf.value)
        where = "condition" if self._database.dialect >= 19 else "leaf"
        raise OdooError("ValueError", f"Invalid field {model.name}.{leaf.field} in {where} {shown!r}")

    def _through(self, field: Field, read: Callable[[int], Value], rest: Leaf) -> Test:
        """A condition on a field of the record that a many2one refers to."""
        related = self._database.table(field.relation or "")
        inner = Finder(self._database, related).test(rest)

        def test(number: int) -> bool:
            target = read(number)
            return bool(target) and related.exists(cast("int", target)) and inner(cast("int", target))

        return test

    def _below(self, leaf: Leaf) -> Test:
        """`id child_of n`: the record or one above it is among the ids of `leaf`."""
        if "parent_id" not in self._table.model.fields:
            raise OdooError("ValueError", f"Invalid field {self._table.model.name}.parent_id in {leaf.value!r}")
        tops = set(as_list(leaf.value) or [leaf.value])
        read, above = self._table.getter(leaf.field), self._table.getter("parent_id")

        def test(number: int) -> bool:
            one = read(number)
            while one and one not in tops:
                one = above(cast("int", one))
            return bool(one)

        return test

    def _by_name(self, field: Field, read: Callable[[int], Value]) -> Callable[[int], Value]:
        database, relation = self._database, field.relation or ""
        return lambda number: (target := read(number)) and database.value(relation, cast("int", target), "display_name")

    def _living(self, field: Field, read: Callable[[int], Value]) -> Callable[[int], Value]:
        related = self._database.table(field.relation or "")
        if not related.deleted:
            return read
        return lambda number: (target := read(number)) and related.exists(cast("int", target)) and target

    def _order(self, order: str) -> list[tuple[str, bool]]:
        """The fields of an `order`, each with whether it is descending."""
        keys: list[tuple[str, bool]] = []
        for part in order.split(","):
            found = _ORDER.match(part)
            if not found:
                raise OdooError(
                    "UserError",
                    f'Invalid "order" specified ({order}). A valid "order" specification is a comma-separated list of '
                    "valid field names (optionally followed by asc/desc for the direction)",
                )
            keys.append((found[1], (found[2] or "").lower() == "desc"))
        self._check_order(keys)
        return keys

    def _check_order(self, keys: list[tuple[str, bool]]) -> None:
        model = self._table.model
        for name, _ in keys:
            if name not in model.fields:
                raise invalid_field(name, model.name, dialect=14)
            if not model.fields[name].sortable:
                text = f"Cannot convert {model.name}.{name} to SQL because it is not stored"
                raise OdooError("ValueError", text)

    def _sorted(self, found: list[int], keys: list[tuple[str, bool]]) -> list[int]:
        """Sort by every key, empty values after all others (before them, descending), as PostgreSQL does."""
        for name, descending in reversed(keys):
            field, read = self._table.model.fields[name], self._table.getter(name)
            by_name = self._by_name(field, read) if field.type == "many2one" else read
            flag = field.type == "boolean"
            found.sort(key=_sort_key(by_name, flag=flag), reverse=descending)
        return found


def _is_text(leaf: Leaf) -> bool:
    return "like" in leaf.operator or isinstance(leaf.value, str)


def _sort_key(read: Callable[[int], Value], *, flag: bool) -> Callable[[int], tuple[bool, Value]]:
    def key(number: int) -> tuple[bool, Value]:
        value = read(number)
        return (value is False and not flag, value)

    return key
