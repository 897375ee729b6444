"""The public methods of the look-alike, by dialect.

A method of this table is called with the Records first, then with the caller's own arguments: Python's error text for a
missing or unknown argument equals Odoo's, because Odoo binds the arguments the same way. So the parameters' names are
part of the answers.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from odoo_sync_tui.demo.data.catalog import TRANSIENT_MODELS
from odoo_sync_tui.demo.errors import OdooError, refused_text
from odoo_sync_tui.demo.orm.groups import read_formatted_groups, read_groups
from odoo_sync_tui.demo.orm.records import LOAD_CLASSIC, Records, Row
from odoo_sync_tui.demo.values import Json


def search(records: Records, domain: Json, offset: Json = 0, limit: Json = None, order: Json = None) -> list[int]:
    """Return the ids of matching records; `limit` 0, False or None is no limit."""
    if isinstance(limit, int) and limit < 0:
        raise OdooError("InvalidRowCountInLimitClause", "LIMIT must not be negative\n")
    return records.search().find(records.build_domain(domain), order or None, int(offset or 0), limit or None)


def search_14(records: Records, args: Json, offset: Json = 0, limit: Json = None, order: Json = None) -> list[int]:
    """Return the ids of matching records; in 14 the domain is called `args`."""
    return search(records, args, offset, limit, order)


def search_read(
    records: Records,
    domain: Json = None,
    fields: Json = None,
    offset: Json = 0,
    limit: Json = None,
    order: Json = None,
    **read_kwargs: Json,
) -> list[Row]:
    """Return the rows of matching records; other arguments belong to the read and are checked after the search."""
    ids = search(records, domain, offset, limit, order)
    for name in read_kwargs.keys() - {"load"}:
        raise OdooError("TypeError", f"BaseModel._read_format() got an unexpected keyword argument '{name}'")
    return _without_active_test(records).read_rows(ids, fields, read_kwargs.get("load", LOAD_CLASSIC))


def search_read_14(
    records: Records,
    domain: Json = None,
    fields: Json = None,
    offset: Json = 0,
    limit: Json = None,
    order: Json = None,
) -> list[Row]:
    """Return the rows of matching records, always with many2one names: 14 has no `load` here."""
    ids = search(records, domain, offset, limit, order)
    return _without_active_test(records).read_rows(ids, fields, LOAD_CLASSIC)


def _without_active_test(records: Records) -> Records:
    """Drop `active_test` before the read, as Odoo's `search_read` does and `read` does not."""
    context = {key: value for key, value in records.context.items() if key != "active_test"}
    return replace(records, context=context)


def read(records: Records, ids: Json, fields: Json = None, load: Json = LOAD_CLASSIC) -> list[Row]:
    """Return the rows of `ids` in order, without missing ids; a hidden id fails the whole call.

    For `id` alone, 17 and 19 echo missing ids without a look-up.
    """
    numbers = _to_ids(ids)
    only_id = fields == ["id"]
    known = [number for number in numbers if records.table.exists(number)]
    missing = [number for number in numbers if not records.table.exists(number)]
    if only_id and records.database.dialect >= 15:
        return [{"id": number} for number in numbers]
    if only_id and missing:
        raise _missing_error(records, missing)
    _check_visible(records, known)
    return records.read_rows(known, fields, load)


def read_14(records: Records, ids: Json, fields: Json, load: Json = LOAD_CLASSIC) -> list[Row]:
    """Like `read`, but 14 requires `fields`; an empty list means all."""
    return read(records, ids, fields, load)


def search_count(records: Records, domain: Json, limit: Json = None) -> int:
    """Count the matching records, at most `limit`."""
    total = records.search().count(records.build_domain(domain))
    return min(total, limit) if limit else total


def search_count_14(records: Records, args: Json) -> int:
    """Count the matching records; in 14 the domain is called `args`."""
    return search_count(records, args)


def formatted_read_group(
    records: Records,
    domain: Json,
    groupby: Json = (),
    aggregates: Json = (),
    having: Json = (),
    offset: Json = 0,
    limit: Json = None,
    order: Json = None,
) -> list[Row]:
    """Return aggregates over all matching records; `offset`, `limit` and `order` are of groups, of which there is one.

    The look-alike forms no groups.
    """
    del offset, limit, order
    _require_one_group(groupby, having)
    return read_formatted_groups(records, search(records, domain), aggregates)


def read_group(
    records: Records,
    domain: Json,
    fields: Json,
    groupby: Json,
    offset: Json = 0,
    limit: Json = None,
    orderby: Json = False,
    lazy: Json = True,
) -> list[Row]:
    """Like `formatted_read_group`, as versions before 19 have it."""
    del offset, limit, orderby, lazy
    _require_one_group(groupby, ())
    return read_groups(records, search(records, domain), fields)


def _require_one_group(groupby: Json, having: Json) -> None:
    if groupby or having:
        raise OdooError("NotImplementedError", "The look-alike aggregates all records at once")


