"""Decoders from wire values to Python values, by the fields' declared types.

Only the declared type distinguishes Odoo's ``false`` for "empty" from a real boolean, and a pair of ids from a name
pair.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Context, Decimal
from functools import cache
from hashlib import blake2b
from reprlib import Repr
from typing import cast

from odoo_sync_tui.core.text.coerce import as_texts
from odoo_sync_tui.core.text.redaction import redact, shorten
from odoo_sync_tui.odoo.transport.bounds import MAX_INTEGER

Decoder = Callable[[object], object]

DATETIME_LENGTH = 19
MAX_DATETIME_LENGTH = 32
MAX_SHAPE_LENGTH = 300
"""Longest description of the values of a field; of more values their number and a fingerprint are known."""
EXACT_DIGITS = 15
"""A double tells any two decimal numbers with so many digits apart."""
MONEY_CONTEXT = Context(prec=34)
"""Decimal context with as many digits as MongoDB's Decimal128 holds."""


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """Description of one field by ``fields_get``.

    ``digits`` are decimal places of a float that has them; ``currency_field`` names the many2one that holds the
    currency of a monetary field. ``is_stored``: the table of the model has a column of the field; ``is_translated``: it
    has another value in each language; ``options``: the values that a selection may have; ``depends``: the fields of
    which Odoo computes it. Rows do not depend on these four, so the representation leaves them out.
    """

    name: str
    type: str
    relation: str | None = None
    digits: int | None = None
    currency_field: str | None = None
    is_stored: bool = field(default=False, repr=False)
    is_translated: bool = field(default=False, repr=False)
    options: tuple[str, ...] = field(default=(), repr=False)
    depends: tuple[str, ...] = field(default=(), repr=False)

    @property
    def shape(self) -> str:
        """Describe what values there may be: the type, and of what."""
        of_what = self.relation or ",".join(sorted(self.options))
        if len(of_what) > MAX_SHAPE_LENGTH:
            of_what = f"{len(self.options)} values, {blake2b(of_what.encode(), digest_size=8).hexdigest()}"
        return f"{self.type}({of_what})" if of_what else self.type


def parse_field_infos(answer: Mapping[str, Mapping[str, object]]) -> dict[str, FieldInfo]:
    """Parse the answer of ``fields_get``, by field name."""
    return {name: _field_info(name, attributes) for name, attributes in answer.items()}


def _field_info(name: str, attributes: Mapping[str, object]) -> FieldInfo:
    relation, currency = attributes.get("relation"), attributes.get("currency_field")
    return FieldInfo(
        name=name,
        type=str(attributes.get("type", "")),
        relation=relation if isinstance(relation, str) else None,
        digits=_parse_digits(attributes.get("digits")),
        currency_field=currency if isinstance(currency, str) else None,
        is_stored=attributes.get("store") is True,
        is_translated=attributes.get("translate") is True,
        options=_parse_options(attributes.get("selection")),
        depends=as_texts(attributes.get("depends")),
    )


def _parse_options(selection: object) -> tuple[str, ...]:
    """Parse the values of a selection, without their labels."""
    pairs = cast("Sequence[object]", selection) if isinstance(selection, (list, tuple)) else ()
    keys = [cast("Sequence[object]", pair)[0] for pair in pairs if isinstance(pair, (list, tuple)) and pair]
    return tuple(map(str, keys))


def _parse_digits(digits: object) -> int | None:
    pair = cast("Sequence[object]", digits) if isinstance(digits, (list, tuple)) else ()
    return parse_decimal_places(pair[1]) if len(pair) > 1 else None


def parse_decimal_places(places: object) -> int | None:
    """Parse a number of decimal places; ``None`` for one that no Decimal128 has."""
    return places if isinstance(places, int) and 0 <= places <= MONEY_CONTEXT.prec else None


# ------------------------------------------------------------------------------------------------ one value


class _RedactedRepr(Repr):
    """Shows texts without our secrets, which are looked for before a text is cut in its middle."""

    def repr_str(self, x: str, level: int) -> str:
        return super().repr_str(redact(x), level)


_REPR = _RedactedRepr()
_REPR.maxstring = _REPR.maxother = _REPR.maxlong = 60


def _wrong_value(expected: str, value: object) -> ValueError:
    return ValueError(f"expected {expected}, got {shorten(_REPR.repr(value), 60)}")


def _check_integer(value: int) -> int:
    if not -MAX_INTEGER <= value <= MAX_INTEGER:
        raise ValueError("the whole number has more than 64 bits, which cannot be stored")
    return value


def decode_boolean(value: object) -> bool | None:
    """Decode a real boolean."""
    if value is True or value is False:
        return value
    if value is None:
        return None
    raise _wrong_value("true or false", value)


def decode_text(value: object) -> str | None:
    """Decode text that a database can hold: no NUL, no half of a surrogate pair."""
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("the text holds a NUL character, which cannot be stored")
        if not value.isascii():
            _check_surrogates(value)
        return value
    if value is False or value is None:
        return None
    raise _wrong_value("text", value)


