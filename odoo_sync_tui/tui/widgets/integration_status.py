"""Status of the integration: the last sync, the lease holder, the MongoDB server, and the current problems."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.content import Content

from odoo_sync_tui.core.reports.health import HealthLevel
from odoo_sync_tui.core.reports.overview import Overview
from odoo_sync_tui.tui.commands.keymap import get_key_display
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.problems import collect_problems
from odoo_sync_tui.tui.model.glyphs import Glyphs
from odoo_sync_tui.tui.model.state import ConnectionState, DashboardState
from odoo_sync_tui.tui.widgets.lines import Line, Lines

LABEL_WIDTH = 9
MIN_PROBLEM_LINES = 3
MIN_FACTS = 3


class IntegrationStatusPanel(Lines):
    """Facts with label and value per line, and the current problems below them."""

    def inputs(self, state: DashboardState) -> tuple[object, ...]:
        """Return the store's figures with their ages, and the current problems."""
        overview = state.overview
        syncs = overview.health.syncs if overview else ()
        known_at = [*(sync.last_success for sync in syncs), _odoo_counted_at(overview) if overview else None]
        ages = [render.format_short_age(state.now, moment) for moment in known_at]
        runs = (state.own_run is None, state.foreign_run is None, state.counting)
        problems = (state.problem, state.odoo_problem, state.stale_since)
        return overview, ages, runs, problems, state.connection, state.keys

    def build_lines(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build the facts, then as many problems as fit."""
        if state.overview is None:
            return [Line(content) for content in _connection_lines(state, width, height)]
        facts = _fact_lines(state, state.overview, width)
        problems = collect_problems(state, state.overview)
        if problems:  # they need the lines more than the last facts do
            facts = facts[: max(MIN_FACTS, height - MIN_PROBLEM_LINES)]
        contents = [*facts, *_problem_lines(problems, width, height - len(facts), state.glyphs)]
        return [Line(content) for content in contents]


def _connection_lines(state: DashboardState, width: int, height: int) -> list[Content]:
    glyphs = state.glyphs
    if state.connection is ConnectionState.STARTING:
        return [render.assemble((f"reading the settings {glyphs.ellipsis}", render.MUTED))]
    if state.connection is not ConnectionState.FAILED or state.problem is None:
        return [render.assemble((f"connecting to MongoDB {glyphs.ellipsis}", render.MUTED))]
    text = render.safe_text(state.problem, glyphs, 1000)
    return [
        render.assemble((f"{glyphs.get_state_sign('failed')} MongoDB cannot be opened", render.BAD)),
        *render.wrap(text, "", width, height - 2, glyphs),
        render.assemble((get_key_display(state, "view.refresh"), render.STRONG), (" tries again", render.MUTED)),
    ]


def _fact_lines(state: DashboardState, overview: Overview, width: int) -> list[Content]:
    store, glyphs = overview.store, state.glyphs
    mongo = f"{render.safe_text(store.version, glyphs, 20)} {store.topology}"
    facts = [
        ("health", _describe_health(state, overview, width - LABEL_WIDTH)),
        ("synced", _describe_last_success(state, overview)),
        ("lease", _describe_lease(state, overview)),
        ("MongoDB", Content(mongo if store.primary else f"{mongo}, no primary")),
        ("counted", _describe_odoo_count(state, overview)),
    ]
    return [
        render.fit(render.assemble((f"{label:<{LABEL_WIDTH}}", render.MUTED), value), width, glyphs)
        for label, value in facts
    ]


def _describe_health(state: DashboardState, overview: Overview, width: int) -> Content:
    """Describe the worst of all syncs, and since when; before the first run has ended, that one is at work."""
    health, glyphs = overview.health, state.glyphs
    is_at_work = state.own_run is not None or state.foreign_run is not None
    if health.level is HealthLevel.UNKNOWN and is_at_work:
        return render.assemble(render.format_state("running", glyphs), (" for the first time", render.MUTED))
    word = render.format_state(health.level, glyphs)
    if health.since is None or health.level is HealthLevel.IN_STEP:
        return word
    with_time = render.assemble(word, (f" since {render.format_time(state.now, health.since)}", render.MUTED))
    return with_time if with_time.cell_length <= width else word


def _describe_last_success(state: DashboardState, overview: Overview) -> Content:
    """Describe how old the oldest last success of all syncs is that were ever run."""
    known = [sync for sync in overview.health.syncs if sync.level is not HealthLevel.UNKNOWN]
    successes = [sync.last_success for sync in known if sync.last_success is not None]
    if not known or len(successes) < len(known):
        return render.assemble(("not yet", render.MUTED))
    return Content(render.format_age(state.now, min(successes)))


def _describe_lease(state: DashboardState, overview: Overview) -> Content:
    lease = overview.lease
    if state.own_run is not None:
        return Content("ours")
    if lease is None or not lease.live:
        return Content("free")
    if overview.live_run is not None and state.foreign_run is None:  # the lease of our own run, which has just ended
        return Content("free")
    return Content(
        f"{render.safe_text(lease.operator, state.glyphs, 60)} @ {render.safe_text(lease.host, state.glyphs, 60)}"
    )


def _describe_odoo_count(state: DashboardState, overview: Overview) -> Content:
    if state.counting:
        return render.assemble(("asking Odoo", render.MUTED))
    if state.odoo_problem is not None:
        return render.assemble((f"{state.glyphs.get_state_sign('failed')} not reached", render.WARN))
    counted_at = _odoo_counted_at(overview)
    if counted_at is None:
        return render.assemble(("never", render.MUTED))
    return Content(render.format_age(state.now, counted_at))


def _odoo_counted_at(overview: Overview) -> datetime | None:
    """Return the time of the oldest count in Odoo; ``None`` if there is none."""
    return min((entity.odoo_at for entity in overview.entities if entity.odoo_at), default=None)


def _problem_lines(problems: Sequence[tuple[str, str]], width: int, height: int, glyphs: Glyphs) -> list[Content]:
    """Wrap the problems, the most pressing first, within ``height`` lines."""
    lines: list[Content] = []
    for text, style in problems:
        lines += render.wrap(text, style, width, height - len(lines), glyphs)
    if lines:
        return lines
    return [render.assemble((f"{'errors':<{LABEL_WIDTH}}", render.MUTED), "none")] if height > 0 else []
