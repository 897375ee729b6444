"""Facts about an entity as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from textual.content import Content

from odoo_sync_tui.core.entity import Domain
from odoo_sync_tui.core.reports.details import EntityReport
from odoo_sync_tui.core.reports.trends import EntityTrend
from odoo_sync_tui.core.text.masking import describe_masks
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.render import LinePart
from odoo_sync_tui.tui.model.state import DashboardState
from odoo_sync_tui.tui.widgets.lines import Line, Lines
from odoo_sync_tui.tui.widgets.trends import list_trends

LABEL_WIDTH = 13


class EntityFacts(Lines):
    """Facts about an entity: figures of both sides, inactive documents by reason, last sync, source and target."""

    report: EntityReport | None = None

    def build_lines(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build as many of the facts as fit, the most important first."""
        if self.report is None:
            return []
        facts = [
            render.fit(render.assemble((f"{label:<{LABEL_WIDTH}}", render.MUTED), value), width, state.glyphs)
            for label, value in _facts(state, self.report)
        ]
        return [Line(content) for content in facts[:height]]


def _facts(state: DashboardState, report: EntityReport) -> Iterator[tuple[str, Content]]:
    glyphs, counts = state.glyphs, report.counts
    odoo = (
        "never counted" if counts.odoo_at is None else f"rows, counted {render.format_age(state.now, counts.odoo_at)}"
    )
    yield "Odoo", render.assemble((render.format_number(counts.odoo, glyphs), render.STRONG), f" {odoo}")
    yield "documents", _describe_documents(state, report)
    changed = (
        f", {render.format_number(counts.changed, glyphs)} documents changed" if counts.changed is not None else ""
    )
    yield "last sync", Content(f"{render.format_age(state.now, counts.synced_at)}{changed}")
    if per_day := report.changes_per_day:
        chart = render.format_sparkline(per_day, len(per_day), glyphs, logarithmic=True)
        total, today = (render.format_number(number, glyphs) for number in (sum(per_day), per_day[-1]))
        figures = f" {total} in {len(per_day)} days, {today} today"
        yield "changes", render.assemble((chart, render.MUTED), figures)
    if names := report.cursor.columns.differing if report.cursor and report.cursor.columns else ():
        fields = render.safe_text(", ".join(names), glyphs, 200)
        yield "read by rows", render.assemble((fields, render.WARN), " (Odoo answers otherwise by columns)")
    trend = state.overview.find_trend(counts.name) if state.overview else EntityTrend()
    if trend.changes:
        yield from list_trends(trend, glyphs)
    yield "read up to", Content(_describe_cursor(state, report))
    quarantined = (render.format_number(counts.quarantined, glyphs), render.WARN if counts.quarantined else "")
    rows = " rows" if counts.quarantined else ""
    dismissed = f", {render.format_number(counts.dismissed, glyphs)} dismissed" if counts.dismissed else ""
    yield "quarantined", render.assemble(quarantined, f"{rows}{dismissed}")
    if masks := describe_masks(report.masked):
        yield "masked", Content(render.safe_text(masks, glyphs, 400))
    if report.shared_values is None:
        yield "shared", Content(f"too many documents to tell which of them share their {report.match_field}")
    yield "from", Content(_describe_source(report.model, report.domain, state))
    match = tuple((name, "=", value) for name, value in report.discriminator.items())
    yield "into", Content(_describe_source(report.collection, match, state))


def _describe_documents(state: DashboardState, report: EntityReport) -> Content:
    glyphs, counts = state.glyphs, report.counts
    parts: list[LinePart] = [(render.format_number(counts.active, glyphs), render.STRONG), " active, "]
    parts += [(render.format_number(counts.inactive, glyphs), render.STRONG), " inactive"]
    if report.inactive_by_reason is None:
        return render.assemble(*parts, (" (too many to tell why)", render.MUTED))
    reasons = [
        f"{render.format_number(number, glyphs)} {render.safe_text(reason, glyphs, 40) or 'for no reason of ours'}"
        for reason, number in sorted(report.inactive_by_reason.items(), reverse=True)
    ]
    return render.assemble(*parts, (f" ({', '.join(reasons)})" if reasons else "", render.MUTED))


def _describe_cursor(state: DashboardState, report: EntityReport) -> str:
    cursor = report.cursor
    if cursor is None:
        return "nothing yet: the next run reads every row"
    read = render.format_full_time(state.now, cursor.write_date) if cursor.write_date else "an empty Odoo"
    return f"{read}, by run {render.safe_text(cursor.run_id, state.glyphs, 40)}"


def _describe_source(place: str, domain: Domain, state: DashboardState) -> str:
    where = f" where {render.safe_text(_format_domain(domain), state.glyphs, 300)}" if domain else ""
    return render.safe_text(place, state.glyphs, 80) + where


def _format_domain(domain: Domain) -> str:
    """Format a search domain of leaves that all apply; a domain with operators stays as it is."""
    if not all(isinstance(leaf, tuple) for leaf in domain):
        return str(domain)
    leaves = cast("Sequence[tuple[str, str, object]]", domain)
    return " and ".join(f"{field} {operator} {_format_domain_value(value)}" for field, operator, value in leaves)


def _format_domain_value(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case list() | tuple():
            return ", ".join(map(str, cast("Sequence[object]", value)))
        case _:
            return str(value)
