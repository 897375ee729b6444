"""Status of the integration: the last sync, the lease holder, the MongoDB server, and the current problems."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.content import Content

from odoo_sync_tui.core.overview import IntegrationStatus as Status
from odoo_sync_tui.core.overview import Overview
from odoo_sync_tui.tui import view
from odoo_sync_tui.tui.commands import key_of
from odoo_sync_tui.tui.glyphs import Glyphs
from odoo_sync_tui.tui.state import Connection, DashboardState
from odoo_sync_tui.tui.widgets.lines import Line, Lines

LABEL_WIDTH = 9
LINES_FOR_TROUBLE = 3
LEAST_FACTS = 3


class IntegrationStatus(Lines):
    """Facts with label and value per line, and the current problems below them."""

    def build(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build the facts, then as many problems as fit."""
        if state.overview is None:
            return [Line(content) for content in _connection_lines(state, width, height)]
        facts = _fact_lines(state, state.overview, width)
        problems = troubles(state, state.overview)
        if problems:  # they need the lines more than the last facts do
            facts = facts[: max(LEAST_FACTS, height - LINES_FOR_TROUBLE)]
        contents = [*facts, *_problem_lines(problems, width, height - len(facts), state.glyphs)]
        return [Line(content) for content in contents]


def _connection_lines(state: DashboardState, width: int, height: int) -> list[Content]:
    glyphs = state.glyphs
    if state.connection is Connection.STARTING:
        return [view.line((f"reading the settings {glyphs.cut}", view.MUTED))]
    if state.connection is not Connection.FAILED or state.problem is None:
        return [view.line((f"connecting to MongoDB {glyphs.cut}", view.MUTED))]
    text = view.safe(state.problem, glyphs, 1000)
    return [
        view.line((f"{glyphs.state('failed')} MongoDB cannot be opened", view.BAD)),
        *view.wrapped(text, "", width, height - 2, glyphs),
        view.line((key_of(state, "view.refresh"), view.STRONG), (" tries again", view.MUTED)),
    ]


def _fact_lines(state: DashboardState, overview: Overview, width: int) -> list[Content]:
    status, store, glyphs = overview.integration, overview.store, state.glyphs
    mongo = f"{view.safe(store.version, glyphs, 20)} {store.topology}"
    facts = [
        ("status", view.state_part(status_word(status), glyphs)),
        ("synced", Content(view.age(state.now, status.last_sync))),
        ("lease", _describe_lease(state, overview)),
        ("MongoDB", Content(mongo if store.primary else f"{mongo}, no primary")),
        ("counted", _describe_odoo_count(state, overview)),
    ]
    return [
        view.fit(view.line((f"{label:<{LABEL_WIDTH}}", view.MUTED), value), width, glyphs) for label, value in facts
    ]


def status_word(status: Status) -> str:
    """Return the integration's state in a word; "never" before the first run."""
    if status.interrupted:
        return "interrupted"
    return str(status.status) if status.status else "never"


def _describe_lease(state: DashboardState, overview: Overview) -> Content:
    lease = overview.lease
    if lease is None or not lease.live:
        return Content("free")
    if state.own is not None:
        return Content("ours")
    if overview.live_run is not None and state.foreign_run is None:  # the lease of our own run, which has just ended
        return Content("free")
    return Content(f"{view.safe(lease.operator, state.glyphs, 60)} @ {view.safe(lease.host, state.glyphs, 60)}")


def _describe_odoo_count(state: DashboardState, overview: Overview) -> Content:
    if state.counting:
        return view.line(("asking Odoo", view.MUTED))
    if state.odoo_problem is not None:
        return view.line((f"{state.glyphs.state('failed')} not reached", view.WARN))
    counted_at: list[datetime] = [entity.odoo_at for entity in overview.entities if entity.odoo_at]
    if not counted_at:
        return view.line(("never", view.MUTED))
    return Content(view.age(state.now, min(counted_at)))


def _problem_lines(problems: Sequence[tuple[str, str]], width: int, height: int, glyphs: Glyphs) -> list[Content]:
    """Wrap the problems, the most pressing first, within ``height`` lines."""
    lines: list[Content] = []
    for text, style in problems:
        lines += view.wrapped(text, style, width, height - len(lines), glyphs)
    if lines:
        return lines
    return [view.line((f"{'errors':<{LABEL_WIDTH}}", view.MUTED), "none")] if height > 0 else []


def troubles(state: DashboardState, overview: Overview) -> list[tuple[str, str]]:
    """Collect problems with their styles: a failed read, the last error, Odoo not reached, quarantined rows."""
    glyphs = state.glyphs
    problems: list[tuple[str, str]] = []
    if state.stale_since is not None:
        reason = view.safe(state.problem or "", glyphs, 1000)
        since = view.clock(state.stale_since)
        problems.append((f"{glyphs.state('stale')} stale since {since}: {reason}", view.WARN))
    if overview.integration.error_message:
        error = view.safe(overview.integration.error_message, glyphs, 2000)
        problems.append((f"{glyphs.state('failed')} {error}", view.BAD))
    if state.odoo_problem is not None and str(state.odoo_problem) != overview.integration.error_message:
        problems.append((f"{glyphs.state('stale')} {view.safe(state.odoo_problem, glyphs, 1000)}", view.WARN))
    quarantined = sum(entity.quarantined for entity in overview.entities)
    if quarantined:
        rows = "row" if quarantined == 1 else "rows"
        text = f"{view.number(quarantined, glyphs)} {rows} quarantined"
        problems.append((f"{glyphs.state('stale')} {text}", view.WARN))
    return problems
