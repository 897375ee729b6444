"""The methods that the look-alike answers, as the dialects have them.

A method of this table is called with the Records first, then with the caller's own arguments: what Python says of a
missing or unknown argument is what Odoo says, because Odoo binds them the same way.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, cast

from odoo_sync_tui.demo.errors import OdooError
from odoo_sync_tui.demo.records import CLASSIC, Records, Row
from odoo_sync_tui.demo.values import Json


def search(records: Records, domain: Json, offset: Json = 0, limit: Json = None, order: Json = None) -> list[int]:
    """Ids of the records that match `domain`; `limit` 0, False or None is no limit."""
    if isinstance(limit, int) and limit < 0:
        raise OdooError("InvalidRowCountInLimitClause", "LIMIT must not be negative\n")
    return records.finder().find(records.tree(domain), order or None, int(offset or 0), limit or None)


def search_read(
    records: Records,
    domain: Json = None,
    fields: Json = None,
    offset: Json = 0,
    limit: Json = None,
    order: Json = None,
    **read_kwargs: Json,
) -> list[Row]:
    """Rows of the records that match; other arguments belong to the reading and are looked at after the search."""
    ids = search(records, domain, offset, limit, order)
    for name in read_kwargs.keys() - {"load"}:
        raise OdooError("TypeError", f"BaseModel._read_format() got an unexpected keyword argument '{name}'")
    return records.rows(ids, fields, read_kwargs.get("load", CLASSIC))


def search_read_14(
    records: Records,
    domain: Json = None,
    fields: Json = None,
    offset: Json = 0,
    limit: Json = None,
    order: Json = None,
) -> list[Row]:
    """Rows of the records that match, always with many2one names: 14 takes no `load` here."""
    return records.rows(search(records, domain, offset, limit, order), fields, CLASSIC)


def read(records: Records, ids: Json, fields: Json = None, load: Json = CLASSIC) -> list[Row]:
    """Rows of `ids` in their order; ids that do not exist are left out, one that is hidden fails the whole call.

    Asked for nothing but `id`, 17 and 19 echo ids that do not exist, without looking.
    """
    numbers = _numbers(ids)
    only_id = fields == ["id"]
    known = [number for number in numbers if records.table.exists(number)]
    missing = [number for number in numbers if not records.table.exists(number)]
    if only_id and records.database.dialect >= 15:
        return [{"id": number} for number in numbers]
    if only_id and missing:
        raise _missing(records, missing)
    _check_visible(records, known)
    return records.rows(known, fields, load)


def read_14(records: Records, ids: Json, fields: Json, load: Json = CLASSIC) -> list[Row]:
    """As `read`, but 14 insists on `fields`; an empty list of them means all."""
    return read(records, ids, fields, load)


def search_count(records: Records, domain: Json, limit: Json = None) -> int:
    """How many records match, at most `limit`."""
    found = records.finder().count(records.tree(domain))
    return min(found, limit) if limit else found


def search_count_14(records: Records, args: Json) -> int:
    """How many records match; 14 calls the domain `args`."""
    return search_count(records, args)


def fields_get(records: Records, allfields: Json = None, attributes: Json = None) -> dict[str, Json]:
    """The attributes of each field, unknown names and attributes left out without an error."""
    wanted = set(cast("Iterable[str]", allfields)) if allfields else None
    shown = set(cast("Iterable[str]", attributes)) if attributes else None
    return {
        name: {key: value for key, value in one.attributes(name).items() if shown is None or key in shown}
        for name, one in records.fields.items()
        if wanted is None or name in wanted
    }


def exists(records: Records, ids: Json) -> list[int]:
    """Those of `ids` that exist, archived or not, whoever asks; public in 14, private since."""
    return [number for number in _numbers(ids) if records.table.exists(number)]


def check_access_rights(records: Records, operation: Json, raise_exception: Json = True) -> bool:
    """Whether the user may do `operation` with the model: the look-alike's user only reads."""
    allowed = operation == "read"
    if not allowed and raise_exception:
        _refuse(records, str(operation))
    return allowed


def has_access(records: Records, operation: Json) -> bool:
    """Whether the user may do `operation`, without an error."""
    return check_access_rights(records, operation, raise_exception=False)


def context_get(records: Records) -> dict[str, Json]:
    """The user's own context."""
    return {"lang": "en_US", "tz": "Europe/Brussels", "uid": records.uid}


def _writer(operation: str) -> Callable[..., Json]:
    def refuse(records: Records, *_args: Json, **_kwargs: Json) -> Json:
        return _refuse(records, operation)

    return refuse


def _refuse(records: Records, operation: str) -> Json:
    action = {"write": "modify", "create": "create", "unlink": "delete"}.get(operation, "access")
    model = records.table.model
    raise OdooError(
        "AccessError",
        f"You are not allowed to {action} '{model.description}' ({model.name}) records.\n\n"
        "No group currently allows this operation.\n\nContact your administrator to request access if necessary.",
    )


def _numbers(ids: Json) -> list[int]:
    if isinstance(ids, int):
        return [ids]
    return [int(one) for one in cast("Iterable[Any]", ids or [])]


def _missing(records: Records, ids: list[int]) -> OdooError:
    record = f"{records.table.model.name}({', '.join(map(str, ids))},)"
    return OdooError(
        "MissingError",
        f"Record does not exist or has been deleted.\n(Record: {record}, User: {records.uid})",
    )


def _check_visible(records: Records, ids: list[int]) -> None:
    hidden = records.hides
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
    """A public method; `on_ids` when its first argument is a list of ids (`ids` in JSON-2)."""

    function: Callable[..., Json]
    on_ids: bool = False

    def bind(self, records: Records, args: list[Json], kwargs: dict[str, Json]) -> inspect.BoundArguments:
        """The arguments as the method takes them. Raises TypeError, worded by Python, when they do not fit."""
        return inspect.signature(self.function).bind(records, *args, **kwargs)


_COMMON: Final = {
    "search": Method(search),
    "search_read": Method(search_read),
    "search_count": Method(search_count),
    "read": Method(read, on_ids=True),
    "fields_get": Method(fields_get),
    "check_access_rights": Method(check_access_rights),
    "create": Method(_writer("create")),
    "write": Method(_writer("write"), on_ids=True),
    "unlink": Method(_writer("unlink"), on_ids=True),
}
_BY_DIALECT: Final = {
    14: {
        "search_read": Method(search_read_14),
        "search_count": Method(search_count_14),
        "read": Method(read_14, on_ids=True),
        "exists": Method(exists, on_ids=True),
    },
    17: {},
    19: {"has_access": Method(has_access)},
}


def methods(dialect: int, model: str) -> dict[str, Method]:
    """The public methods of `model` in `dialect`, by name."""
    own = {"context_get": Method(context_get)} if model == "res.users" else {}
    return _COMMON | _BY_DIALECT[dialect] | own
