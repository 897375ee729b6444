"""Full text of an audit event and of the current errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Sized
from itertools import islice
from typing import cast

from textual.content import Content

from odoo_sync_tui.core.audit import AuditEvent
from odoo_sync_tui.tui import view
from odoo_sync_tui.tui.glyphs import Glyphs
from odoo_sync_tui.tui.shown_run import last_run
from odoo_sync_tui.tui.state import DashboardState
from odoo_sync_tui.tui.widgets.audit_table import outcome_word, summary
from odoo_sync_tui.tui.widgets.definitions import Entry
from odoo_sync_tui.tui.widgets.integration_status import troubles

LABEL_WIDTH = 20
LINES_AT_MOST = 1000
DEPTH_AT_MOST = 6


def event_entries(event: AuditEvent, state: DashboardState) -> list[Entry]:
    """Format every field of the event, its details indented below their names."""
    glyphs = state.glyphs
    head = (
        ("time", Content(view.full_moment(state.now, event.timestamp))),
        ("action", Content(view.safe(event.action, glyphs))),
        ("operator", Content(view.safe(event.user_id, glyphs))),
        ("outcome", view.state_part(outcome_word(event), glyphs)),
        ("run", Content(view.safe(event.run_id or glyphs.none, glyphs))),
        ("source", Content(view.safe(event.source, glyphs))),
        ("event", Content(view.safe(event.id, glyphs))),
        ("", Content("")),
    )
    entries = [_entry(label, value, 0) for label, value in head]
    details = list(islice(_details(event.details, glyphs, 0), LINES_AT_MOST + 1))
    if len(details) <= LINES_AT_MOST:
        return entries + details
    return [*entries, *details[:LINES_AT_MOST], Entry(view.line((f"{glyphs.cut} and more", view.MUTED)))]


def event_as_text(event: AuditEvent, state: DashboardState) -> str:
    """Format the event as one line, as lists show it, but uncut and with its full time."""
    glyphs = state.glyphs
    names = (view.safe(name, glyphs) for name in (event.action, event.user_id))
    parts = (view.full_moment(state.now, event.timestamp), *names, outcome_word(event), summary(event, glyphs))
    return "  ".join(part for part in parts if part)


def trouble_entries(state: DashboardState) -> list[Entry]:
    """Format all problems in full: the store, the integration, Odoo, and the last run's errors and warnings."""
    glyphs = state.glyphs
    problems = troubles(state, state.overview) if state.overview else []
    if state.problem is not None and state.stale_since is None:
        problems.append((f"{glyphs.state('failed')} {view.safe(state.problem, glyphs, 2000)}", view.BAD))
    run = last_run(state)
    if run is not None:
        problems += [(f"{glyphs.state('failed')} {view.safe(text, glyphs, 2000)}", view.BAD) for text in run.errors]
        problems += [(f"{glyphs.state('stale')} {view.safe(text, glyphs, 2000)}", view.WARN) for text in run.warnings]
    entries: list[Entry] = []
    for text, style in dict(problems).items():
        entries += [Entry(Content.styled(text, style)), Entry(Content(""))]
    return entries[:-1]


def _entry(label: str, value: Content, depth: int) -> Entry:
    return Entry(value, view.line((f"{'  ' * depth}{label} ", view.MUTED)))


def _details(details: Mapping[str, object], glyphs: Glyphs, depth: int) -> Iterator[Entry]:
    for key, item in details.items():
        yield from _detail(view.safe(key, glyphs, 60), item, glyphs, depth)


def _detail(label: str, item: object, glyphs: Glyphs, depth: int) -> Iterator[Entry]:
    if depth < DEPTH_AT_MOST and isinstance(item, Mapping) and item:
        yield _entry(label, Content(""), depth)
        yield from _details(cast("Mapping[str, object]", item), glyphs, depth + 1)
    elif depth < DEPTH_AT_MOST and isinstance(item, list | tuple) and item:
        yield _entry(label, Content(""), depth)
        for index, entry in enumerate(cast("Sequence[object]", item), start=1):
            yield from _detail(f"{index}.", entry, glyphs, depth + 1)
    else:
        yield _entry(label, Content(_scalar(cast("object", item), glyphs)), depth)


def _scalar(item: object, glyphs: Glyphs) -> str:
    if isinstance(item, bool):
        return "yes" if item else "no"
    if isinstance(item, int):
        return view.number(item, glyphs)
    if item is None or item == "" or (isinstance(item, Sized) and not len(item)):
        return glyphs.none
    return view.safe(item, glyphs, 2000)
