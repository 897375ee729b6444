"""Domains of Odoo as operators give them: their form is checked before any server sees them."""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import cast

from odoo_sync_tui.core.entity import Domain
from odoo_sync_tui.core.text.sanitize import sanitize

ARITIES = {"&": 2, "|": 2, "!": 1}
"""How many conditions follow a prefix operator."""

# The operators of Odoo 14 to 19 that a domain may use from outside. Each version lacks some of them.
OPERATORS = (
    *("=", "!=", ">", ">=", "<", "<=", "=?", "in", "not in", "like", "not like", "ilike", "not ilike"),
    *("=like", "not =like", "=ilike", "not =ilike", "child_of", "parent_of", "any", "not any"),
)

MAX_TEXT_LENGTH = 100_000
"""Characters of a domain that is given as text."""

_FIELD = re.compile(r"[A-Za-z_][\w$]*(?:\.[\w$]+)*", re.ASCII)
_EXAMPLE = '["state", "=", "sale"]'


def parse_domain_argument(value: object) -> Domain:
    """Convert what an operator gives for a domain: lists, or a text that is JSON or a Python literal of them.

    Raises:
        ValueError: it is no domain in form; the message is worded for the operator.
    """
    try:
        return parse_domain(_load(value) if isinstance(value, str) else value)
    except RecursionError:
        raise ValueError("it has too many lists within lists") from None


def _load(text: str) -> object:
    """Load the value that a text is; nothing in it is ever evaluated."""
    if len(text) > MAX_TEXT_LENGTH:
        raise ValueError(f"a text of at most {MAX_TEXT_LENGTH} characters is accepted")
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError):
        raise ValueError(f"a list of conditions, as JSON or as Python writes it, is accepted: [{_EXAMPLE}]") from None


def parse_domain(value: object) -> Domain:
    """Convert lists to a domain: leaves ``(field, operator, value)`` and prefix operators, as Odoo reads them.

    Dates become ISO text, datetimes text in UTC, and an empty value ``False``, as Odoo has them.

    Raises:
        ValueError: it is no domain in form; the message is worded for the operator.
    """
    if isinstance(value, list | tuple):
        return tuple(_parse_terms(cast("Sequence[object]", value)))
    raise ValueError(f"a list of conditions like [{_EXAMPLE}] is accepted")


def _parse_terms(terms: Sequence[object]) -> Iterator[object]:
    wanted = 0
    for place, term in enumerate(terms, 1):
        wanted = max(wanted, 1) - 1
        if isinstance(term, str) and term in ARITIES:
            wanted += ARITIES[term]
            yield term
        elif isinstance(term, list | tuple):
            yield _parse_leaf(place, cast("Sequence[object]", term))
        else:
            raise ValueError(f'its part {place} is neither a condition like {_EXAMPLE} nor one of "&", "|" and "!"')
    if wanted:
        more = "one more condition than follows" if wanted == 1 else f"{wanted} more conditions than follow"
        raise ValueError(f'"&" and "|" stand before two conditions and "!" before one, and here they ask for {more}')


def _parse_leaf(place: int, leaf: Sequence[object]) -> tuple[str, str, object]:
    if len(leaf) != 3:
        raise ValueError(f"its part {place} has not three parts: a field, an operator and a value, like {_EXAMPLE}")
    field, operator, value = leaf
    if not isinstance(field, str) or not _FIELD.fullmatch(field):
        raise ValueError(f'its part {place} begins with no name of a field, such as "state" or "partner_id.name"')
    if not isinstance(operator, str) or operator not in OPERATORS:
        given = f"the operator {sanitize(operator, 40)}, which Odoo does not have"
        raise ValueError(f"its part {place} has {given}; one of {', '.join(OPERATORS)} is accepted")
    if operator in {"any", "not any"}:
        return field, operator, parse_domain(value)
    if isinstance(value, list | tuple):
        return field, operator, tuple(_parse_value(place, each) for each in cast("Sequence[object]", value))
    return field, operator, _parse_value(place, value)


def _parse_value(place: int, value: object) -> object:
    if value is None:
        return False
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).replace(tzinfo=None).isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, str) and "\0" not in value and not re.search("[\ud800-\udfff]", value):
        return value
    raise ValueError(f"its part {place} has a value other than a text, a number, true, false, or a list of these")