def fields_get(records: Records, allfields: Json = None, attributes: Json = None) -> dict[str, Json]:
    """Return the attributes of each field, without unknown names and attributes."""
    wanted = set(cast("Iterable[str]", allfields)) if allfields else None
    attribute_names = set(cast("Iterable[str]", attributes)) if attributes else None
    return {
        name: {
            key: value
            for key, value in one.attributes(name).items()
            if attribute_names is None or key in attribute_names
        }
        for name, one in records.fields.items()
        if wanted is None or name in wanted
    }


def exists(records: Records, ids: Json) -> list[int]:
    """Return the existing ones of `ids`, archived or not, for every user; public in 14, private since."""
    return [number for number in _to_ids(ids) if records.table.exists(number)]


def check_access_rights(records: Records, operation: Json, raise_exception: Json = True) -> bool:
    """Whether the user has the right to `operation` on the model: the look-alike's user only reads."""
    allowed = operation == "read"
    if not allowed and raise_exception:
        _refuse(records, str(operation))
    return allowed


def has_access(records: Records, operation: Json) -> bool:
    """Whether the user has the right to `operation`, without an error."""
    return check_access_rights(records, operation, raise_exception=False)


def context_get(records: Records) -> dict[str, Json]:
    """Return the user's own context."""
    return {"lang": "en_US", "tz": "Europe/Brussels", "uid": records.uid}


def get_available_models(records: Records) -> list[Row]:
    """Return the models that the user may read and their labels, in the order of `ir.model`, to every user.

    Before 19, transient models are among them.
    """
    table, closed = records.table, records.closed_models
    ids = replace(records, is_hidden=None).search().find(records.build_domain([]), None, 0, None)
    rows = [{name: table.getter(name)(number) for name in ("model", "name")} for number in ids]
    models = {*records.database.tables, *(TRANSIENT_MODELS if records.database.dialect < 19 else ())}
    readable = () if None in closed else models - closed
    return [{"display_name": row["name"], "model": row["model"]} for row in rows if row["model"] in readable]


def _refused_method(operation: str) -> Callable[..., Json]:
    def refuse(records: Records, *_args: Json, **_kwargs: Json) -> Json:
        return _refuse(records, operation)

    return refuse


def _refuse(records: Records, operation: str) -> Json:
    action = {"write": "modify", "create": "create", "unlink": "delete"}.get(operation, "access")
    model = records.table.model
    raise OdooError("AccessError", refused_text(action, model.description, model.name))


def _to_ids(ids: Json) -> list[int]:
    if isinstance(ids, int):
        return [ids]
    return [int(one) for one in cast("Iterable[Any]", ids or [])]


def _missing_error(records: Records, ids: list[int]) -> OdooError:
    record = f"{records.table.model.name}({', '.join(map(str, ids))},)"
    return OdooError(
        "MissingError",
        f"Record does not exist or has been deleted.\n(Record: {record}, User: {records.uid})",
    )


def _check_visible(records: Records, ids: list[int]) -> None:
    hidden = records.is_hidden
    model = records.table.model
    blocked = [number for number in ids if hidden and hidden(number)]
    if not blocked:
        return
    raise OdooError(
        "AccessError",
        "Uh-oh! Looks like you have stumbled upon some top-secret records.\n\n"
        f"Sorry, Mitchell Admin (id={records.uid}) doesn't have 'read' access to:\n"
        f"- {model.description} ({model.name})\n\n"
        "Contact your administrator to request access if necessary.",
    )


@dataclass(frozen=True, slots=True)
class Method:
    """A public method; `on_ids` is true if its first argument is a list of ids (`ids` in JSON-2)."""

    function: Callable[..., Json]
    takes_ids: bool = False

    def bind(self, records: Records, args: list[Json], kwargs: dict[str, Json]) -> inspect.BoundArguments:
        """Bind the arguments to the method. Raises TypeError, with Python's text, if they do not fit."""
        return inspect.signature(self.function).bind(records, *args, **kwargs)


FOR_EVERY_USER: Final = frozenset(("fields_get", "get_available_models"))
"""Methods that answer without any right on their model."""

_COMMON: Final = {
    "search": Method(search),
    "search_read": Method(search_read),
    "search_count": Method(search_count),
    "read": Method(read, takes_ids=True),
    "fields_get": Method(fields_get),
    "check_access_rights": Method(check_access_rights),
    "create": Method(_refused_method("create")),
    "write": Method(_refused_method("write"), takes_ids=True),
    "unlink": Method(_refused_method("unlink"), takes_ids=True),
}
_BY_DIALECT: Final = {
    14: {
        "read_group": Method(read_group),
        "search": Method(search_14),
        "search_read": Method(search_read_14),
        "search_count": Method(search_count_14),
        "read": Method(read_14, takes_ids=True),
        "exists": Method(exists, takes_ids=True),
    },
    17: {"read_group": Method(read_group)},
    19: {"has_access": Method(has_access), "formatted_read_group": Method(formatted_read_group)},
}


def get_methods(dialect: int, model: str) -> dict[str, Method]:
    """Return the public methods of `model` in `dialect`, by name."""
    own = {"context_get": Method(context_get)} if model == "res.users" else {}
    if model == "ir.model" and dialect >= 16:
        own = {"get_available_models": Method(get_available_models)}
    return _COMMON | _BY_DIALECT[dialect] | own
