"""Format times for people, in plain ASCII: readable on any terminal and in any log."""

from __future__ import annotations

from datetime import datetime

from odoo_sync_tui.core.text.format import format_span
from odoo_sync_tui.core.text.times import format_local_time


def format_time(at: datetime | None) -> str:
    """Format a time in the operator's time zone, which it names; "never" for ``None``."""
    return "never" if at is None else format_local_time(at)


def format_age(at: datetime | None, now: datetime) -> str:
    """Format the age of ``at`` in its largest whole unit: "3 min ago"."""
    return "never" if at is None else f"{format_span((now - at).total_seconds())} ago"
