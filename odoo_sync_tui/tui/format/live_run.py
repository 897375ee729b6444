"""A run at work, in lines: how far it is, what it did so far, and what hinders it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

from textual.content import Content

from odoo_sync_tui.core.progress import EntityProgress, RunProgress, describe_trouble, forecast
from odoo_sync_tui.core.result import Counts, EntityState
from odoo_sync_tui.core.scope import Mode
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.render import LinePart
from odoo_sync_tui.tui.model.glyphs import Glyphs
from odoo_sync_tui.tui.model.run_summary import LiveRun
from odoo_sync_tui.tui.model.state import DashboardState

MAX_CHART_WIDTH = 60
MIN_TROUBLED_HEIGHT = 3
MIN_STALL_SECONDS = 4.0  # seconds without any progress that are worth a word
FIGURES_ALWAYS_SHOWN = 3  # created, updated and unchanged are shown even when they are nought


def format_live_run(state: DashboardState, run: LiveRun, width: int, height: int) -> list[Content]:
    """Format a run at work in at most ``height`` lines."""
    headline = _headline(state, run, width)
    if run.progress is None:
        return [headline, render.assemble(("taking the lease, connecting to Odoo", render.MUTED))][:height]
    progress, glyphs, titles = run.progress, state.glyphs, state.catalog.titles(run.action)
    figures = format_figures(progress.counts, progress.retries, width, glyphs)
    entities = _entity_words(progress, titles, width, glyphs)
    lines = [headline]
    if not progress.trouble or height > MIN_TROUBLED_HEIGHT:  # in trouble the bar stands still
        lines.append(_bar(state, run, progress, width))
    if progress.trouble:
        text = f"{glyphs.get_state_sign('stale')} {describe_trouble(progress.trouble, state.now)}"
        lines += render.wrap(render.safe_text(text, glyphs, 300), f"bold {render.WARN}", width, 2, glyphs)
    if height <= len(lines) + 1:
        return [*lines, _current_entity(progress, titles, width, glyphs)][:height]
    lines += [entities, figures]
    if height > len(lines) and state.rates:
        lines.append(_rate_line(state, width))
    if height > len(lines):
        lines.insert(-2 if state.rates else -1, Content(""))
    return lines[:height]


def format_figures(counts: Counts, retries: int, width: int, glyphs: Glyphs) -> Content:
    """Format the figures of a run in one line, their names faint: the longest form that fits."""
    figures = (
        ("created", "created", counts.created),
        ("updated", "updated", counts.updated),
        ("unchanged", "unch.", counts.unchanged),
        ("reactivated", "react.", counts.reactivated),
        ("retired", "retired", counts.deactivated),
        ("quarantined", "quar.", counts.quarantined),
        ("dismissed", "dism.", counts.dismissed),
        ("retries", "retries", retries),
    )
    shown = [entry for index, entry in enumerate(figures) if index < FIGURES_ALWAYS_SHOWN or entry[2]]
    forms = (
        _figures_line([(word, figure) for word, _, figure in shown], "   ", glyphs),
        _figures_line([(word, figure) for word, _, figure in shown], "  ", glyphs),
        _figures_line([(short, figure) for _, short, figure in shown], "  ", glyphs),
    )
    return next((form for form in forms if form.cell_length <= width), render.fit(forms[-1], width, glyphs))


def format_subject(action: str, state_word: str, facts: Sequence[str], glyphs: Glyphs) -> Content:
    """Format what a headline begins with: the sign and name of a sync, and facts about its run."""
    tone = render.STATE_COLORS.get(state_word, "")
    title = f"{glyphs.get_state_sign(state_word)} {render.format_action(action, glyphs)}"
    text = f" {glyphs.separator} ".join(facts)
    return render.assemble((title, f"bold {tone}"), (f"  {text}", render.MUTED))


def _figures_line(figures: Sequence[tuple[str, int]], gap: str, glyphs: Glyphs) -> Content:
    parts: list[LinePart] = []
    for word, figure in figures:
        tone = render.WARN if figure and word.startswith(("quar", "retries")) else ""
        style = f"bold {tone}" if figure else render.FAINT
        parts += [(render.format_number(figure, glyphs), style), (f" {word}", tone or render.MUTED), gap]
    return render.assemble(*parts[:-1])


def _headline(state: DashboardState, run: LiveRun, width: int) -> Content:
    glyphs = state.glyphs
    operator = render.safe_text(run.operator, glyphs, 60)
    facts = [run.mode, f"{operator} @ {render.safe_text(run.host, glyphs, 60)}" if run.host else operator]
    facts += ["dry run"] if run.dry_run else []
    left = format_subject(run.action, "stopping" if run.stopping else "running", facts, glyphs)
    warning = _describe_delay(state, run)
    if warning:
        left = render.assemble(left, (f" {glyphs.separator} {warning}", render.WARN))
    return render.align_ends(left, _clocks(state, run), width, glyphs)


def _describe_delay(state: DashboardState, run: LiveRun) -> str:
    """Describe what the operator waits for: the end of a page, of the run, or any progress at all."""
    if run.stopping:
        return "stops at the next page"
    if state.leaving:
        return "leaving when it has ended"
    stalled = _stall_seconds(state, run)
    if run.progress and not run.progress.trouble and stalled >= MIN_STALL_SECONDS:
        return f"no progress for {render.format_clock_span(stalled, state.glyphs)}"
    return ""


def _stall_seconds(state: DashboardState, run: LiveRun) -> float:
    """Return the seconds without progress; of another process's run, up to the last read of the store."""
    observed_at = state.now if state.own_run is not None or state.overview is None else state.overview.at
    return (observed_at - state.last_progress_at).total_seconds() if state.last_progress_at and run.progress else 0.0


