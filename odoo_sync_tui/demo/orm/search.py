"""Search of the ids that match a domain, in an order, with as few record reads as possible.

An `id` order iterates over the ids and stops at the limit; bounds and lists of ids are used directly; `write_date` is
searched in an array of timestamps; a count over a whole table is computed once and then updated with the edits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final, cast

from odoo_sync_tui.demo.errors import OdooError, invalid_field_error
from odoo_sync_tui.demo.orm.conditions import compile_condition, get_datetime_range
from odoo_sync_tui.demo.orm.database import Database
from odoo_sync_tui.demo.orm.domain import (
    And,
    IdRange,
    Leaf,
    Node,
    RecordTest,
    compile_node,
    extract_id_range,
    iter_field_names,
)
from odoo_sync_tui.demo.orm.fields import Field
from odoo_sync_tui.demo.orm.table import MAX_NEWEST, Table
from odoo_sync_tui.demo.values import Value, as_list

_MIN_INDEXED_IDS: Final = 4096
"""Minimum number of ids for answering a condition on write_date from the array of timestamps."""

_MAX_CACHED_COUNTS: Final = 64
_ORDER: Final = re.compile(r"\s*([\w.]+)(?:\s+(asc|desc))?(?:\s+nulls\s+(?:first|last))?\s*$", re.IGNORECASE)


class Search:
    """Search of the present records of one table; ids for which `hides` is true are left out."""

    def __init__(self, database: Database, table: Table, is_hidden: Callable[[int], bool] | None = None) -> None:
        self._database = database
        self._table = table
        self._is_hidden = is_hidden

    def find(self, tree: And, order: str | None, offset: int, limit: int | None) -> list[int]:
        """Find matching ids in `order` (else the model's), from `offset`, at most `limit` of them.

        Raises OdooError for a field, operator or order that is invalid in Odoo.
        """
        keys = self._parse_order(order or self._table.model.order)
        end = None if limit is None else offset + limit
        return list(islice(self._ordered(tree, keys, end), offset, end))

    def count(self, tree: And) -> int:
        """Count the matching records."""
        bounds = extract_id_range(tree, self._table.last_id)
        is_whole_table = bounds.ids is None and (bounds.low, bounds.high) == (1, self._table.last_id)
        if (
            is_whole_table
            and self._is_hidden is None
            and all(self._is_cacheable(name) for name in iter_field_names(tree))
        ):
            return self._cached_count(tree)
        return sum(1 for _ in self._matching(bounds, descending=False))

    def build_test(self, tree: Node) -> RecordTest:
        """Build a test of ids for `tree`, on the present records."""
        return compile_node(tree, lambda leaf: self._compile_leaf(leaf, self._table.getter))

    def _ordered(self, tree: And, keys: list[tuple[str, bool]], end: int | None) -> Iterator[int]:
        bounds = extract_id_range(tree, self._table.last_id)
        if keys[0][0] == "id":
            return self._matching(bounds, descending=keys[0][1])
        if keys[0] == ("write_date", True) and end is not None and self._table.last_id > MAX_NEWEST:
            found = self._newest(bounds, end)
            if len(found) == end:
                return iter(found)
        return iter(self._sorted(list(self._matching(bounds, descending=False)), keys))

    def _matching(self, bounds: IdRange, *, descending: bool) -> Iterator[int]:
        """Iterate over matching ids in the order of the id."""
        table, hides = self._table, self._is_hidden
        candidates, rest = self._candidates(bounds, descending=descending)
        test = self.build_test(rest)
        matching = filter(test, candidates) if rest.nodes else candidates
        return (
            matching if hides is None else (number for number in matching if not hides(number) and table.exists(number))
        )

    def _candidates(self, bounds: IdRange, *, descending: bool) -> tuple[Iterator[int], And]:
        """Return the possible ids, and the conditions still to be tested."""
        table = self._table
        if bounds.ids is not None:
            existing = (n for n in bounds.ids if bounds.low <= n <= bounds.high and table.exists(n))
            return iter(sorted(existing, reverse=descending)), bounds.rest
        if bounds.high - bounds.low >= _MIN_INDEXED_IDS:
            for node in bounds.rest.nodes:
                date_range = self._write_date_range(node)
                if date_range:
                    rest = And(tuple(one for one in bounds.rest.nodes if one is not node))
                    found = table.ids_written_between(*date_range, bounds.low, bounds.high, descending=descending)
                    return found, rest
        return table.ids(bounds.low, bounds.high, descending=descending), bounds.rest

    def _write_date_range(self, node: Node) -> tuple[int, int] | None:
        """Return the range of a condition on write_date; records without a write_date are outside."""
        if not isinstance(node, Leaf) or node.field != "write_date":
            return None
        found = get_datetime_range(node.operator, node.value, self._database.dialect)
        return (max(found[0], 0), found[1]) if found else None

    def _newest(self, bounds: IdRange, end: int) -> list[int]:
        """Find up to `end` matching ids, newest first, within the kept list of the newest records."""
        rest = self.build_test(bounds.rest)
        table, hides, listed = self._table, self._is_hidden, bounds.ids
        matching = (
            number
            for _, number in table.newest()
            if bounds.low <= number <= bounds.high
            and (listed is None or number in listed)
            and not (hides and hides(number))
            and rest(number)
        )
        return list(islice(matching, end))

    def _is_cacheable(self, name: str) -> bool:
        """Whether the value of field `name` depends on the id and the record's own edits alone."""
        source, field = self._table.source, self._table.model.fields.get(name)
        if field is None or (name not in source.id_columns and name not in source.hashed_columns):
            return False
        return field.type != "many2one" or not self._database.table(field.relation or "").deleted

    def _cached_count(self, tree: And) -> int:
        """Count the generated records once, then correct for every changed record."""
        table = self._table
        base = compile_node(tree, lambda leaf: self._compile_leaf(leaf, table.base_getter))
        key = repr(tree)
        if key not in table.cached_counts:
            if len(table.cached_counts) >= _MAX_CACHED_COUNTS:
                table.cached_counts.pop(next(iter(table.cached_counts)))
            table.cached_counts[key] = sum(map(base, range(1, table.source.size + 1)))
        test, touched = self.build_test(tree), table.changed_ids
        removed = sum(1 for number in touched if number <= table.source.size and base(number))
        added = sum(1 for number in touched if table.exists(number) and test(number))
        return table.cached_counts[key] - removed + added

    def _compile_leaf(self, leaf: Leaf, reader: Callable[[str], Callable[[int], Value]]) -> RecordTest:
        name, _, path = leaf.field.partition(".")
        field = self._field(name, leaf)
        read = reader(name)
        if path and path != "id":
            return self._compile_related(field, read, Leaf(path, leaf.operator, leaf.value))
        if leaf.operator == "child_of":
            return self._compile_child_of(leaf, self._database.table(field.relation) if field.relation else self._table)
        if field.type == "many2one":
            read = self._name_getter(field, read) if _is_text(leaf) else self._existing_getter(field, read)
        test_value = compile_condition(leaf, field, self._database.dialect)
        return lambda number: test_value(read(number))

    def _field(self, name: str, leaf: Leaf) -> Field:
        model = self._table.model
        if name in model.fields:
            return model.fields[name]
        shown = (leaf.field, leaf.operator, leaf.value)
        where = "condition" if self._database.dialect >= 19 else "leaf"
        raise OdooError("ValueError", f"Invalid field {model.name}.{leaf.field} in {where} {shown!r}")

    def _compile_related(self, field: Field, read: Callable[[int], Value], rest: Leaf) -> RecordTest:
        """Compile a condition on a field of a many2one's target."""
        related = self._database.table(field.relation or "")
        inner = Search(self._database, related).build_test(rest)

        def test(number: int) -> bool:
            target = read(number)
            return bool(target) and related.exists(cast("int", target)) and inner(cast("int", target))

        return test

    def _compile_child_of(self, leaf: Leaf, tree: Table) -> RecordTest:
        """Compile `field child_of n`: the record of `tree`, or one of its ancestors, is among the ids of `leaf`."""
        if "parent_id" not in tree.model.fields:
            raise OdooError("ValueError", f"Invalid field {tree.model.name}.parent_id in {leaf.value!r}")
        ancestor_ids = set(as_list(leaf.value) or [leaf.value])
        read, read_parent = self._table.getter(leaf.field), tree.getter("parent_id")

        def test(number: int) -> bool:
            one = read(number)
            while one and one not in ancestor_ids:
                one = read_parent(cast("int", one))
            return bool(one)

        return test

    def _name_getter(self, field: Field, read: Callable[[int], Value]) -> Callable[[int], Value]:
        database, relation = self._database, field.relation or ""
        return lambda number: (
            (target := read(number)) and database.get_value(relation, cast("int", target), "display_name")
        )

    def _existing_getter(self, field: Field, read: Callable[[int], Value]) -> Callable[[int], Value]:
        related = self._database.table(field.relation or "")
        if not related.deleted:
            return read
        return lambda number: (target := read(number)) and related.exists(cast("int", target)) and target

    def _parse_order(self, order: str) -> list[tuple[str, bool]]:
        """Parse an `order` to pairs of field and whether it is descending."""
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
                raise invalid_field_error(name, model.name, dialect=14)
            if not model.fields[name].sortable:
                text = f"Cannot convert {model.name}.{name} to SQL because it is not stored"
                raise OdooError("ValueError", text)

    def _sorted(self, found: list[int], keys: list[tuple[str, bool]]) -> list[int]:
        """Sort by every key, empty values last (first if descending), like PostgreSQL."""
        for name, descending in reversed(keys):
            field, read = self._table.model.fields[name], self._table.getter(name)
            sort_value = self._name_getter(field, read) if field.type == "many2one" else read
            is_boolean = field.type == "boolean"
            found.sort(key=_sort_key(sort_value, is_boolean=is_boolean), reverse=descending)
        return found


def _is_text(leaf: Leaf) -> bool:
    return "like" in leaf.operator or isinstance(leaf.value, str)


def _sort_key(read: Callable[[int], Value], *, is_boolean: bool) -> Callable[[int], tuple[bool, Value]]:
    def key(number: int) -> tuple[bool, Value]:
        value = read(number)
        return (value is False and not is_boolean, value)

    return key
