"""The last runs in a line: a small chart, what is usual, the last one, and a word for what is far from usual."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from statistics import median

from textual.content import Content
from textual.geometry import Size

from odoo_sync_tui.core.reports.trends import MAX_RUNS, EntityTrend, SyncTrend, find_outliers
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.model.glyphs import Glyphs
from odoo_sync_tui.tui.model.state import DashboardState
from odoo_sync_tui.tui.widgets.chrome.panel import fit_panel
from odoo_sync_tui.tui.widgets.lines import Line, Lines

LABEL_WIDTH = 8
SLOW, MANY = "slow", "many"
"""The words for what is far above the usual, of seconds and of numbers."""


class RunTrends(Lines):
    """The last runs of a sync: how long they took, their rows, and the documents that they changed."""

    action: str = ""

    def inputs(self, state: DashboardState) -> tuple[object, ...]:
        """Return the trends, and the sync."""
        return (state.overview.trends if state.overview else (), self.action)

    def build_lines(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build a line for each figure."""
        del height
        trends = state.overview.trends if state.overview else ()
        trend = next((each for each in trends if each.action == self.action), SyncTrend(self.action))
        lines = (
            render.assemble((f"{label:<{LABEL_WIDTH}}", render.MUTED), text)
            for label, text in list_trends(trend, state.glyphs)
        )
        return [Line(render.fit(line, width, state.glyphs)) for line in lines]

    def _set_lines(self, lines: list[Line], size: Size) -> None:
        super()._set_lines(lines, size)
        fit_panel(self, len(lines))


def list_trends(trend: SyncTrend | EntityTrend, glyphs: Glyphs) -> Iterator[tuple[str, Content]]:
    """Yield a trend of each figure of the last runs, with its label."""
    yield "took", format_seconds_trend(trend.seconds, glyphs)
    for label, numbers in (("rows", trend.rows), ("changed", trend.changes)):
        yield label, _format_trend(numbers, lambda number: render.format_number(round(number), glyphs), MANY, glyphs)


def format_seconds_trend(seconds: Sequence[float], glyphs: Glyphs) -> Content:
    """Format how long the last runs took; a second is never slow."""
    return _format_trend(seconds, lambda each: render.format_duration(each, glyphs), SLOW, glyphs, least=1.0)


def _format_trend(
    values: Sequence[float], describe: Callable[[float], str], word: str, glyphs: Glyphs, least: float = 0.0
) -> Content:
    if not values:
        return render.assemble(("never run", render.FAINT))
    chart = render.format_sparkline(values, MAX_RUNS, glyphs, logarithmic=True)
    *others, is_last = find_outliers(values, least)
    of_all = f" ({sum(others) + 1})" if any(others) else ""
    last = f"  last {describe(values[-1])}{f', {word}{of_all}' if is_last else ''}"
    return render.assemble(
        (f"{chart:>{MAX_RUNS}}", render.MUTED),
        (last, render.WARN if is_last else ""),
        (f"  {sum(others)} {word}" if any(others) and not is_last else "", render.WARN),
        (f"  {describe(median(values))} usual", render.MUTED),
    )
