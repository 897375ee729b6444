"""Format times for people, in plain ASCII: readable on any terminal and in any log."""

from __future__ import annotations

from datetime import datetime

from odoo_sync_tui.core.text.format import format_span


def format_time(at: datetime | None) -> str:
    """Format a time in the operator's time zone; "never" for ``None``."""
    return "never" if at is None else at.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def format_age(at: datetime | None, now: datetime) -> str:
    """Format the age of ``at`` in its largest whole unit: "3 min ago"."""
    return "never" if at is None else f"{format_span((now - at).total_seconds())} ago"
