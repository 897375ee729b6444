"""Odoo's search domains: parsed from the wire to a tree, compiled from the tree to a test of ids.

A domain is a list of conditions `[field, operator, value]` and the prefix operators `&`, `|`, `!`; adjacent
conditions are joined by `&`. Error texts are those of Odoo 19 and 14.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from odoo_sync_tui.demo.errors import OdooError
from odoo_sync_tui.demo.values import Json

COMPARISON_OPERATORS: Final = frozenset({"=", "!=", ">", ">=", "<", "<=", "=?", "in", "not in", "child_of"})
PATTERN_OPERATORS: Final = frozenset({"like", "ilike", "not like", "not ilike", "=like", "=ilike"})


@dataclass(frozen=True, slots=True)
class Leaf:
    """One condition."""

    field: str
    operator: str
    value: Json


@dataclass(frozen=True, slots=True)
class Const:
    """A constant condition: `(1, '=', 1)` or `(0, '=', 1)`."""

    value: bool


@dataclass(frozen=True, slots=True)
class Not:
    """Negation of a node."""

    node: Node


@dataclass(frozen=True, slots=True)
class And:
    """Conjunction of nodes; true without nodes."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Disjunction of nodes."""

    nodes: tuple[Node, ...]


Node: TypeAlias = Leaf | Const | Not | And | Or
RecordTest: TypeAlias = Callable[[int], bool]


def parse_domain(domain: Json, dialect: int) -> And:
    """Parse a domain from the wire to a tree.

    Raises OdooError (TypeError, ValueError or AssertionError, by dialect) for an invalid domain.
    """
    if domain is None or domain is False:
        return And(())
    if not isinstance(domain, (list, tuple)):
        if dialect < 19:
            raise OdooError("AssertionError", f"Domains must be lists: {domain!r}")
        raise OdooError("TypeError", f"Domain() invalid argument type for domain: {domain!r}")
    items = cast("Sequence[Json]", domain)
    rest = iter(items)
    return And(tuple(_parse_node(item, rest, items, dialect) for item in rest))


def _parse_node(item: Json, rest: Iterator[Json], domain: Sequence[Json], dialect: int) -> Node:
    """Parse the node that starts with `item`; its operands come from `rest`."""
    if item == "!":
        return Not(_parse_operand(rest, domain, dialect))
    if item in ("&", "|"):
        pair = (_parse_operand(rest, domain, dialect), _parse_operand(rest, domain, dialect))
        return And(pair) if item == "&" else Or(pair)
    if not isinstance(item, (list, tuple)) or len(cast("Sequence[Json]", item)) != 3:
        text = f"Domain() invalid item in domain: {item!r}" if dialect >= 19 else f"Invalid leaf {item!r}"
        raise OdooError("ValueError", text)
    return _parse_leaf(cast("Sequence[Json]", item), dialect)


def _parse_operand(rest: Iterator[Json], domain: Sequence[Json], dialect: int) -> Node:
    for item in rest:
        return _parse_node(item, rest, domain, dialect)
    raise OdooError("ValueError", f"Domain() malformed domain {list(domain)!r}")


def _parse_leaf(item: Sequence[Json], dialect: int) -> Node:
    field, operator, value = item
    if field in (0, 1) and operator == "=":
        return Const(field == value)
    if not isinstance(field, str) or not isinstance(operator, str):
        raise OdooError("ValueError", f"Domain() invalid item in domain: {list(item)!r}")
    operator = {"==": "=", "<>": "!="}.get(operator, operator)
    if operator not in COMPARISON_OPERATORS | PATTERN_OPERATORS:
        shown = (field, operator, value)
        text = f"Invalid operator in condition {shown!r}" if dialect >= 19 else f"Invalid leaf {shown!r}"
        raise OdooError("ValueError", text)
    return Leaf(field, operator, value)


def iter_field_names(node: Node) -> Iterator[str]:
    """Iterate over the names of the fields in the tree."""
    match node:
        case Leaf():
            yield node.field
        case Not():
            yield from iter_field_names(node.node)
        case And() | Or():
            for child in node.nodes:
                yield from iter_field_names(child)
        case Const():
            return


def compile_node(node: Node, leaf: Callable[[Leaf], RecordTest]) -> RecordTest:
    """Compile the tree to a test of ids, with `leaf` for each condition."""
    match node:
        case Leaf():
            return leaf(node)
        case Const():
            value = node.value
            return lambda _: value
        case Not():
            inner = compile_node(node.node, leaf)
            return lambda number: not inner(number)
        case Or():
            tests = [compile_node(child, leaf) for child in node.nodes]
            return lambda number: any(test(number) for test in tests)
        case And():
            return _compile_all([compile_node(child, leaf) for child in node.nodes])


def _compile_all(tests: list[RecordTest]) -> RecordTest:
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        first, second = tests
        return lambda number: first(number) and second(number)
    return lambda number: all(test(number) for test in tests)


@dataclass(frozen=True, slots=True)
class IdRange:
    """Range of ids from a conjunction: inclusive bounds, and an optional list of ids."""

    low: int
    high: int
    ids: frozenset[int] | None
    rest: And
    """The other conditions."""


def extract_id_range(tree: And, highest: int) -> IdRange:
    """Extract the conditions on `id` from the top of `tree`, so that only possible ids are tested."""
    low, high, listed = 1, highest, None
    rest: list[Node] = []
    for node in _flatten(tree):
        if not isinstance(node, Leaf) or node.field != "id":
            rest.append(node)
            continue
        listed_ids = _listed_ids(node)
        if listed_ids is not None:
            listed = listed_ids if listed is None else listed & listed_ids
        elif node.operator in {">", ">=", "<", "<="} and _is_int(node.value):
            value = int(node.value)
            low = max(low, {">": value + 1, ">=": value}.get(node.operator, low))
            high = min(high, {"<": value - 1, "<=": value}.get(node.operator, high))
        else:
            rest.append(node)
    return IdRange(low, high, listed, And(tuple(rest)))


def _flatten(tree: And) -> Iterator[Node]:
    for node in tree.nodes:
        if isinstance(node, And):
            yield from _flatten(node)
        else:
            yield node


def _is_int(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _listed_ids(leaf: Leaf) -> frozenset[int] | None:
    """Return the ids listed by `id in [...]` or `id = n`, else None."""
    if leaf.operator not in {"=", "in"}:
        return None
    value = leaf.value
    if isinstance(value, (list, tuple)):
        return frozenset(item for item in cast("Sequence[Json]", value) if _is_int(item))
    return frozenset([int(value)]) if _is_int(value) else None
