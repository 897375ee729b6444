"""How values cross the line between Python and MongoDB: what can be stored, what it hashes to, what was read."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, DecimalException
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar, cast

import bson
from bson.codec_options import CodecOptions, TypeEncoder, TypeRegistry
from bson.decimal128 import Decimal128
from bson.errors import InvalidDocument

from odoo_sync_tui.store.errors import short

HASH_VERSION = "h1"
"""Changes with the recipe of :func:`content_hash`."""

LARGEST_DOCUMENT = 16 * 1024 * 1024 - 64 * 1024
"""Bytes of BSON; MongoDB's limit of 16 MiB (https://www.mongodb.com/docs/manual/reference/limits/) less the room for
our bookkeeping and for the operators around an update."""

INT64 = 2**63
_BID = struct.Struct("<QQ")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

EnumT = TypeVar("EnumT", bound=StrEnum)


class DecimalEncoder(TypeEncoder):
    """Stores money as Decimal128, scale included."""

    @property
    def python_type(self) -> Any:  # noqa: ANN401  (the driver's own declaration)
        """The type that is encoded."""
        return Decimal

    def transform_python(self, value: Any) -> Decimal128:  # noqa: ANN401  (the driver's own declaration)
        """The value as BSON knows it; raises ``decimal.DecimalException`` past 34 digits."""
        return decimal128(value)


CODEC: CodecOptions[dict[str, Any]] = CodecOptions(tz_aware=True, type_registry=TypeRegistry([DecimalEncoder()]))
"""How every document is encoded and decoded: aware UTC dates, Decimal as Decimal128, tuples as arrays."""


class UnstorableValue(ValueError):
    """A value that MongoDB cannot hold; the text names the field and the reason, never the value."""


def now() -> datetime:
    """This moment, UTC, to the millisecond that BSON keeps."""
    return to_milliseconds(datetime.now(UTC))


def to_milliseconds(moment: datetime) -> datetime:
    """The moment as BSON keeps it."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def encode(fields: Mapping[str, object]) -> bytes:
    """The BSON bytes of a document.

    Raises:
        UnstorableValue: a value is of a type or size that MongoDB cannot hold, or the whole is over 16 MB.
    """
    try:
        encoded = bson.encode(fields, codec_options=CODEC)
    except (InvalidDocument, OverflowError, UnicodeEncodeError, DecimalException) as error:
        raise UnstorableValue(_blame(fields, "") or reason_of(error)) from error
    if len(encoded) > LARGEST_DOCUMENT:
        raise UnstorableValue(f"it is {len(encoded) / 1024**2:.1f} MB, MongoDB stores at most 16 MB")
    return encoded


def content_hash(owned: Mapping[str, object]) -> str:
    """The fingerprint of what Odoo owns of a document: ``"h1:"`` and 32 hexadecimal digits.

    Over the BSON bytes of the fields sorted by name, nested documents too, so that the order in which an entity
    writes them down does not matter; a missing field and null are the same.

    Raises:
        UnstorableValue: see :func:`encode`.
    """
    digest = hashlib.blake2b(encode(_sorted(owned)), digest_size=16)
    return f"{HASH_VERSION}:{digest.hexdigest()}"


def decimal128(value: Decimal) -> Decimal128:
    """The same number, scale included, five times as fast as the driver's own conversion for what money looks like.

    Raises:
        decimal.DecimalException: more digits or a larger exponent than BSON keeps.
    """
    text = str(value)
    if len(text) > 18 or "E" in text or not value.is_finite():
        return Decimal128(value)
    whole, _, places = text.partition(".")
    coefficient, exponent = abs(int(whole + places)), -len(places)
    # IEEE 754-2008 decimal128 in its binary integer encoding, as the BSON specification asks: sign, exponent, number.
    return Decimal128.from_bid(_BID.pack(coefficient, (text[0] == "-") << 63 | (exponent + 6176) << 49))


def reason_of(error: Exception) -> str:
    """Why the driver cannot encode a value, in words."""
    match error:
        case OverflowError():
            return "a number is larger than 8 bytes"
        case UnicodeEncodeError():
            return "a text holds half of a surrogate pair, which is no character"
        case DecimalException():
            return "a decimal number has more digits than MongoDB keeps (34)"
        case _ if "NULL byte" in str(error):
            return "a field name holds a NUL character"
        case _:
            return "a value has a type that MongoDB does not know"


def _sorted(fields: Mapping[str, object]) -> dict[str, object]:
    """The fields by name, nested ones too, without those that are null."""
    return {
        name: _sorted(cast("dict[str, object]", value)) if value.__class__ is dict else value
        for name in _order(tuple(fields))
        if (value := fields[name]) is not None
    }


@lru_cache(maxsize=256)
def _order(names: tuple[str, ...]) -> tuple[str, ...]:
    """Field names sorted; the documents of an entity all have the same ones."""
    return tuple(sorted(names))


def _blame(fields: Mapping[str, object], prefix: str) -> str | None:
    """The first field that cannot be encoded, by its path, with the reason."""
    for name, value in fields.items():
        inner = _blame(cast("dict[str, object]", value), f"{prefix}{name}.") if isinstance(value, dict) else None
        if inner:
            return inner
        try:
            bson.encode({name: value}, codec_options=CODEC)
        except (InvalidDocument, OverflowError, UnicodeEncodeError, DecimalException) as error:
            return f"field {short(prefix + name)}: {reason_of(error)}"
    return None


def plain(value: object) -> Any:  # noqa: ANN401  (plain data of any shape)
    """The value as plain data that BSON and JSON hold alike: what they do not know becomes text."""
    match value:
        case None | bool():
            return value
        case int():
            return int(value) if -INT64 <= value < INT64 else str(value)
        case float():
            return value
        case str():
            return storable_text(value)
        case Mapping():
            pairs = cast("Mapping[object, object]", value)
            return {storable_text(str(name)).replace("\0", "\ufffd"): plain(inner) for name, inner in pairs.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(inner) for inner in cast("Sequence[object]", value)]
        case datetime():
            return value.isoformat()
        case _:
            return storable_text(str(value))


def storable_text(text: str) -> str:
    """The text with every lone surrogate replaced, as plain ``str``."""
    return text.encode("utf-8", "replace").decode("utf-8")


def as_datetime(value: object) -> datetime | None:
    """A date that was read; other programs may have written ISO text. ``None`` when it is neither."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def as_text(value: object) -> str | None:
    """A text that was read; ``None`` when it is something else or empty."""
    return value if isinstance(value, str) and value else None


def as_enum(kind: type[EnumT], value: object) -> EnumT | None:
    """A word that was read; ``None`` when this version does not know it."""
    return kind(value) if isinstance(value, str) and value in frozenset(kind) else None


def as_mapping(value: object) -> Mapping[str, Any]:
    """A sub-document that was read; empty when it is something else."""
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
