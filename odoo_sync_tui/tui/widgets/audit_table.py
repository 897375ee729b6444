"""The newest audit events, one line each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from textual.content import Content

from odoo_sync_tui.core.audit import AuditEvent
from odoo_sync_tui.tui import view
from odoo_sync_tui.tui.glyphs import Glyphs
from odoo_sync_tui.tui.state import DashboardState
from odoo_sync_tui.tui.widgets.lines import Line, LineList

COLUMN_TITLES = ("time", "action", "operator", "outcome", "what happened")
TIME_WIDTH, ACTION_WIDTH, STATE_WIDTH = 11, 16, 13

FIGURES = (
    ("synced", "synced"), ("created", "created"), ("updated", "updated"), ("reactivated", "reactivated"),
    ("deactivated", "retired"), ("quarantined", "quarantined"),
)  # fmt: skip
"""Figures of an event's details, and their words on the screen."""

ALWAYS_TOLD = frozenset({"synced", "created", "updated"})


class AuditTable(LineList):
    """The newest audit events, one line each: time, action, operator, outcome, and the figures or the error.

    Times are absolute: an old line never repaints.
    """

    def header(self, state: DashboardState, width: int) -> Content:
        """Build the column titles."""
        titles = (view.line(title) for title in COLUMN_TITLES)
        return event_columns(state.glyphs, width, *titles).stylize(view.MUTED)

    def rows(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build one line per event, newest first; a sentence while there is none."""
        del height
        if state.overview is None:
            return []
        if not state.overview.events:
            return [Line(view.line(("nothing has happened yet", view.MUTED)))]
        return [Line(event_row(state, event, width), event.id) for event in state.overview.events]


def event_row(state: DashboardState, event: AuditEvent, width: int) -> Content:
    """Format an event in the columns of a list of ``width`` cells."""
    glyphs = state.glyphs
    return event_columns(
        glyphs,
        width,
        view.line((view.moment_of(state.now, event.timestamp), view.MUTED)),
        Content(view.safe(event.action, glyphs, 60)),
        Content(view.safe(event.user_id, glyphs, 60)),
        view.state_part(outcome_word(event), glyphs),
        Content(summary(event, glyphs)),
    )


def outcome_word(event: AuditEvent) -> str:
    """Return the event's outcome; for an event that is no end, "started" or nothing."""
    if event.outcome is not None:
        return str(event.outcome)
    return "started" if event.details.get("event") == "started" else ""


def summary(event: AuditEvent, glyphs: Glyphs) -> str:
    """Summarize an event in one line: its first error, else its figures, else its details as they are."""
    details = event.details
    errors = details.get("errors")
    if isinstance(errors, list) and errors:
        return view.safe(_format_value(cast("Sequence[object]", errors)[0]), glyphs)
    figures = [
        f"{view.number(value, glyphs)} {word}"
        for name, word in FIGURES
        if isinstance(value := details.get(name), int) and (value or name in ALWAYS_TOLD)
    ]
    if figures:
        return ", ".join([*figures, *(["dry run"] if details.get("dry_run") is True else [])])
    scope = details.get("scope")
    shown = cast("Mapping[object, object]", scope) if isinstance(scope, Mapping) else details
    texts = (f"{name} {_format_value(value)}" for name, value in shown.items() if _is_informative(name, value))
    return view.safe(", ".join(texts), glyphs)


def _is_informative(name: object, value: object) -> bool:
    return name != "event" and value not in (None, "", [], {})


def _format_value(value: object) -> str:
    if isinstance(value, Mapping):
        notice = cast("Mapping[object, object]", value)
        entity = f"{notice['entity']}: " if notice.get("entity") else ""
        return f"{entity}{notice.get('message') or ', '.join(f'{key} {item}' for key, item in notice.items())}"
    if isinstance(value, list | tuple):
        return " ".join(str(item) for item in cast("Sequence[object]", value))
    return str(value)


def event_columns(
    glyphs: Glyphs, width: int, time: Content, action: Content, operator: Content, outcome: Content, what: Content
) -> Content:
    """Lay out one row of a list of events; the last column takes the cells that the others leave."""
    gap = 1 if width < 100 else 2
    operator_width = 9 if width < 100 else 14
    cells = (
        (time, TIME_WIDTH),
        (action, ACTION_WIDTH if width >= 100 else ACTION_WIDTH - 1),
        (operator, operator_width),
        (outcome, STATE_WIDTH),
    )
    fixed = [view.fit(content, size, glyphs).pad_right(gap) for content, size in cells]
    rest = width - sum(content.cell_length for content in fixed)
    return Content.assemble(*fixed, view.fit(what, rest, glyphs))
