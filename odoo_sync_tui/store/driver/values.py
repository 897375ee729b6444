"""Conversion of Python values for MongoDB: encoding and content hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, DecimalException
from functools import lru_cache
from typing import Any, cast

import bson
from bson.code import Code
from bson.codec_options import CodecOptions, DatetimeConversion, TypeEncoder, TypeRegistry
from bson.datetime_ms import DatetimeMS
from bson.decimal128 import Decimal128
from bson.errors import InvalidDocument
from bson.max_key import MaxKey
from bson.regex import Regex
from bson.timestamp import Timestamp

from odoo_sync_tui.core.text.coerce import EARLIEST, LATEST, as_datetime
from odoo_sync_tui.runtime.threads import make_way
from odoo_sync_tui.store.driver.errors import shorten

HASH_VERSION = "h1"
"""Version of the recipe of :func:`content_hash`."""

MAX_DOCUMENT_BYTES = 16 * 1024 * 1024 - 64 * 1024
"""Maximum size of a document in bytes of BSON: MongoDB's limit of 16 MiB
(https://www.mongodb.com/docs/manual/reference/limits/) less the room for our bookkeeping and for the operators around
an update."""

INT64_LIMIT = 2**63
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class DecimalEncoder(TypeEncoder):
    """Encoder of money as Decimal128, scale included."""

    @property
    def python_type(self) -> Any:  # noqa: ANN401  (the driver's own declaration)
        """Type to encode."""
        return Decimal

    def transform_python(self, value: Any) -> Decimal128:  # noqa: ANN401  (the driver's own declaration)
        """Convert the value to BSON; raises ``decimal.DecimalException`` past 34 digits."""
        return to_decimal128(value)


CODEC_OPTIONS: CodecOptions[dict[str, Any]] = CodecOptions(
    tz_aware=True,
    type_registry=TypeRegistry([DecimalEncoder()]),
    datetime_conversion=DatetimeConversion.DATETIME_AUTO,
    unicode_decode_error_handler="replace",
)
"""Codec options of every document: aware UTC dates, Decimal as Decimal128, tuples as arrays.

What the driver cannot read, it would raise for the whole answer: one document of another program would hide all others.
So a date beyond Python's calendar is a ``DatetimeMS`` (:func:`as_time` reads it), and bytes that are no UTF-8 are
replaced.
"""


class UnstorableValue(ValueError):
    """A value that MongoDB cannot hold; the text names the field and the reason, never the value."""


def as_time(value: object) -> datetime | None:
    """Read a stored date as :func:`as_datetime`; one beyond Python's calendar becomes its first or last day."""
    if isinstance(value, DatetimeMS):
        return LATEST if int(value) > 0 else EARLIEST
    return as_datetime(value)


def as_sort_time(value: object) -> datetime | DatetimeMS:
    """Read a value of a field that is sorted by date; another type than a date is before or after all dates.

    https://www.mongodb.com/docs/manual/reference/bson-type-comparison-order/
    """
    if isinstance(value, datetime | DatetimeMS):
        return value
    return DatetimeMS(INT64_LIMIT - 1 if isinstance(value, Timestamp | Regex | Code | MaxKey) else -INT64_LIMIT)


def utc_now() -> datetime:
    """Return the current UTC time, to the millisecond that BSON keeps."""
    return to_milliseconds(datetime.now(UTC))


def without_zone(moment: datetime) -> datetime:
    """Return a UTC time as BSON holds it: the driver encodes it in a quarter of the time."""
    return moment.replace(tzinfo=None)


def to_milliseconds(moment: datetime) -> datetime:
    """Truncate a time to the milliseconds that BSON keeps."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def encode(fields: Mapping[str, object]) -> bytes:
    """Encode a document as BSON bytes.

    Raises:
        UnstorableValue: a value is of a type or size that MongoDB cannot hold, or the whole is over 16 MB.
    """
    try:
        encoded = bson.encode(fields, codec_options=CODEC_OPTIONS)
    except (InvalidDocument, OverflowError, UnicodeEncodeError, DecimalException) as error:
        raise UnstorableValue(_find_invalid_field(fields, "") or encoding_error_reason(error)) from error
    if len(encoded) > MAX_DOCUMENT_BYTES:
        raise UnstorableValue(f"it is {len(encoded) / 1024**2:.1f} MB, MongoDB stores at most 16 MB")
    return encoded


def content_hash(owned: Mapping[str, object]) -> str:
    """Hash the fields of a document that Odoo owns: ``"h1:"`` and 32 hexadecimal digits.

    Over the BSON bytes of the fields sorted by name, nested documents too, so that the order of the fields in the code
    of an entity does not matter; a missing field and null are the same.

    Raises:
        UnstorableValue: see :func:`encode_result`.
    """
    digest = hashlib.blake2b(encode(_sorted(owned)), digest_size=16)
    return f"{HASH_VERSION}:{digest.hexdigest()}"


def to_decimal128(value: Decimal) -> Decimal128:
    """Convert a decimal, scale included, five times as fast as the driver's own conversion for typical money values.

    Raises:
        decimal.DecimalException: more digits or a larger exponent than BSON keeps.
    """
    text = str(value)
    if len(text) > 18 or "E" in text or not value.is_finite():
        return Decimal128(value)
    places = len(text) - 1 - text.find(".") if "." in text else 0
    # IEEE 754-2008 decimal128 in its binary integer encoding, as the BSON specification asks: sign, exponent, number.
    bits = ((text[0] == "-") << 63 | (6176 - places) << 49, abs(int(text.replace(".", ""))))
    return Decimal128(bits)  # pyright: ignore[reportArgumentType]  # documented, but missing in its type


def to_stored_values(values: Sequence[object]) -> Sequence[object]:
    """Convert the decimals of a column as BSON keeps them, each object once: the driver takes twice as long.

    Those with more digits stay as they are, and are refused when they are encoded.
    """
    make_way()
    if Decimal not in set(map(type, values)):
        return values
    keys = list(map(id, values))
    stored = {key: _to_stored(value) for key, value in dict(zip(keys, values, strict=True)).items()}
    return [stored[key] for key in keys]


def _to_stored(value: object) -> object:
    try:
        return to_decimal128(value) if isinstance(value, Decimal) else value
    except DecimalException:
        return value


def encoding_error_reason(error: Exception) -> str:
    """Describe why the driver cannot encode a value."""
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
    """Sort the fields by name, nested ones too, without those that are null."""
    return {
        name: _sorted(cast("dict[str, object]", value)) if value.__class__ is dict else value
        for name in _sorted_names(tuple(fields))
        if (value := fields[name]) is not None
    }


@lru_cache(maxsize=256)
def _sorted_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Sort field names; cached, because all documents of an entity have the same ones."""
    return tuple(sorted(names))


def _find_invalid_field(fields: Mapping[str, object], prefix: str) -> str | None:
    """Find the first field that cannot be encoded; return its path and the reason."""
    for name, value in fields.items():
        inner = (
            _find_invalid_field(cast("dict[str, object]", value), f"{prefix}{name}.")
            if isinstance(value, dict)
            else None
        )
        if inner:
            return inner
        try:
            bson.encode({name: value}, codec_options=CODEC_OPTIONS)
        except (InvalidDocument, OverflowError, UnicodeEncodeError, DecimalException) as error:
            return f"field {shorten(prefix + name)}: {encoding_error_reason(error)}"
    return None
