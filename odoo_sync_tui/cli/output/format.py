"""Format numbers and times for people, in plain ASCII: readable on any terminal and in any log."""

from __future__ import annotations

from datetime import datetime


def format_number(number: int | None) -> str:
    """Format ``55007`` as "55 007"; ``None`` as "-"."""
    return "-" if number is None else f"{number:,}".replace(",", " ")


def format_duration(seconds: float) -> str:
    """Format seconds as "00:41" or "1:02:03"."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


def format_time(at: datetime | None) -> str:
    """Format a time in the operator's time zone; "never" for ``None``."""
    return "never" if at is None else at.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def format_age(at: datetime | None, now: datetime) -> str:
    """Format the age of ``at`` in its largest whole unit: "3 min ago"."""
    if at is None:
        return "never"
    seconds = max(0, int((now - at).total_seconds()))
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit} ago"
    return f"{seconds} s ago"
