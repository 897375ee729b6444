"""Facts about an entity as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

from textual.content import Content

from odoo_sync_tui.core.entity import Domain
from odoo_sync_tui.core.records import EntityReport
from odoo_sync_tui.tui import view
from odoo_sync_tui.tui.state import DashboardState
from odoo_sync_tui.tui.view import Part
from odoo_sync_tui.tui.widgets.lines import Line, Lines

LABEL_WIDTH = 13


class EntityFacts(Lines):
    """Facts about an entity: figures of both sides, inactive documents by reason, last sync, source and target."""

    report: EntityReport | None = None

    def build(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build as many of the facts as fit, the most important first."""
        if self.report is None:
            return []
        facts = [
            view.fit(view.line((f"{label:<{LABEL_WIDTH}}", view.MUTED), value), width, state.glyphs)
            for label, value in _facts(state, self.report)
        ]
        return [Line(content) for content in facts[:height]]


def _facts(state: DashboardState, report: EntityReport) -> Iterator[tuple[str, Content]]:
    glyphs, counts = state.glyphs, report.counts
    odoo = "never counted" if counts.odoo_at is None else f"rows, counted {view.age(state.now, counts.odoo_at)}"
    yield "Odoo", view.line((view.number(counts.odoo, glyphs), view.STRONG), f" {odoo}")
    yield "documents", _describe_documents(state, report)
    changed = f", {view.number(counts.changed, glyphs)} documents changed" if counts.changed is not None else ""
    yield "last sync", Content(f"{view.age(state.now, counts.synced_at)}{changed}")
    yield "read up to", Content(_describe_cursor(state, report))
    quarantined = (view.number(counts.quarantined, glyphs), view.WARN if counts.quarantined else "")
    yield "quarantined", view.line(quarantined, " rows" if counts.quarantined else "")
    yield "from", Content(_describe_source(report.model, report.domain, state))
    match = tuple((name, "=", value) for name, value in report.match.items())
    yield "into", Content(_describe_source(report.collection, match, state))


def _describe_documents(state: DashboardState, report: EntityReport) -> Content:
    glyphs, counts = state.glyphs, report.counts
    parts: list[Part] = [(view.number(counts.active, glyphs), view.STRONG), " active, "]
    parts += [(view.number(counts.inactive, glyphs), view.STRONG), " inactive"]
    if report.inactive is None:
        return view.line(*parts, (" (too many to tell why)", view.MUTED))
    reasons = [
        f"{view.number(number, glyphs)} {view.safe(reason, glyphs, 40) or 'for no reason of ours'}"
        for reason, number in sorted(report.inactive.items(), reverse=True)
    ]
    return view.line(*parts, (f" ({', '.join(reasons)})" if reasons else "", view.MUTED))


def _describe_cursor(state: DashboardState, report: EntityReport) -> str:
    cursor = report.cursor
    if cursor is None:
        return "nothing yet: the next run reads every row"
    read = view.full_moment(state.now, cursor.write_date) if cursor.write_date else "an empty Odoo"
    return f"{read}, by run {view.safe(cursor.run_id, state.glyphs, 40)}"


def _describe_source(place: str, domain: Domain, state: DashboardState) -> str:
    where = f" where {view.safe(_format_domain(domain), state.glyphs, 300)}" if domain else ""
    return view.safe(place, state.glyphs, 80) + where


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
