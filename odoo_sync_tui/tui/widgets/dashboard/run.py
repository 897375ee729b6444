"""Panel of the live run, of this dashboard or another process; between runs, the last one and what waits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from textual.content import Content

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.result import EntityResult, EntityState
from odoo_sync_tui.tui.commands.keymap import get_key_display
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.live_run import format_figures, format_live_run, format_subject
from odoo_sync_tui.tui.format.problems import collect_problems, describe_setup
from odoo_sync_tui.tui.format.render import LinePart
from odoo_sync_tui.tui.model.glyphs import Glyphs
from odoo_sync_tui.tui.model.run_summary import CONTINUATION_NOTE, RunSummary
from odoo_sync_tui.tui.model.shown_runs import ShownRuns
from odoo_sync_tui.tui.model.state import ConnectionState, DashboardState
from odoo_sync_tui.tui.widgets.lines import Line, Lines

MAX_ERROR_LINES = 3
MIN_TREND_RUNS = 3


class RunPanel(Lines):
    """A headline, then what is most pressing: of a run at work its progress, of an ended one what to know of it.

    Args:
        id: the widget's id.
        is_headline_only: whether errors, entities and what waits now are left out: a page below the panel has them.
    """

    shown = ShownRuns()

    def __init__(self, *, id: str | None = None, is_headline_only: bool = False) -> None:  # noqa: A002 -- Textual's word
        super().__init__(id=id)
        self._is_headline_only = is_headline_only

    def inputs(self, state: DashboardState) -> tuple[object, ...] | None:
        """Return the last run and its age; a live run has a clock that shows seconds."""
        if self.shown.live is not None:
            return None
        age = render.format_short_age(state.now, self.shown.last.ended_at if self.shown.last else None)
        problems = (state.problem, state.odoo_problem, state.stale_since)
        return self.shown, age, state.connection, state.overview, state.read_only, state.keys, state.setup, problems

    def build_lines(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build the live run if there is one, else the last one, else a hint how to start one."""
        live, last = self.shown.live, self.shown.last
        if live is not None:
            contents = format_live_run(state, live, width, height)
        elif last is not None:
            contents = self._summary_lines(state, last, width, height)
        else:
            setup = [Content(line) for line in describe_setup(state)]
            idle = [] if setup else [_idle_line(state)]
            contents = [*idle, *_problem_lines(state, None, width, max(1, height - len(setup) - len(idle))), *setup]
        return [Line(content) for content in contents[:height]]

    def _summary_lines(self, state: DashboardState, run: RunSummary, width: int, height: int) -> list[Content]:
        """Stack what is known of the last run, the most pressing first, as far as the height goes."""
        lines = [_headline(state, run, width)]
        if self._is_headline_only:
            return [*lines, *_figure_lines(run, width, state.glyphs), *_trend_lines(state, run, width)][:height]
        errors = _error_lines(run, width, min(MAX_ERROR_LINES, max(1, height - 2)), state.glyphs)
        problems = _problem_lines(state, run, width, height - 1 - len(errors))
        lines += errors
        rest = [*_result_lines(state, run, width), *_figure_lines(run, width, state.glyphs)]
        if len(lines) + len(problems) + len(rest) + 1 < height:  # where there is room, what waits stands apart
            gap = [Content("")] if problems else []
            lines += [*rest, *gap, *problems]
        else:
            lines += [*problems, *rest]
        trend = _trend_lines(state, run, width)
        return [*lines, *trend] if len(lines) + len(trend) <= height else lines[:height]


def _idle_line(state: DashboardState) -> Content:
    if state.connection in {ConnectionState.STARTING, ConnectionState.CONNECTING}:
        return render.assemble((str(state.connection), render.MUTED))
    if state.overview is None and state.connection is ConnectionState.READY:
        return render.assemble(("reading the store", render.MUTED))
    return render.assemble(("no run yet", render.MUTED))


def _headline(state: DashboardState, run: RunSummary, width: int) -> Content:
    glyphs = state.glyphs
    facts = [run.mode, render.safe_text(run.operator, glyphs, 60), render.format_time(state.now, run.ended_at)]
    facts += ["dry run, nothing written"] if run.dry_run else []
    facts += [CONTINUATION_NOTE] if run.is_continuation else []
    word = str(run.outcome)
    left = format_subject(run.action, word, [word, *facts] if word != Outcome.SUCCESS else facts, glyphs)
    if run.seconds is None:
        return render.fit(left, width, glyphs)
    took = render.assemble(("  took ", render.MUTED), render.format_duration(run.seconds, glyphs))
    return render.align_ends(left, took, width, glyphs)


def _error_lines(run: RunSummary, width: int, height: int, glyphs: Glyphs) -> list[Content]:
    lines: list[Content] = []
    for text in run.errors:
        lines += render.wrap(render.safe_text(text, glyphs, 1000), render.STRONG, width, height - len(lines), glyphs)
    return lines


