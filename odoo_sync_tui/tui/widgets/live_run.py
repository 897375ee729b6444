"""Panel of the live run, of this dashboard or another process; between runs, the summary of the last one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.content import Content

from odoo_sync_tui.core.progress import EntityProgress, RunProgress, describe_trouble
from odoo_sync_tui.core.result import Counts, EntityResult, EntityState
from odoo_sync_tui.entities.registry import get_entity_titles
from odoo_sync_tui.tui.commands.keymap import get_key_display
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.render import LinePart
from odoo_sync_tui.tui.model.glyphs import Glyphs
from odoo_sync_tui.tui.model.run_summary import (
    CONTINUATION_NOTE,
    LiveRun,
    RunSummary,
)
from odoo_sync_tui.tui.model.shown_runs import ShownRuns
from odoo_sync_tui.tui.model.state import ConnectionState, DashboardState
from odoo_sync_tui.tui.widgets.lines import Line, Lines

NAME_WIDTH = 13
MIN_WIDE_WIDTH = 100  # cells from which words are written out
MIN_SPACED_HEIGHT = 9  # lines from which blank lines part the blocks
MAX_CHART_WIDTH = 60
MIN_STALL_SECONDS = 4.0  # seconds without any progress that are worth a word
FIGURES_ALWAYS_SHOWN = 3  # created, updated and unchanged are shown even when they are nought


class LiveRunPanel(Lines):
    """A headline, a line per entity, the run's figures, and its errors and warnings."""

    shown = ShownRuns()

    def inputs(self, state: DashboardState) -> tuple[object, ...] | None:
        """Return the last run and its age; a live run has a clock that shows seconds."""
        if self.shown.live is not None:
            return None
        age = render.format_short_age(state.now, self.shown.last.ended_at if self.shown.last else None)
        return self.shown, age, state.connection, state.overview is None, state.read_only, state.keys

    def build_lines(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build the live run if there is one, else the last one, else a hint how to start one."""
        live, last = self.shown.live, self.shown.last
        if live is not None:
            contents = _live_lines(state, live, width, height)
        elif last is not None:
            contents = _summary_lines(state, last, width, height)
        else:
            contents = [_idle_line(state)]
        return [Line(content) for content in contents[:height]]


def _idle_line(state: DashboardState) -> Content:
    if state.connection in {ConnectionState.STARTING, ConnectionState.CONNECTING}:
        return render.assemble((str(state.connection), render.MUTED))
    if state.overview is None and state.connection is ConnectionState.READY:
        return render.assemble(("reading the store", render.MUTED))
    if state.connection is not ConnectionState.READY or state.read_only:
        return render.assemble(("no run yet", render.MUTED))
    departments, users, lake = (
        get_key_display(state, f"sync.{name}") for name in ("departments", "users", "data_lake")
    )
    keys: list[LinePart] = ["no run yet; press "]
    keys += [(departments, render.STRONG), ", ", (users, render.STRONG), " or ", (lake, render.STRONG), " to start one"]
    return render.assemble(*keys).stylize(render.MUTED)


# ------------------------------------------------------------------------------------------------------ live


def _live_lines(state: DashboardState, run: LiveRun, width: int, height: int) -> list[Content]:
    glyphs = state.glyphs
    entities = run.progress.entities if run.progress else ()
    blocks = [[_live_headline(state, run, width)]]
    if run.progress is None:
        blocks.append([render.assemble(("taking the lease, connecting to Odoo", render.MUTED))])
        return _stack_blocks(blocks, height)
    counts_width = max((_done_of_total(entity, glyphs).cell_length for entity in entities), default=0)
    titles = get_entity_titles(run.action)
    blocks.append([_entity_line(entity, titles, counts_width, width, glyphs) for entity in entities])
    blocks.append([_fit_figures(run.progress.counts, run.progress.retries, width, glyphs)])
    if run.progress.trouble:
        text = render.safe_text(describe_trouble(run.progress.trouble, state.now), glyphs, 300)
        blocks.insert(1, render.wrap(f"{glyphs.get_state_sign('stale')} {text}", render.WARN, width, 2, glyphs))
    if height > sum(len(block) for block in blocks) + len(blocks) and state.rates:
        blocks.append([_rate_line(state, run.progress, width)])
    return _stack_blocks(blocks, height)


def _live_headline(state: DashboardState, run: LiveRun, width: int) -> Content:
    glyphs = state.glyphs
    operator = render.safe_text(run.operator, glyphs, 60) + (
        f" @ {render.safe_text(run.host, glyphs, 60)}" if run.host else ""
    )
    facts = [render.format_action(run.action, glyphs), run.mode, operator, *(["dry run"] if run.dry_run else [])]
    if state.leaving:
        facts.append("leaving when it has ended")
    left = render.assemble(
        render.format_state("stopping" if run.stopping else "running", glyphs),
        "  ",
        f" {glyphs.separator} ".join(facts),
    )
    if run.stopping:
        left = render.assemble(left, (f" {glyphs.separator} at the next page", render.WARN))
    elif not (run.progress and run.progress.trouble) and (stalled := _stall_seconds(state, run)) >= MIN_STALL_SECONDS:
        left = render.assemble(
            left, (f" {glyphs.separator} no progress for {render.format_duration(stalled, glyphs)}", render.WARN)
        )
    return render.align_ends(
        left, render.assemble((f"  {render.format_duration(run.seconds, glyphs)}", render.STRONG)), width, glyphs
    )


def _stall_seconds(state: DashboardState, run: LiveRun) -> float:
    """Return the seconds without progress; of another process's run, up to the last read of the store."""
    observed_at = state.now if state.own_run is not None or state.overview is None else state.overview.at
    return (observed_at - state.last_progress_at).total_seconds() if state.last_progress_at and run.progress else 0.0


def _entity_line(
    entity: EntityProgress, titles: Mapping[str, str], counts_width: int, width: int, glyphs: Glyphs
) -> Content:
    sign = (glyphs.get_state_sign(entity.state) + " ", render.STATE_COLORS.get(entity.state, ""))
    name = render.fit(render.safe_text(titles.get(entity.name, entity.name), glyphs, 40), NAME_WIDTH, glyphs)
    counts = render.fit_right(_done_of_total(entity, glyphs), counts_width, glyphs)
    detail = render.fit(_phase_or_state(entity, width, glyphs), 41 if width >= MIN_WIDE_WIDTH else 23, glyphs)
    bar_width = width - 2 - NAME_WIDTH - counts_width - detail.cell_length - 4
    return render.assemble(sign, name, " ", _progress_bar(entity, bar_width, glyphs), " ", counts, "  ", detail)


def _progress_bar(entity: EntityProgress, width: int, glyphs: Glyphs) -> Content:
    finished = entity.state not in {EntityState.WAITING, EntityState.RUNNING}
    tone = render.STATE_COLORS.get(entity.state, "")
    if entity.total:
        return render.format_bar(entity.done / entity.total, width, tone, glyphs)
    return render.format_bar(1.0 if finished and entity.state is EntityState.SUCCESS else 0.0, width, tone, glyphs)


def _done_of_total(entity: EntityProgress, glyphs: Glyphs) -> Content:
    if entity.state is EntityState.WAITING:
        return Content("")
    done = render.format_number(entity.done, glyphs)
    if entity.total is None:
        return Content(done)
    return Content(f"{done} / {render.format_number(entity.total, glyphs)}")


def _phase_or_state(entity: EntityProgress, width: int, glyphs: Glyphs) -> Content:
    """Build the phase with rate and time left, or the state and its duration."""
    if entity.state is not EntityState.RUNNING:
        took = render.format_duration(entity.seconds, glyphs) if entity.seconds else ""
        return render.assemble(
            render.fit(render.assemble((entity.state, render.STATE_COLORS.get(entity.state, ""))), 12, glyphs), took
        )
    phase = render.assemble((f"{entity.phase or '':<7}", render.ACCENT))
    rate = f"{render.format_number(round(entity.rate), glyphs)}" if entity.rate is not None else glyphs.no_value
    left = render.format_duration(entity.eta, glyphs)
    if width >= MIN_WIDE_WIDTH:
        return render.assemble(phase, f"{rate:>7} rows/s", "  ", ("ETA ", render.MUTED), left)
    return render.assemble(phase, f"{rate:>7}/s ", left)


def _rate_line(state: DashboardState, progress: RunProgress, width: int) -> Content:
    rate = sum(entity.rate or 0.0 for entity in progress.entities)
    label = f"  {render.format_number(round(rate), state.glyphs)} rows/s"
    chart_width = min(MAX_CHART_WIDTH, width - 16 - len(label))
    chart = render.format_sparkline(state.rates, chart_width, state.glyphs)
    return render.assemble((f"{'rate':<16}", render.MUTED), (chart, render.ACCENT), label)


# --------------------------------------------------------------------------------------------------- summary


def _summary_lines(state: DashboardState, run: RunSummary, width: int, height: int) -> list[Content]:
    glyphs = state.glyphs
    blocks = [[_summary_headline(state, run, width)]]
    if run.entities:
        titles = get_entity_titles(run.action)
        blocks.append([_entity_summary(entity, titles, width, glyphs) for entity in run.entities])
        blocks.append([_fit_figures(run.counts, run.retries, width, glyphs)])
    free_lines = height - sum(len(block) for block in blocks)
    notices = _notice_lines(run, width, free_lines, glyphs)
    return _stack_blocks([*blocks, notices] if notices else blocks, height)


def _summary_headline(state: DashboardState, run: RunSummary, width: int) -> Content:
    glyphs = state.glyphs
    facts = [render.format_action(run.action, glyphs), run.mode, render.safe_text(run.operator, glyphs, 60)]
    facts += [render.format_age(state.now, run.ended_at)] + (["dry run, nothing written"] if run.dry_run else [])
    facts += [CONTINUATION_NOTE] if run.is_continuation else []
    left = render.assemble(render.format_state(run.outcome, glyphs), "  ", (f" {glyphs.separator} ".join(facts), ""))
    if run.seconds is None:
        return render.fit(left, width, glyphs)
    return render.align_ends(
        left, render.assemble((f"  {render.format_duration(run.seconds, glyphs)}", render.STRONG)), width, glyphs
    )


def _entity_summary(entity: EntityResult, titles: Mapping[str, str], width: int, glyphs: Glyphs) -> Content:
    sign = (glyphs.get_state_sign(entity.state) + " ", render.STATE_COLORS.get(entity.state, ""))
    name = render.fit(render.safe_text(titles.get(entity.name, entity.name), glyphs, 40), NAME_WIDTH, glyphs)
    word = render.fit(
        render.assemble((render.safe_text(entity.state, glyphs, 20), render.STATE_COLORS.get(entity.state, ""))),
        12,
        glyphs,
    )
    changes = _describe_changes(entity, glyphs)
    synced = render.fit_right(render.format_number(entity.counts.synced, glyphs), 9, glyphs)
    left = render.assemble(sign, name, " ", word, synced, (" synced", render.MUTED), "  ", changes)
    took = Content(f"  {render.format_duration(entity.seconds, glyphs)}")
    return render.align_ends(left, took, width, glyphs)


def _describe_changes(entity: EntityResult, glyphs: Glyphs) -> Content:
    """Describe an entity's changes: only figures above nought, those that need a person first."""
    counts = entity.counts
    figures = (
        (entity.withheld, "not retired", render.WARN),
        (counts.quarantined, "quarantined", render.WARN),
        (counts.created, "created", ""),
        (counts.updated, "updated", ""),
        (counts.reactivated, "reactivated", ""),
        (counts.deactivated, "retired", ""),
    )
    parts: list[LinePart] = []
    for figure, word, tone in figures:
        if figure:
            parts += [(f"{render.format_number(figure, glyphs)} ", tone), (word, tone or render.MUTED), "  "]
    return render.assemble(*parts) if parts else render.assemble(("nothing changed", render.MUTED))


def _notice_lines(run: RunSummary, width: int, height: int, glyphs: Glyphs) -> list[Content]:
    lines: list[Content] = []
    notices = [(text, "failed", render.BAD) for text in run.errors]
    notices += [(text, "stale", render.WARN) for text in run.warnings]
    for text, sign, tone in notices:
        sentence = f"{glyphs.get_state_sign(sign)} {render.safe_text(text, glyphs, 1000)}"
        lines += render.wrap(sentence, tone, width, height - len(lines), glyphs)
    return lines


# ---------------------------------------------------------------------------------------------------- shared


def _fit_figures(counts: Counts, retries: int, width: int, glyphs: Glyphs) -> Content:
    """Build the figures of a run in one line: the longest form that fits."""
    figures = (
        ("created", "created", counts.created),
        ("updated", "updated", counts.updated),
        ("unchanged", "unch.", counts.unchanged),
        ("reactivated", "react.", counts.reactivated),
        ("retired", "retired", counts.deactivated),
        ("quarantined", "quar.", counts.quarantined),
        ("retries", "retries", retries),
    )
    shown = [entry for index, entry in enumerate(figures) if index < FIGURES_ALWAYS_SHOWN or entry[2]]
    forms = (
        _figures_line([(word, figure) for word, _, figure in figures], "   ", glyphs),
        _figures_line([(word, figure) for word, _, figure in shown], "  ", glyphs),
        _figures_line([(short, figure) for _, short, figure in shown], "  ", glyphs),
    )
    return next((form for form in forms if form.cell_length <= width), render.fit(forms[-1], width, glyphs))


def _figures_line(figures: Sequence[tuple[str, int]], gap: str, glyphs: Glyphs) -> Content:
    parts: list[LinePart] = []
    for word, figure in figures:
        tone = render.WARN if figure and word.startswith(("quar", "retries")) else ""
        parts += [(f"{word} ", render.MUTED), (render.format_number(figure, glyphs), tone), gap]
    return render.assemble(*parts[:-1])


def _stack_blocks(blocks: list[list[Content]], height: int) -> list[Content]:
    """Stack the blocks, separated by blank lines where the height allows."""
    needed = sum(len(block) for block in blocks)
    spare = height - needed if height >= MIN_SPACED_HEIGHT else 0
    stacked: list[Content] = []
    for index, block in enumerate(blocks):
        if index and spare > 0:
            stacked.append(Content(""))
            spare -= 1
        stacked += block
    return stacked
