"""Figures and times as people read them, in plain ASCII: it must survive any terminal and any log."""

from __future__ import annotations

from datetime import datetime


def grouped(number: int | None) -> str:
    """``55007`` as "55 007"; ``None`` as "-"."""
    return "-" if number is None else f"{number:,}".replace(",", " ")


def duration(seconds: float) -> str:
    """Seconds as "00:41" or "1:02:03"."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


def moment(at: datetime | None) -> str:
    """A time on the operator's own clock; "never" for ``None``."""
    return "never" if at is None else at.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def age(at: datetime | None, now: datetime) -> str:
    """How long ago ``at`` was, in its largest whole unit: "3 min ago"."""
    if at is None:
        return "never"
    seconds = max(0, int((now - at).total_seconds()))
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit} ago"
    return f"{seconds} s ago"
