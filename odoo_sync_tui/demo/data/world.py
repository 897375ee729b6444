"""Shared parts of the generators: seed, dialect, numbers of records, and look-up of other records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from odoo_sync_tui.demo.data.mix import ColumnFunction, derive_salt, hash_id
from odoo_sync_tui.demo.values import SECOND, Value

Lookup: TypeAlias = Callable[[str, int, str], Value]
"""Function from (model, id, field) to the present value, edits included."""

START: Final = 1_704_067_200 * SECOND
"""2024-01-01 00:00 UTC in microseconds: the oldest record. Fixed, so that a restart changes no record."""

DAY: Final = 86_400 * SECOND
HISTORY_SPAN: Final = 730 * DAY
"""Unedited records were last written within two years from START: the newest on 2025-12-30."""

_FINE_BLOCK: Final = 64
_COARSE_BLOCK: Final = 2048
_FINE_UP_TO: Final = 1024
_FIRST_COARSE: Final = 1026
"""Number of the first coarse block: above all fine ones, and a multiple of six."""


@dataclass(frozen=True, slots=True)
class DatasetSizes:
    """Number of records of each generated model, all derived from one number."""

    companies: int
    contacts: int
    leads: int
    customer_moves: int
    other_moves: int
    employees: int
    departments: int
    users: int

    @classmethod
    def from_record_count(cls, records: int) -> DatasetSizes:
        """Derive the sizes: `records` accounts, leads and customer invoices each; the others scale with them.

        Contacts are half of `records` and other journal entries a quarter; employees a tenth (20 to 50,000),
        departments a four-hundredth (5 to 2,500), users three fifths of the employees (10 to 2,000).
        """
        employees = min(max(20, records // 10), 50_000)
        return cls(
            companies=records,
            contacts=records // 2,
            leads=records,
            customer_moves=records,
            other_moves=records // 4,
            employees=employees,
            departments=min(max(5, records // 400), 2_500),
            users=min(max(10, employees * 3 // 5), 2_000),
        )


@dataclass(frozen=True, slots=True)
class DatasetConfig:
    """Configuration of one look-alike's generated data, and `lookup` into the present data."""

    seed: int
    dialect: int
    sizes: DatasetSizes
    lookup: Lookup

    def salt(self, model: str) -> int:
        """Derive the salt of a model's hashes."""
        return derive_salt(self.seed, model)


def _start_of_history(_: int) -> int:
    return START


@dataclass(frozen=True, slots=True)
class RecordSource:
    """The records of one model, ids 1 to `size`.

    `plain` columns depend on the id alone and are cheap, `hashed` ones on id and hash; neither ever changes.
    `computed` ones are read from the present values of other fields or records. `written` is the stored write_date.
    """

    size: int
    salt: int
    id_columns: Mapping[str, Callable[[int], Value]]
    hashed_columns: Mapping[str, ColumnFunction]
    computed_columns: Mapping[str, Callable[[int], Value]]
    write_date: Callable[[int], int] = field(default=_start_of_history)


def build_write_dates(salt: int) -> Callable[[int], int]:
    """Build realistic write_dates: neither rising with the id nor unique.

    Of six blocks of ids, one was imported in one transaction (one stamp for all), one within one second (same
    second, other microseconds), four were written one by one. Blocks hold 64 ids at first, then 2,048, so that a
    tie can be longer than a page.
    """

    def written(number: int) -> int:
        block = number // _FINE_BLOCK if number < _FINE_UP_TO else _FIRST_COARSE + number // _COARSE_BLOCK
        kind = block % 6
        if kind == 1:
            return START + hash_id(block, salt) % HISTORY_SPAN
        if kind == 3:
            second = START + hash_id(block, salt) % HISTORY_SPAN // SECOND * SECOND
            return second + number * 7919 % SECOND
        return START + hash_id(number, salt) % HISTORY_SPAN

    return written


def build_create_dates(written: Callable[[int], int]) -> Callable[[int], int]:
    """Build create_dates: at the last write, or up to 60 days before, never before START."""

    def created(number: int) -> int:
        stamp = written(number)
        return stamp if number % 3 == 0 else max(START, stamp - number * 104_729 % 60 * DAY)

    return created
