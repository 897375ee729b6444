"""Pseudo-random numbers from ids, fast enough to generate a million rows on demand."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias, TypeVar

from odoo_sync_tui.demo.values import Value

ColumnFunction: TypeAlias = Callable[[int, int], Value]
"""Function from a record's id and hash (`mix` of id and salt) to a field's value."""

T = TypeVar("T")

_MASK: Final = (1 << 128) - 1
_FIRST_FACTOR: Final = 0x9E3779B97F4A7C15F39CC0605CEDC835
_SECOND_FACTOR: Final = 0xDA942042E4DD58B5C3B1A5D6F2E8A96B
_GOLDEN: Final = 0x9E3779B1

BLANK_ID: Final = 19
"""Id of the record with all optional fields empty, in every generated model."""


def derive_salt(seed: int, name: str) -> int:
    """Derive the salt of the rows of `name` under `seed`."""
    return int.from_bytes(hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=16).digest(), "big")


def hash_id(number: int, salt: int) -> int:
    """Hash `number` to 128 well-mixed bits: two multiplications with folding between them."""
    bits = (number * _FIRST_FACTOR + salt) & _MASK
    bits = ((bits ^ (bits >> 67)) * _SECOND_FACTOR) & _MASK
    return bits ^ (bits >> 61)


def is_one_in(number: int, salt: int, one_in: int) -> bool:
    """Whether `number` is selected: about one in `one_in`, evenly spread; much cheaper than `mix`."""
    return ((number * _GOLDEN + salt) >> 8) % one_in == 0


def choose_from(shift: int, choices: Sequence[T]) -> Callable[[int, int], T]:
    """Build a column that chooses among `choices` by the bits of the hash above `shift`."""
    count = len(choices)

    def column(_: int, bits: int) -> T:
        return choices[(bits >> shift) % count]

    return column


def make_sparse(shift: int, percent: int, column: ColumnFunction) -> ColumnFunction:
    """Build `column` with empty values for `100 - percent` of the records and for the blank one."""

    def sparse_column(number: int, bits: int) -> Value:
        if (bits >> shift) % 100 >= percent or number == BLANK_ID:
            return False
        return column(number, bits)

    return sparse_column
