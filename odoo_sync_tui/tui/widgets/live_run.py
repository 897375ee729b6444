"""Panel of the live run, of this dashboard or another process; between runs, the summary of the last one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.content import Content

from odoo_sync_tui.core.progress import EntityProgress, RunProgress
from odoo_sync_tui.core.result import Counts, EntityState
from odoo_sync_tui.entities.registry import titles_of
from odoo_sync_tui.tui import view
from odoo_sync_tui.tui.commands import key_of
from odoo_sync_tui.tui.glyphs import Glyphs
from odoo_sync_tui.tui.shown_run import WITH_THE_OTHER, EntitySummary, LiveRun, RunSummary, last_run, live_run
from odoo_sync_tui.tui.state import Connection, DashboardState
from odoo_sync_tui.tui.view import Part
from odoo_sync_tui.tui.widgets.lines import Line, Lines

NAME_WIDTH = 13
WIDE = 100  # cells from which words are written out
ROOMY = 9  # lines from which blank lines part the blocks
CHART_WIDTH = 60
LONG_STILL = 4.0  # seconds without any progress that are worth a word
ALWAYS_TOLD = 3  # created, updated and unchanged are shown even when they are nought


class LiveRunPanel(Lines):
    """A headline, a line per entity, the run's figures, and its errors and warnings."""

    def build(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build the live run if there is one, else the last one, else a hint how to start one."""
        live, last = live_run(state), last_run(state)
        if live is not None:
            contents = _live_lines(state, live, width, height)
        elif last is not None:
            contents = _summary_lines(state, last, width, height)
        else:
            contents = [_idle_line(state)]
        return [Line(content) for content in contents[:height]]


def _idle_line(state: DashboardState) -> Content:
    if state.connection in {Connection.STARTING, Connection.CONNECTING}:
        return view.line((str(state.connection), view.MUTED))
    if state.overview is None and state.connection is Connection.READY:
        return view.line(("reading the store", view.MUTED))
    if state.connection is not Connection.READY or state.read_only:
        return view.line(("no run yet", view.MUTED))
    departments, users, lake = (key_of(state, f"sync.{name}") for name in ("departments", "users", "data_lake"))
    keys: list[Part] = ["no run yet; press "]
    keys += [(departments, view.STRONG), ", ", (users, view.STRONG), " or ", (lake, view.STRONG), " to start one"]
    return view.line(*keys).stylize(view.MUTED)


# ------------------------------------------------------------------------------------------------------ live


def _live_lines(state: DashboardState, run: LiveRun, width: int, height: int) -> list[Content]:
    glyphs = state.glyphs
    entities = run.progress.entities if run.progress else ()
    blocks = [[_live_headline(state, run, width)]]
    if run.progress is None:
        blocks.append([view.line(("taking the lease, connecting to Odoo", view.MUTED))])
        return _stack_blocks(blocks, height)
    counts_width = max((_done_of_total(entity, glyphs).cell_length for entity in entities), default=0)
    titles = titles_of(run.action)
    blocks.append([_entity_line(entity, titles, counts_width, width, glyphs) for entity in entities])
    blocks.append([_fit_figures(run.progress.counts, run.progress.retries, width, glyphs)])
    if height > sum(len(block) for block in blocks) + len(blocks) and state.rates:
        blocks.append([_rate_line(state, run.progress, width)])
    return _stack_blocks(blocks, height)


def _live_headline(state: DashboardState, run: LiveRun, width: int) -> Content:
    glyphs = state.glyphs
    operator = view.safe(run.operator, glyphs, 60) + (f" @ {view.safe(run.place, glyphs, 60)}" if run.place else "")
    facts = [view.action_title(run.action, glyphs), run.mode, operator, *(["dry run"] if run.dry_run else [])]
    if state.leaving:
        facts.append("leaving when it has ended")
    left = view.line(
        view.state_part("stopping" if run.stopping else "running", glyphs), "  ", f" {glyphs.dot} ".join(facts)
    )
    if run.stopping:
        left = view.line(left, (f" {glyphs.dot} at the next page", view.WARN))
    elif (stalled := _stall_seconds(state, run)) >= LONG_STILL:
        left = view.line(left, (f" {glyphs.dot} no progress for {view.duration(stalled, glyphs)}", view.WARN))
    return view.between(left, view.line((f"  {view.duration(run.seconds, glyphs)}", view.STRONG)), width, glyphs)


def _stall_seconds(state: DashboardState, run: LiveRun) -> float:
    """Return the seconds without progress; of another process's run, up to the last read of the store."""
    observed_at = state.now if state.own is not None or state.overview is None else state.overview.at
    return (observed_at - state.moved_at).total_seconds() if state.moved_at and run.progress else 0.0


def _entity_line(
    entity: EntityProgress, titles: Mapping[str, str], counts_width: int, width: int, glyphs: Glyphs
) -> Content:
    sign = (glyphs.state(entity.state) + " ", view.TONES.get(entity.state, ""))
    name = view.fit(view.safe(titles.get(entity.name, entity.name), glyphs, 40), NAME_WIDTH, glyphs)
    counts = view.fit_right(_done_of_total(entity, glyphs), counts_width, glyphs)
    detail = view.fit(_phase_or_state(entity, width, glyphs), 41 if width >= WIDE else 23, glyphs)
    bar_width = width - 2 - NAME_WIDTH - counts_width - detail.cell_length - 4
    return view.line(sign, name, " ", _progress_bar(entity, bar_width, glyphs), " ", counts, "  ", detail)


def _progress_bar(entity: EntityProgress, width: int, glyphs: Glyphs) -> Content:
    finished = entity.state not in {EntityState.WAITING, EntityState.RUNNING}
    tone = view.TONES.get(entity.state, "")
    if entity.total:
        return view.bar(entity.done / entity.total, width, tone, glyphs)
    return view.bar(1.0 if finished and entity.state is EntityState.SUCCESS else 0.0, width, tone, glyphs)


def _done_of_total(entity: EntityProgress, glyphs: Glyphs) -> Content:
    if entity.state is EntityState.WAITING:
        return Content("")
    done = view.number(entity.done, glyphs)
    if entity.total is None:
        return Content(done)
    return Content(f"{done} / {view.number(entity.total, glyphs)}")


def _phase_or_state(entity: EntityProgress, width: int, glyphs: Glyphs) -> Content:
    """Build the phase with rate and time left, or the state and its duration."""
    if entity.state is not EntityState.RUNNING:
        took = view.duration(entity.seconds, glyphs) if entity.seconds else ""
        return view.line(view.fit(view.line((entity.state, view.TONES.get(entity.state, ""))), 12, glyphs), took)
    phase = view.line((f"{entity.phase or '':<7}", view.ACCENT))
    rate = f"{view.number(round(entity.rate), glyphs)}" if entity.rate is not None else glyphs.none
    left = view.duration(entity.eta, glyphs)
    if width >= WIDE:
        return view.line(phase, f"{rate:>7} rows/s", "  ", ("ETA ", view.MUTED), left)
    return view.line(phase, f"{rate:>7}/s ", left)


def _rate_line(state: DashboardState, progress: RunProgress, width: int) -> Content:
    rate = sum(entity.rate or 0.0 for entity in progress.entities)
    label = f"  {view.number(round(rate), state.glyphs)} rows/s"
    chart_width = min(CHART_WIDTH, width - 16 - len(label))
    chart = view.chart(state.rates, chart_width, state.glyphs)
    return view.line((f"{'rate':<16}", view.MUTED), (chart, view.ACCENT), label)


# --------------------------------------------------------------------------------------------------- summary


def _summary_lines(state: DashboardState, run: RunSummary, width: int, height: int) -> list[Content]:
    glyphs = state.glyphs
    blocks = [[_summary_headline(state, run, width)]]
    if run.entities:
        titles = titles_of(run.action)
        blocks.append([_entity_summary(entity, titles, width, glyphs) for entity in run.entities])
        blocks.append([_fit_figures(run.counts, run.retries, width, glyphs)])
    free_lines = height - sum(len(block) for block in blocks)
    notices = _notice_lines(run, width, free_lines, glyphs)
    return _stack_blocks([*blocks, notices] if notices else blocks, height)


def _summary_headline(state: DashboardState, run: RunSummary, width: int) -> Content:
    glyphs = state.glyphs
    facts = [view.action_title(run.action, glyphs), run.mode, view.safe(run.operator, glyphs, 60)]
    facts += [view.age(state.now, run.ended_at)] + (["dry run, nothing written"] if run.dry_run else [])
    facts += [WITH_THE_OTHER] if run.continues else []
    left = view.line(view.state_part(run.outcome, glyphs), "  ", (f" {glyphs.dot} ".join(facts), ""))
    if run.seconds is None:
        return view.fit(left, width, glyphs)
    return view.between(left, view.line((f"  {view.duration(run.seconds, glyphs)}", view.STRONG)), width, glyphs)


def _entity_summary(entity: EntitySummary, titles: Mapping[str, str], width: int, glyphs: Glyphs) -> Content:
    sign = (glyphs.state(entity.state) + " ", view.TONES.get(entity.state, ""))
    name = view.fit(view.safe(titles.get(entity.name, entity.name), glyphs, 40), NAME_WIDTH, glyphs)
    word = view.fit(view.line((view.safe(entity.state, glyphs, 20), view.TONES.get(entity.state, ""))), 12, glyphs)
    changes = _describe_changes(entity, glyphs)
    synced = view.fit_right(view.number(entity.counts.synced, glyphs), 9, glyphs)
    left = view.line(sign, name, " ", word, synced, (" synced", view.MUTED), "  ", changes)
    took = view.line(f"  {view.duration(entity.seconds, glyphs)}") if entity.seconds is not None else Content("")
    return view.between(left, took, width, glyphs)


def _describe_changes(entity: EntitySummary, glyphs: Glyphs) -> Content:
    """Describe an entity's changes: only figures above nought, those that need a person first."""
    counts = entity.counts
    figures = (
        (entity.withheld, "not retired", view.WARN),
        (counts.quarantined, "quarantined", view.WARN),
        (counts.created, "created", ""),
        (counts.updated, "updated", ""),
        (counts.reactivated, "reactivated", ""),
        (counts.deactivated, "retired", ""),
    )
    parts: list[Part] = []
    for figure, word, tone in figures:
        if figure:
            parts += [(f"{view.number(figure, glyphs)} ", tone), (word, tone or view.MUTED), "  "]
    return view.line(*parts) if parts else view.line(("nothing changed", view.MUTED))


def _notice_lines(run: RunSummary, width: int, height: int, glyphs: Glyphs) -> list[Content]:
    lines: list[Content] = []
    notices = [(text, "failed", view.BAD) for text in run.errors]
    notices += [(text, "stale", view.WARN) for text in run.warnings]
    for text, sign, tone in notices:
        sentence = f"{glyphs.state(sign)} {view.safe(text, glyphs, 1000)}"
        lines += view.wrapped(sentence, tone, width, height - len(lines), glyphs)
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
    shown = [entry for index, entry in enumerate(figures) if index < ALWAYS_TOLD or entry[2]]
    forms = (
        _figures_line([(word, figure) for word, _, figure in figures], "   ", glyphs),
        _figures_line([(word, figure) for word, _, figure in shown], "  ", glyphs),
        _figures_line([(short, figure) for _, short, figure in shown], "  ", glyphs),
    )
    return next((form for form in forms if form.cell_length <= width), view.fit(forms[-1], width, glyphs))


def _figures_line(figures: Sequence[tuple[str, int]], gap: str, glyphs: Glyphs) -> Content:
    parts: list[Part] = []
    for word, figure in figures:
        tone = view.WARN if figure and word.startswith(("quar", "retries")) else ""
        parts += [(f"{word} ", view.MUTED), (view.number(figure, glyphs), tone), gap]
    return view.line(*parts[:-1])


def _stack_blocks(blocks: list[list[Content]], height: int) -> list[Content]:
    """Stack the blocks, separated by blank lines where the height allows."""
    needed = sum(len(block) for block in blocks)
    spare = height - needed if height >= ROOMY else 0
    stacked: list[Content] = []
    for index, block in enumerate(blocks):
        if index and spare > 0:
            stacked.append(Content(""))
            spare -= 1
        stacked += block
    return stacked
