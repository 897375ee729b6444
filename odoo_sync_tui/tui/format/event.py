"""An audit event as one line, and in full."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Sized
from itertools import islice
from typing import cast

from textual.content import Content

from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.event_row import describe_event, format_outcome
from odoo_sync_tui.tui.format.layout import Entry
from odoo_sync_tui.tui.model.glyphs import Glyphs
from odoo_sync_tui.tui.model.state import DashboardState

LABEL_WIDTH = 20
MAX_LINES = 1000
MAX_DEPTH = 6


def format_event(event: AuditEvent, state: DashboardState) -> list[Entry]:
    """Format every field of the event, its details indented below their names."""
    glyphs = state.glyphs
    head = (
        ("time", Content(render.format_full_time(state.now, event.timestamp))),
        ("action", Content(render.safe_text(event.action, glyphs))),
        ("operator", Content(render.safe_text(event.user_id, glyphs))),
        ("outcome", render.format_state(format_outcome(event), glyphs)),
        ("run", Content(render.safe_text(event.run_id or glyphs.no_value, glyphs))),
        ("source", Content(render.safe_text(event.source, glyphs))),
        ("event", Content(render.safe_text(event.id, glyphs))),
        ("", Content("")),
    )
    entries = [_entry(label, value, 0) for label, value in head]
    details = list(islice(_details(event.details, glyphs, 0), MAX_LINES + 1))
    if len(details) <= MAX_LINES:
        return entries + details
    return [*entries, *details[:MAX_LINES], Entry(render.assemble((f"{glyphs.ellipsis} and more", render.MUTED)))]


def format_event_line(event: AuditEvent, state: DashboardState) -> str:
    """Format the event as one line, as lists show it, but uncut and with its full time."""
    glyphs = state.glyphs
    names = (render.safe_text(name, glyphs) for name in (event.action, event.user_id))
    parts = (
        render.format_full_time(state.now, event.timestamp),
        *names,
        format_outcome(event),
        describe_event(event, state),
    )
    return "  ".join(part for part in parts if part)


def _entry(label: str, value: Content, depth: int) -> Entry:
    return Entry(value, render.assemble((f"{'  ' * depth}{label} ", render.MUTED)))


def _details(details: Mapping[str, object], glyphs: Glyphs, depth: int) -> Iterator[Entry]:
    for key, item in details.items():
        yield from _detail(render.safe_text(key, glyphs, 60), item, glyphs, depth)


def _detail(label: str, item: object, glyphs: Glyphs, depth: int) -> Iterator[Entry]:
    if depth < MAX_DEPTH and isinstance(item, Mapping) and item:
        yield _entry(label, Content(""), depth)
        yield from _details(cast("Mapping[str, object]", item), glyphs, depth + 1)
    elif depth < MAX_DEPTH and isinstance(item, list | tuple) and item:
        yield _entry(label, Content(""), depth)
        for index, entry in enumerate(cast("Sequence[object]", item), start=1):
            yield from _detail(f"{index}.", entry, glyphs, depth + 1)
    else:
        yield _entry(label, Content(_scalar(cast("object", item), glyphs)), depth)


def _scalar(item: object, glyphs: Glyphs) -> str:
    if isinstance(item, bool):
        return "yes" if item else "no"
    if isinstance(item, int):
        return render.format_number(item, glyphs)
    if item is None or item == "" or (isinstance(item, Sized) and not len(item)):
        return glyphs.no_value
    return render.safe_text(item, glyphs, 2000)