def _problem_lines(state: DashboardState, run: RunSummary | None, width: int, height: int) -> list[Content]:
    """Build what waits for the operator, and what is wrong beside the errors of the run, a sentence a line or two."""
    told = run.errors if run else ()
    problems = collect_problems(state, state.overview, told) if state.overview else []
    lines: list[Content] = []
    for text, style in problems:
        wrapped = render.wrap(text, style, width, max(1, height - len(lines) - len(problems) + 1), glyphs=state.glyphs)
        lines += wrapped[: max(0, height - len(lines))]
    return lines


def _result_lines(state: DashboardState, run: RunSummary, width: int) -> Iterator[Content]:
    glyphs, titles = state.glyphs, state.catalog.titles(run.action)
    if run.outcome == Outcome.SUCCESS:
        yield _describe_changes(state, run, titles, width)
    elif run.entities:
        yield _describe_entities(run.entities, titles, width, glyphs)


def _figure_lines(run: RunSummary, width: int, glyphs: Glyphs) -> Iterator[Content]:
    if run.entities and (run.counts.rows or run.retries):
        yield format_figures(run.counts, run.retries, width, glyphs)


def _describe_changes(state: DashboardState, run: RunSummary, titles: Mapping[str, str], width: int) -> Content:
    """Describe which entities changed, the most changed first, as many as fit; and the key that opens the run."""
    glyphs = state.glyphs
    changed = sorted(run.entities, key=lambda entity: entity.counts.changed, reverse=True)
    words = [
        render.assemble(
            (render.format_number(entity.counts.changed, glyphs), render.STRONG),
            (f" {render.safe_text(titles.get(entity.name, entity.name), glyphs, 40)}", render.MUTED),
        )
        for entity in changed
        if entity.counts.changed
    ]
    parts: list[LinePart] = [(" changed" if words else "nothing changed", render.MUTED)]
    if run.run_id:
        parts += [("   ", ""), (get_key_display(state, "view.run"), render.KEY), (" opens the run", render.MUTED)]
    return _join_fitting(words, Content.styled(", ", render.MUTED), render.assemble(*parts), width, glyphs)


def _describe_entities(
    entities: Sequence[EntityResult], titles: Mapping[str, str], width: int, glyphs: Glyphs
) -> Content:
    """Describe how far each entity came; where not all fit, those that are not in step come first."""
    gap = Content("   ")
    words = [_entity_word(entity, titles, glyphs) for entity in entities]
    if gap.join(words).cell_length > width:
        troubled_first = sorted(entities, key=lambda entity: entity.state == EntityState.SUCCESS)
        words = [_entity_word(entity, titles, glyphs) for entity in troubled_first]
    return _join_fitting(words, gap, Content(""), width, glyphs)


def _join_fitting(words: Sequence[Content], gap: Content, end: Content, width: int, glyphs: Glyphs) -> Content:
    """Join as many words as fit before the end of the line, and say how many more there are."""
    for left_out in range(max(1, len(words))):
        more = (f" and {left_out} more" if left_out else "", render.MUTED)
        line = render.assemble(gap.join(words[: len(words) - left_out]), more, end)
        if line.cell_length <= width:
            return render.fit(line, width, glyphs)
    return render.fit(render.assemble(gap.join(words), end), width, glyphs)


def _entity_word(entity: EntityResult, titles: Mapping[str, str], glyphs: Glyphs) -> Content:
    name = render.safe_text(titles.get(entity.name, entity.name), glyphs, 40)
    sign, tone = f"{glyphs.get_state_sign(entity.state)} ", render.STATE_COLORS.get(entity.state, "")
    if entity.state == EntityState.NOT_BEGUN:
        return render.assemble((f"{sign}{name} not begun", render.MUTED))
    synced = render.format_number(entity.counts.synced, glyphs)
    if entity.state == EntityState.SUCCESS:
        return render.assemble((sign, tone), name, (f" {synced}", render.MUTED))
    of_all = f" of {render.format_number(entity.census, glyphs)}" if entity.census else ""
    return render.assemble((f"{sign}{name}", f"bold {tone}"), f" {synced}{of_all}")


def _trend_lines(state: DashboardState, run: RunSummary, width: int) -> list[Content]:
    """Draw how long the last runs of this sync took, set apart; nothing before there are some."""
    glyphs = state.glyphs
    trends = state.overview.trends if state.overview else ()
    seconds = next((trend.seconds for trend in trends if trend.action == run.action), ())
    if len(seconds) < MIN_TREND_RUNS:
        return []
    chart = render.format_sparkline(seconds, len(seconds), glyphs)
    usual, longest = (render.format_duration(value, glyphs) for value in (median(seconds), max(seconds)))
    text = f"  {usual} usual, {longest} longest"
    line = render.assemble((f"last {len(seconds)} runs  ", render.MUTED), (chart, render.MUTED), (text, render.FAINT))
    return [Content(""), render.fit(line, width, glyphs)]
