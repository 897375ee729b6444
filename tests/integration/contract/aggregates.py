"""Whole columns in one call, and what they say otherwise than rows."""

from __future__ import annotations

from typing import Any

from tests.integration.contract.client import Client
from tests.integration.contract.conftest import ARCHIVED, Refused, bare_rows, search

Context = dict[str, Any]

NULL = {"integer": 0, "many2one_reference": 0, "float": 0.0, "monetary": 0.0}
"""What a row has for NULL, by the type of the field; for all other types ``False``."""
TYPES = {
    "boolean", "char", "text", "html", "selection", "date", "datetime", "many2one", "reference", "json", *NULL,
}  # fmt: skip
MAX_ROWS = 500


def aggregate(client: Client, model: str, domain: list, *aggregates: str, **rest: Any) -> dict[str, Any]:
    """Values by "field:function", in the way of the version."""
    if client.target.dialect >= 19:
        (group,) = client.call(model, "formatted_read_group", domain=domain, aggregates=list(aggregates), **rest)
        return group
    pairs = [each.split(":") for each in aggregates if each != "__count"]
    fields = [f"c{place}:{function}({name})" for place, (name, function) in enumerate(pairs)]
    answer: Any = client.call(model, "read_group", domain=domain, fields=fields, groupby=[], lazy=False, **rest)
    (group,) = answer
    return {f"{name}:{function}": group[f"c{place}"] for place, (name, function) in enumerate(pairs)} | {
        "__count": group["__count"]
    }


def columns(
    client: Client, model: str, names: list[str], domain: list, context: Context = ARCHIVED
) -> dict[int, dict[str, Any]]:
    """Rows by id, made of columns."""
    found = aggregate(client, model, domain, *(f"{name}:array_agg" for name in names), context=context)
    values = [found[f"{name}:array_agg"] or [] for name in names]
    return {row[names.index("id")]: dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)}


def stored_fields(client: Client, model: str) -> dict[str, str]:
    """The type of each field that has a column of its own."""
    return {name: each["type"] for name, each in _declared(client, model).items() if each.get("store")}


def sql_fields(client: Client, model: str) -> dict[str, str]:
    """The type of each field that has a column, or by which Odoo sorts without one: computed in SQL, as it seems."""
    found = _declared(client, model)
    return {name: each["type"] for name, each in found.items() if each.get("store") or each.get("sortable")}


def _declared(client: Client, model: str) -> dict[str, dict[str, Any]]:
    declared = client.call(model, "fields_get", attributes=["type", "store", "sortable"])
    return {name: each for name, each in declared.items() if each["type"] in TYPES}


def answered(client: Client, model: str, names: list[str], context: Context) -> list[str]:
    """The fields among them whose columns Odoo does not refuse."""
    try:
        aggregate(client, model, [["id", "=", 0]], *(f"{name}:array_agg" for name in names), context=context)
    except Refused:
        middle = len(names) // 2
        parts = (names[:middle], names[middle:]) if middle else ()
        return [name for part in parts for name in answered(client, model, part, context)]
    return names


def as_wire(kind: str, value: Any) -> Any:
    """The value of a column as a row has it."""
    if value is None:
        return NULL.get(kind, False)
    return float(value) or 0.0 if kind in {"float", "monetary"} else value  # a row has no minus zero


def differences(client: Client, model: str, kinds: dict[str, str], context: Context = ARCHIVED) -> list[str]:
    """What columns say otherwise than rows, of the newest rows."""
    ids = search(client, model, [], order="id desc", limit=MAX_ROWS, context=context)
    domain = [["id", "in", ids]]
    by_rows = {row["id"]: row for row in bare_rows(client, model, list(kinds), domain, context=context)}
    by_columns = columns(client, model, list(kinds), domain, context)
    if by_rows.keys() != by_columns.keys():
        return [f"{model}.id of {by_rows.keys() ^ by_columns.keys()}: in one of both only"]
    return [
        f"{model}.{name} of {number}: {by_columns[number][name]!r} is no {row[name]!r}"
        for number, row in by_rows.items()
        for name, kind in kinds.items()
        if repr(as_wire(kind, by_columns[number][name])) != repr(row[name])
    ]
