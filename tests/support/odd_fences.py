"""What another program may leave where a fence or a time of a lease belongs."""

from __future__ import annotations

from datetime import UTC, datetime

from bson import DatetimeMS, Decimal128, MaxKey, Timestamp

ODD_VALUES = (
    2**62, 2**63 - 1, -5, 1e300, float("inf"), float("-inf"), float("nan"), "x", "9999-12-31", [1], {}, True, None,
    Decimal128("1E+30"), Decimal128("NaN"), datetime(9999, 12, 31, tzinfo=UTC), DatetimeMS(2**62), MaxKey(),
    Timestamp(2**31, 1),
)  # fmt: skip
