"""Full text of a stored document and of a quarantined row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import cast

from textual.content import Content

from odoo_sync_tui.core.records import QuarantinedRow, StoredDocument
from odoo_sync_tui.tui import view
from odoo_sync_tui.tui.glyphs import Glyphs
from odoo_sync_tui.tui.widgets.definitions import Entry

LABEL_WIDTH = 24
LINES_AT_MOST = 1000
DEPTH_AT_MOST = 6
LONGEST_VALUE = 4000


def document_entries(document: StoredDocument, now: datetime, glyphs: Glyphs) -> list[Entry]:
    """Format every field of the document, nested ones indented below their names. Nothing is rounded or left out."""
    entries = list(islice(_fields(document.fields, now, glyphs, 0), LINES_AT_MOST + 1))
    if len(entries) <= LINES_AT_MOST:
        return entries
    return [*entries[:LINES_AT_MOST], Entry(view.line((f"{glyphs.cut} and more", view.MUTED)))]


def quarantine_entries(row: QuarantinedRow, now: datetime, glyphs: Glyphs) -> list[Entry]:
    """Format why and since when a row is in quarantine, and what happens next."""
    facts = (
        ("Odoo id", str(row.odoo_id)),
        ("reason", view.safe(row.reason, glyphs, LONGEST_VALUE)),
        ("attempts", str(row.attempts)),
        ("first seen", view.full_moment(now, row.first_seen)),
        ("last seen", view.full_moment(now, row.last_seen)),
        ("last run", view.safe(row.run_id, glyphs)),
        ("", ""),
        ("", "Every run tries it again. It leaves the quarantine when it can be read and stored, or is gone in Odoo."),
    )
    return [_entry(label, text, 0) for label, text in facts]


def _fields(fields: Mapping[str, object], now: datetime, glyphs: Glyphs, depth: int) -> Iterator[Entry]:
    for name, value in fields.items():
        yield from _field(view.safe(name, glyphs, 60), value, now, glyphs, depth)


def _field(label: str, value: object, now: datetime, glyphs: Glyphs, depth: int) -> Iterator[Entry]:
    if depth < DEPTH_AT_MOST and isinstance(value, Mapping) and value:
        yield _entry(label, "", depth)
        yield from _fields(cast("Mapping[str, object]", value), now, glyphs, depth + 1)
    elif depth < DEPTH_AT_MOST and isinstance(value, list | tuple) and value:
        yield _entry(label, "", depth)
        for index, inner in enumerate(cast("Sequence[object]", value), start=1):
            yield from _field(f"{index}.", inner, now, glyphs, depth + 1)
    else:
        yield _entry(label, scalar(cast("object", value), now, glyphs), depth)


def scalar(value: object, now: datetime, glyphs: Glyphs) -> str:
    """Format a stored value: dates in the operator's time zone, money with all of its digits."""
    match value:
        case None | "":
            return glyphs.none
        case bool():
            return "yes" if value else "no"
        case datetime():
            return view.full_moment(now, value)
        case Decimal():
            return f"{value:f}" if value.is_finite() else str(value)
        case list() | tuple() | Mapping() if not value:
            return glyphs.none
        case _:
            return view.safe(value, glyphs, LONGEST_VALUE)


def _entry(label: str, text: str, depth: int) -> Entry:
    return Entry(Content(text), view.line((f"{'  ' * depth}{label} ", view.MUTED)))
