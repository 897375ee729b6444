"""Mapping of rows to documents: the steps shared by all entities."""

from __future__ import annotations

import email.utils
import re
from functools import cache

from odoo_sync_tui.core.entity import Document, RelatedRecord, Row, Target

DATA_LAKE = "data_lake_serving"

_EMAIL = re.compile(r"(?<![a-zA-Z0-9._%+-])[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,63}")
"""An address in a text, as Odoo's ``email_re`` finds it."""

_ONE_EMAIL = re.compile(r"(?<![\w.%+-])[\w.%+-]+@[\w.-]+")
"""A text that is one address and nothing else, which almost all are: the parser takes 60 times as long."""


def build_lake_target(entity_type: str, name: str = "name") -> Target:
    """Build the data lake's target of one ``entity_type`` ("account"); ``name`` is the display name's field."""
    return Target(
        collection=DATA_LAKE,
        id_field="data.id",
        active_field="is_active",
        updated_at_field="last_aggregated",
        deactivated_at_field="deleted_at",
        key_template=f"odoo_{entity_type}_{{id}}",
        discriminator={"entity_type": entity_type},
        name_field=f"data.{name}",
    )


def build_lake_document(entity_type: str, row: Row, data: dict[str, object]) -> Document:
    """Build the data lake's document of a row; ``data`` is for the consumers, with ``id`` first."""
    odoo_id = get_row_id(row)
    return Document(
        odoo_id=odoo_id,
        active=is_active(row),
        owned={"data": {"id": odoo_id, **data}},
        initial={"serving_id": f"odoo_{entity_type}_{odoo_id}", "entity_type": entity_type, "source": "odoo"},
    )


def get_row_id(row: Row) -> int:
    """Return the row's Odoo id.

    Raises:
        TypeError: the row has no integer id.
    """
    value = row["id"]
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"id is {type(value).__name__}, not a whole number")
    return value


def is_active(row: Row) -> bool:
    """Whether the row is not archived. Models without an ``active`` field archive nothing."""
    return row.get("active") is not False


def get_related_id(row: Row, field: str) -> int | None:
    """Return the id of a many2one value, or ``None``."""
    value = row.get(field)
    return value.id if isinstance(value, RelatedRecord) else None


def get_related_name(row: Row, field: str) -> str | None:
    """Return the display name of a many2one value, or ``None`` where it is empty or may not be read."""
    value = row.get(field)
    return value.name if isinstance(value, RelatedRecord) else None


def copy_related(row: Row, field: str) -> dict[str, object]:
    """Split a many2one into id and name: ``partner_id`` becomes ``{"partner_id": 7, "partner_name": "Acme"}``."""
    value = row.get(field)
    id_field, name_field = _id_and_name_fields(field)
    if not isinstance(value, RelatedRecord):
        return {id_field: None, name_field: None}
    return {id_field: value.id, name_field: value.name}


@cache
def _id_and_name_fields(field: str) -> tuple[str, str]:
    stem = field.removesuffix("_id")
    return f"{stem}_id", f"{stem}_name"


def copy_fields(row: Row, *fields: str) -> dict[str, object]:
    """Copy the named fields; ``None`` for a field missing on the server or not readable by the user."""
    return {field: row.get(field) for field in fields}


def normalize_email(value: object) -> str | None:
    """Return the first address in a text, which Odoo too takes for the record's own; ``None`` where there is none."""
    return next(iter(split_emails(value)), None)


def split_emails(value: object) -> tuple[str, ...]:
    """Split a text into its e-mail addresses, without names, in lower case.

    They are those of Odoo's own ``email_split``, but for half an address ("@acme.example"), which is nobody's.
    """
    if not isinstance(value, str):
        return ()
    text = value.strip()
    if _ONE_EMAIL.fullmatch(text):
        return (text.lower(),)
    found = [address for _, address in _parse_addresses(text) if "@" in address]
    if any(address.startswith("@") for address in found):
        found = _EMAIL.findall(text)
    return tuple(address.lower() for address in map(_without_words, found) if not address.startswith("@"))


def _without_words(address: str) -> str:
    """Return the address among words: of ``Ada ada@acme.example``, a name without quotes, the parser makes one."""
    if " " not in address:
        return address
    inner = [each for _, each in _parse_addresses(address.replace(" ", ",")) if "@" in each]
    return inner[-1] if inner else address


def _parse_addresses(text: str) -> list[tuple[str, str]]:
    """Parse a list of addresses as Odoo does: not strictly, where Python knows the difference."""
    try:
        if getattr(email.utils, "supports_strict_parsing", False):
            return email.utils.getaddresses([text], strict=False)
        return email.utils.getaddresses([text])
    except RecursionError:  # hundreds of comments, one in the other: no address that anybody could read
        return []
