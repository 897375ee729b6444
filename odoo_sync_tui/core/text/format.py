"""Numbers and spans of time as text, in plain ASCII: the same on the command line and on the screen."""

from __future__ import annotations

MINUTE, HOUR, DAY = 60, 3600, 86_400


def format_number(number: int | None, unknown: str = "-") -> str:
    """Format ``55007`` as "55 007"; ``None`` as ``unknown``."""
    return unknown if number is None else f"{number:,}".replace(",", " ")


def format_duration(seconds: float | None, unknown: str = "-") -> str:
    """Format how long something took: ``1.24`` as "1.2 s", a minute and more as "2:04"; ``None`` as ``unknown``."""
    tenths = None if seconds is None else round(max(0.0, seconds), 1)
    if tenths is not None and tenths < MINUTE:
        return f"{tenths:.1f} s"
    return format_clock_span(tenths, unknown)


def format_clock_span(seconds: float | None, unknown: str = "-") -> str:
    """Format a span that a clock counts: ``41.3`` as "0:41", an hour and more as "1:02:03"; ``None`` as ``unknown``."""
    if seconds is None:
        return unknown
    minutes, rest = divmod(max(0, int(seconds)), MINUTE)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def format_span(seconds: float, least_days: int = 1) -> str:
    """Format a span in its largest whole unit: "5 s", "3 min", "2 h"; in days from ``least_days`` on."""
    whole = max(0, int(seconds))
    for unit, length, least in (("d", DAY, least_days * DAY), ("h", HOUR, HOUR), ("min", MINUTE, MINUTE)):
        if whole >= least:
            return f"{whole // length} {unit}"
    return f"{whole} s"