def _check_surrogates(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("the text holds half of a surrogate pair, which cannot be stored") from None


def decode_selection(value: object) -> str | int | None:
    """Decode the key of a selection; old modules use whole numbers as keys."""
    if isinstance(value, int) and not isinstance(value, bool):
        return _check_integer(value)
    return decode_text(value)


def decode_integer(value: object) -> int | None:
    """Decode a whole number, or a bare id; Odoo sends one above 2**31 - 1 as a float, for the sake of XML-RPC."""
    if value is False or value is None:
        return None
    if isinstance(value, int) and value is not True:
        return _check_integer(value)
    if isinstance(value, float) and value.is_integer():
        return _check_integer(int(value))
    raise _wrong_value("a whole number", value)


def decode_float(value: object) -> float | None:
    """Decode a finite number; minus zero becomes zero, or equal rows would differ."""
    if value is False or value is None:
        return None
    if isinstance(value, (int, float)) and value is not True and math.isfinite(value):
        return float(value) or 0.0
    raise _wrong_value("a number", value)


def decode_decimal(value: object) -> Decimal | None:
    """Decode money or a fixed-point number: the decimal number that the server meant by its shortest double."""
    number = decode_float(value)
    return None if number is None else Decimal(repr(number))


def decode_date(value: object) -> str | None:
    """Decode a date, as ISO text."""
    if value is False or value is None:
        return None
    if isinstance(value, str) and len(text := _pad_year(value)) == 10:
        date.fromisoformat(text)
        return text
    raise _wrong_value("a date", value)


def decode_datetime(value: object) -> datetime | None:
    """Decode an aware datetime: Odoo sends UTC without an offset."""
    if value is False or value is None:
        return None
    if isinstance(value, str) and len(value) == DATETIME_LENGTH and value[4] == "-":
        return datetime.fromisoformat(f"{value}+00:00")  # as almost all are: four times as fast
    if isinstance(value, str) and DATETIME_LENGTH <= len(text := _pad_year(value)) <= MAX_DATETIME_LENGTH:
        parsed = datetime.fromisoformat(text)
        if parsed.tzinfo is None:
            return parsed.replace(tzinfo=UTC)
    raise _wrong_value("a date and time in UTC", value)


def _pad_year(text: str) -> str:
    """Pad the year to four digits: Odoo on Linux writes the year 21 as "21-05-01", and accepts it so from its users."""
    year, dash, rest = text.partition("-")
    return f"{year:0>4}{dash}{rest}"


def decode_many2one(value: object) -> int | None:
    """Decode the related id; a server that ignores the request for bare ids sends pairs of id and name."""
    if isinstance(value, (list, tuple)):
        pair = cast("Sequence[object]", value)
        return decode_integer(pair[0] if pair else None)
    return decode_integer(value)


def decode_ids(value: object) -> tuple[int, ...]:
    """Decode the ids of an x2many, sorted, because their order on the wire means nothing."""
    if value is False or value is None:
        return ()
    if isinstance(value, (list, tuple)):
        ids = cast("Sequence[object]", value)
        if all(type(each) is int for each in ids):
            return tuple(map(_check_integer, sorted(cast("Sequence[int]", ids))))
    raise _wrong_value("a list of ids", cast("object", value))


def decode_any(value: object) -> object:
    """Decode properties, references and JSON: unchanged, but checked to be storable."""
    if value is False:
        return None
    if isinstance(value, float):
        return value or 0.0  # minus zero becomes zero
    _check_storable(value)
    return value


def _check_storable(value: object) -> None:
    if isinstance(value, str):
        decode_text(value)
    elif isinstance(value, int):
        _check_integer(value)
    elif isinstance(value, dict):
        _check_all(cast("dict[object, object]", value).keys())
        _check_all(cast("dict[object, object]", value).values())
    elif isinstance(value, list):
        _check_all(cast("list[object]", value))


def _check_all(values: Iterable[object]) -> None:
    for each in values:
        _check_storable(each)


_DECODERS: Mapping[str, Decoder] = {
    "boolean": decode_boolean,
    "char": decode_text,
    "text": decode_text,
    "html": decode_text,
    "binary": decode_text,
    "selection": decode_selection,
    "integer": decode_integer,
    "many2one_reference": decode_integer,
    "float": decode_float,
    "monetary": decode_decimal,
    "date": decode_date,
    "datetime": decode_datetime,
    "many2one": decode_many2one,
    "one2many": decode_ids,
    "many2many": decode_ids,
}


def get_decoder(info: FieldInfo) -> Decoder:
    """Get the decoder of a field."""
    if info.type == "float" and info.digits is not None:
        return make_rounding_decoder(decimal_step(info.digits))
    return _DECODERS.get(info.type, decode_any)


def decimal_step(places: int) -> Decimal:
    """Compute the smallest step of a number with ``places`` decimal places."""
    return Decimal(1).scaleb(-places)


@cache
def make_rounding_decoder(step: Decimal) -> Decoder:
    """Make a decoder of decimal numbers that rounds them to the decimal places of ``step``."""
    places = -cast("int", step.as_tuple().exponent)
    form, limit = f".{places}f", 10.0 ** (EXACT_DIGITS - places)

    def decode(value: object) -> Decimal | None:
        if value.__class__ is float and value and -limit < cast("float", value) < limit:
            text = format(value, form)
            if float(text) == value:  # it has no more places, as almost all: in half of the time
                return Decimal(text)
        number = decode_decimal(value)
        return None if number is None else number.quantize(step, context=MONEY_CONTEXT)

    return decode