def _clocks(state: DashboardState, run: LiveRun) -> Content:
    """Build share, time left and time so far, each in a field of its own width: nothing jumps sideways."""
    glyphs, elapsed = state.glyphs, render.format_clock_span(run.seconds, state.glyphs)
    parts: list[LinePart] = [(f"  {'elapsed':>7} ", render.MUTED), (f"{elapsed:>5}", render.STRONG)]
    if run.progress is None:
        return render.assemble(*parts)
    known = forecast(run.progress, _expect_rows(state, run), state.rates[-1] if state.rates else 0.0)
    share = glyphs.no_value if known.share is None else f"{int(known.share * 100)} %"
    eta = render.format_clock_span(known.eta, glyphs)
    return render.assemble(
        (f"  {share:>5}", render.STRONG), ("  ETA ", render.MUTED), (f"{eta:>5}", render.STRONG), *parts
    )


def _expect_rows(state: DashboardState, run: LiveRun) -> Mapping[str, int]:
    """Estimate the rows of entities that are not counted yet: all of Odoo's, or as many as changed lately."""
    overview = state.overview
    if overview is None:
        return {}
    counts = {each.name: each for each in overview.entities}
    expected: dict[str, int] = {}
    for entity in (each for each in state.catalog.of_action(run.action) if each.id in counts):
        changes = overview.find_trend(entity.id).changes
        is_partial = run.mode == Mode.INCREMENTAL and len(changes) > 1
        likely = round(median(changes)) if is_partial else counts[entity.id].odoo
        if likely is not None:
            expected[entity.name] = likely
    return expected


def _bar(state: DashboardState, run: LiveRun, progress: RunProgress, width: int) -> Content:
    known = forecast(progress, _expect_rows(state, run), 0.0)
    return render.format_bar(
        known.share or 0.0, width, render.WARN if progress.trouble else render.ACCENT, state.glyphs
    )


def _entity_words(progress: RunProgress, titles: Mapping[str, str], width: int, glyphs: Glyphs) -> Content:
    """Build all entities as words on one line; those that wait, in short, where it is narrow."""
    forms = [
        Content("   ").join(_entity_word(entity, titles, glyphs, with_seconds=long) for entity in progress.entities)
        for long in (True, False)
    ]
    fitting = next((form for form in forms if form.cell_length <= width), None)
    return fitting if fitting is not None else _current_entity(progress, titles, width, glyphs)


def _entity_word(entity: EntityProgress, titles: Mapping[str, str], glyphs: Glyphs, *, with_seconds: bool) -> Content:
    name = render.safe_text(titles.get(entity.name, entity.name), glyphs, 40)
    sign, tone = f"{glyphs.get_state_sign(entity.state)} ", render.STATE_COLORS.get(entity.state, "")
    if entity.state is EntityState.WAITING:
        return render.assemble((f"{sign}{name}", render.FAINT))
    if entity.state is EntityState.RUNNING:
        return render.assemble((f"{sign}{name}", f"bold {tone}"), f" {_done_of_total(entity, glyphs)}")
    took = f"  {render.format_duration(entity.seconds, glyphs)}" if with_seconds else ""
    return render.assemble((sign, tone), name, (f" {render.format_number(entity.done, glyphs)}{took}", render.MUTED))


def _current_entity(progress: RunProgress, titles: Mapping[str, str], width: int, glyphs: Glyphs) -> Content:
    """Build the entity at work and, where they fit, the figures of the whole run."""
    running = next((entity for entity in progress.entities if entity.state is EntityState.RUNNING), None)
    figures = format_figures(progress.counts, progress.retries, width, glyphs)
    if running is None:
        return figures
    entity = _entity_word(running, titles, glyphs, with_seconds=False)
    room = width - entity.cell_length - 3
    figures = format_figures(progress.counts, progress.retries, max(room, 0), glyphs)
    return render.fit(render.assemble(entity, "   ", figures) if room > 0 else entity, width, glyphs)


def _done_of_total(entity: EntityProgress, glyphs: Glyphs) -> str:
    done = render.format_number(entity.done, glyphs)
    return done if entity.total is None else f"{done} of {render.format_number(entity.total, glyphs)}"


def _rate_line(state: DashboardState, width: int) -> Content:
    rate = render.format_number(round(state.rates[-1]), state.glyphs)
    chart = render.format_sparkline(state.rates, min(MAX_CHART_WIDTH, width - 22), state.glyphs)
    return render.assemble((f"{rate:>9}", render.STRONG), (" rows/s  ", render.MUTED), (chart, render.ACCENT))
