"""The newest audit events, one line each."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.event import format_outcome, summarize_event
from odoo_sync_tui.tui.model.glyphs import Glyphs
from odoo_sync_tui.tui.model.state import DashboardState
from odoo_sync_tui.tui.widgets.lines import Line, LineList

COLUMN_TITLES = ("time", "action", "operator", "outcome", "what happened")
TIME_WIDTH, ACTION_WIDTH, STATE_WIDTH = 11, 16, 13


class RecentEvents(LineList):
    """The newest audit events, one line each: time, action, operator, outcome, and the figures or the error.

    Times are absolute: an old line never repaints.
    """

    def inputs(self, state: DashboardState) -> tuple[object, ...]:
        """Return the events, and the day that their times are shown for."""
        return state.overview.events if state.overview else None, state.now.date(), state.now.tzinfo

    def build_header(self, state: DashboardState, width: int) -> Content:
        """Build the column titles."""
        titles = (render.assemble(title) for title in COLUMN_TITLES)
        return format_event_columns(state.glyphs, width, *titles).stylize(render.MUTED)

    def build_rows(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build one line per event, newest first; a sentence while there is none."""
        del height
        if state.overview is None:
            return []
        if not state.overview.events:
            return [Line(render.assemble(("nothing has happened yet", render.MUTED)))]
        return [Line(format_event_row(state, event, width), event.id) for event in state.overview.events]


def format_event_row(state: DashboardState, event: AuditEvent, width: int) -> Content:
    """Format an event in the columns of a list of ``width`` cells."""
    glyphs = state.glyphs
    return format_event_columns(
        glyphs,
        width,
        render.assemble((render.format_time(state.now, event.timestamp), render.MUTED)),
        Content(render.safe_text(event.action, glyphs, 60)),
        Content(render.safe_text(event.user_id, glyphs, 60)),
        render.format_state(format_outcome(event), glyphs),
        Content(summarize_event(event, state.now, glyphs)),
    )


def format_event_columns(
    glyphs: Glyphs, width: int, time: Content, action: Content, operator: Content, outcome: Content, details: Content
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
    fixed = [render.fit(content, size, glyphs).pad_right(gap) for content, size in cells]
    rest = width - sum(content.cell_length for content in fixed)
    return Content.assemble(*fixed, render.fit(details, rest, glyphs))
