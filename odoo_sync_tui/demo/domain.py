"""Odoo's search domains: from the list on the wire to a tree, and from the tree to a test on ids.

A domain is a list of conditions `[field, operator, value]` and the prefix operators `&`, `|`, `!`; what stands side by
side is joined by `&`. Errors are worded as Odoo 19 and 14 word them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from odoo_sync_tui.demo.errors import OdooError
from odoo_sync_tui.demo.values import Json

COMPARISONS: Final = frozenset({"=", "!=", ">", ">=", "<", "<=", "=?", "in", "not in", "child_of"})
PATTERNS: Final = frozenset({"like", "ilike", "not like", "not ilike", "=like", "=ilike"})


@dataclass(frozen=True, slots=True)
class Leaf:
    """One condition."""

    field: str
    operator: str
    value: Json


@dataclass(frozen=True, slots=True)
class Const:
    """A condition on nothing: `(1, '=', 1)` or `(0, '=', 1)`."""

    value: bool


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    node: Node


@dataclass(frozen=True, slots=True)
class All:
    """Every one of the nodes holds; no node at all holds too."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of the nodes holds."""

    nodes: tuple[Node, ...]


Node: TypeAlias = Leaf | Const | Not | All | Either
Test: TypeAlias = Callable[[int], bool]


def parse(domain: Json, dialect: int) -> All:
    """The tree of a domain as it came over the wire.

    Raises OdooError (TypeError, ValueError or AssertionError, by dialect) for what is no domain.
    """
    if domain is None or domain is False:
        return All(())
    if not isinstance(domain, (list, tuple)):
        if dialect < 19:
            raise OdooError("AssertionError", f"Domains must be lists: {domain!r}")
        raise OdooError("TypeError", f"Domain() invalid argument type for domain: {domain!r}")
    items = cast("Sequence[Json]", domain)
    rest = iter(items)
    return All(tuple(_node(item, rest, items, dialect) for item in rest))


def _node(item: Json, rest: Iterator[Json], whole: Sequence[Json], dialect: int) -> Node:
    """The node that starts with `item`, taking its operands from `rest`."""
    if item == "!":
        return Not(_operand(rest, whole, dialect))
    if item in ("&", "|"):
        pair = (_operand(rest, whole, dialect), _operand(rest, whole, dialect))
        return All(pair) if item == "&" else Either(pair)
    if not isinstance(item, (list, tuple)) or len(cast("Sequence[Json]", item)) != 3:
        text = f"Domain() invalid item in domain: {item!r}" if dialect >= 19 else f"Invalid leaf {item!r}"
        raise OdooError("ValueError", text)
    return _leaf(cast("Sequence[Json]", item), dialect)


def _operand(rest: Iterator[Json], whole: Sequence[Json], dialect: int) -> Node:
    for item in rest:
        return _node(item, rest, whole, dialect)
    raise OdooError("ValueError", f"Domain() malformed domain {list(whole)!r}")


def _leaf(item: Sequence[Json], dialect: int) -> Node:
    field, operator, value = item
    if field in (0, 1) and operator == "=":
        return Const(field == value)
    if not isinstance(field, str) or not isinstance(operator, str):
        raise OdooError("ValueError", f"Domain() invalid item in domain: {list(item)!r}")
    operator = {"==": "=", "<>": "!="}.get(operator, operator)
    if operator not in COMPARISONS | PATTERNS:
        shown = (field, operator, value)
        text = f"Invalid operator in condition {shown!r}" if dialect >= 19 else f"Invalid leaf {shown!r}"
        raise OdooError("ValueError", text)
    return Leaf(field, operator, value)


def names(node: Node) -> Iterator[str]:
    """Every field that the tree names."""
    match node:
        case Leaf():
            yield node.field
        case Not():
            yield from names(node.node)
        case All() | Either():
            for one in node.nodes:
                yield from names(one)
        case Const():
            return


def compile_node(node: Node, leaf: Callable[[Leaf], Test]) -> Test:
    """A test on ids for the whole tree, from one for each leaf."""
    match node:
        case Leaf():
            return leaf(node)
        case Const():
            value = node.value
            return lambda _: value
        case Not():
            inner = compile_node(node.node, leaf)
            return lambda number: not inner(number)
        case Either():
            some = [compile_node(one, leaf) for one in node.nodes]
            return lambda number: any(test(number) for test in some)
        case All():
            return _all([compile_node(one, leaf) for one in node.nodes])


def _all(tests: list[Test]) -> Test:
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        first, second = tests
        return lambda number: first(number) and second(number)
    return lambda number: all(test(number) for test in tests)


@dataclass(frozen=True, slots=True)
class Span:
    """What the conditions that must all hold say of the id: bounds, both included, and perhaps a list."""

    low: int
    high: int
    listed: frozenset[int] | None
    rest: All
    """The conditions that the span does not already answer."""


def span(tree: All, highest: int) -> Span:
    """Take the conditions on `id` out of the top of `tree`, so that only ids that can match are looked at."""
    low, high, listed = 1, highest, None
    rest: list[Node] = []
    for node in _flat(tree):
        if not isinstance(node, Leaf) or node.field != "id":
            rest.append(node)
            continue
        chosen = _ids(node)
        if chosen is not None:
            listed = chosen if listed is None else listed & chosen
        elif node.operator in {">", ">=", "<", "<="} and _is_int(node.value):
            value = int(node.value)
            low = max(low, {">": value + 1, ">=": value}.get(node.operator, low))
            high = min(high, {"<": value - 1, "<=": value}.get(node.operator, high))
        else:
            rest.append(node)
    return Span(low, high, listed, All(tuple(rest)))


def _flat(tree: All) -> Iterator[Node]:
    for node in tree.nodes:
        if isinstance(node, All):
            yield from _flat(node)
        else:
            yield node


def _is_int(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _ids(leaf: Leaf) -> frozenset[int] | None:
    """The ids that `id in [...]` or `id = n` lists, else None."""
    if leaf.operator not in {"=", "in"}:
        return None
    value = leaf.value
    if isinstance(value, (list, tuple)):
        return frozenset(one for one in cast("Sequence[Json]", value) if _is_int(one))
    return frozenset([int(value)]) if _is_int(value) else None
