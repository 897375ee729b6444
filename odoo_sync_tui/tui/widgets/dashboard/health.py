"""Health of the integration: one sentence, and one row for each sync."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.reports.health import EntityHealth, HealthLevel, IntegrationHealth, SyncHealth
from odoo_sync_tui.core.reports.overview import Overview
from odoo_sync_tui.core.reports.verification import find_midnight, summarize_proofs
from odoo_sync_tui.tui.commands.keymap import get_key_display
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.problems import STYLE_BY_LEVEL
from odoo_sync_tui.tui.format.render import LinePart
from odoo_sync_tui.tui.model.glyphs import Glyphs
from odoo_sync_tui.tui.model.state import ConnectionState, DashboardState, needs_setup
from odoo_sync_tui.tui.widgets.lines import Line, Lines

TITLE_WIDTH = 13
STATE_WIDTH = 13
FULL_WIDTH = 42  # from here on "3 min ago" and "since 12:31:08" are written out
MIN_REASON_WIDTH = 16
NOTHING = "nothing waits for you"


class HealthSentence(Lines):
    """The worst of everything in one sentence: the brightest line of the screen where something is wrong."""

    def inputs(self, state: DashboardState) -> tuple[object, ...]:
        """Return everything that the sentence may be about."""
        overview = state.overview
        known = (
            (overview.health, overview.entities, overview.integration.settings_problem, overview.proofs)
            if overview
            else ()
        )
        running = state.own_run is None and state.foreign_run is None
        facts = known, running, state.setup, state.read_only
        return *facts, state.connection, state.problem, state.stale_since, state.source_decision, state.keys

    def build_lines(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build the sentence; why the store cannot be opened takes the lines of the syncs as well."""
        if state.overview is None:
            return [Line(content) for content in _connection_lines(state, width, height)]
        return [Line(render.fit(_describe(state, state.overview, width), width, state.glyphs))]


class SyncRows(Lines):
    """One row for each sync: how it is, and when it was last known to be in step."""

    def inputs(self, state: DashboardState) -> tuple[object, ...]:
        """Return the health of the syncs with their ages, and which of them runs."""
        syncs = state.overview.health.syncs if state.overview else ()
        ages = [render.format_short_age(state.now, sync.last_success) for sync in syncs]
        return syncs, ages, _find_running(state)

    def build_lines(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build the three rows."""
        del height
        syncs = {sync.action: sync for sync in state.overview.health.syncs} if state.overview else {}
        rows = (_sync_row(state, action, syncs.get(action), width) for action in Action)
        return [Line(render.fit(row, width, state.glyphs)) for row in rows]


class SyncReasons(Lines):
    """Why syncs are not in step, a line for each; of a single one the sentence above says it. Else when they are due.

    Args:
        actions: the syncs.
        id: the widget's id.
    """

    def __init__(self, actions: Sequence[Action], *, id: str) -> None:  # noqa: A002 -- Textual's word
        super().__init__(id=id)
        self._actions = actions

    def inputs(self, state: DashboardState) -> tuple[object, ...]:
        """Return the health of the syncs, which of them runs, and what is planned."""
        plans = [_describe_plan(state, action) for action in self._actions]
        return state.overview.health.syncs if state.overview else (), _find_running(state), plans

    def build_lines(self, state: DashboardState, width: int, height: int) -> Sequence[Line]:
        """Build the reasons and plans; a run at work may be about to put its sync right."""
        del height
        if width < MIN_REASON_WIDTH:
            return []
        syncs = {sync.action: sync for sync in state.overview.health.syncs} if state.overview else {}
        troubled = [action for action, sync in syncs.items() if sync.level in STYLE_BY_LEVEL]
        shown = {*troubled} - {_find_running(state)[0]} if len(troubled) > 1 else set[str]()
        reasons = [syncs[action].reason if action in shown else "" for action in self._actions]
        plans = [_describe_plan(state, action) for action in self._actions]
        both = [f" {state.glyphs.separator} ".join(filter(None, pair)) for pair in zip(reasons, plans, strict=True)]
        texts = [render.safe_text(text, state.glyphs) for text in both]
        return [Line(render.fit(render.assemble((text, render.MUTED)), width, state.glyphs)) for text in texts]


def _connection_lines(state: DashboardState, width: int, height: int) -> list[Content]:
    glyphs = state.glyphs
    if state.connection is ConnectionState.STARTING:
        return [render.assemble((f"reading the settings {glyphs.ellipsis}", render.MUTED))]
    if state.connection is not ConnectionState.FAILED or state.problem is None:
        return [render.assemble((f"connecting to MongoDB {glyphs.ellipsis}", render.MUTED))]
    text = (
        f"{glyphs.get_state_sign('failed')} MongoDB cannot be opened: {render.safe_text(state.problem, glyphs, 1000)}"
    )
    key = get_key_display(state, "view.refresh")
    is_offered = needs_setup(state) and not state.read_only
    setup_key = get_key_display(state, "app.setup")
    setup: list[LinePart] = [("   ", ""), (setup_key, render.KEY), (" sets up another", render.MUTED)]
    return [
        *render.wrap(text, f"bold {render.BAD}", width, max(1, height - 1), glyphs),
        render.assemble((key, render.KEY), (" tries again", render.MUTED), *(setup if is_offered else [])),
    ]


def _describe(state: DashboardState, overview: Overview, width: int) -> Content:
    health, glyphs = overview.health, state.glyphs
    if state.stale_since is not None:
        return _headline("stale", f"since {render.format_clock(state.stale_since)}: {state.problem or ''}", state)
    if needs_setup(state) and not state.read_only:
        return _headline(HealthLevel.WRONG, f"no Odoo is set; {get_key_display(state, 'app.setup')} sets it up", state)
    if overview.integration.settings_problem:
        return _headline(HealthLevel.WRONG, overview.integration.settings_problem, state)
    if state.source_decision is not None:
        key = get_key_display(state, "run.adopt_source")
        return _headline(HealthLevel.WRONG, f"{state.source_decision.message.rstrip('.')}; {key} adopts it", state)
    if health.level in STYLE_BY_LEVEL:
        return _headline(health.level, _describe_trouble(state, overview), state)
    if health.level is HealthLevel.IN_STEP:
        known, waits = _describe_calm(overview, glyphs)
        texts = [f" {glyphs.separator} ".join((*known, last)) for last in (*_describe_proof(state, overview), waits)]
        lines = [render.assemble(_word(health.level, glyphs), (f"  {text}", render.MUTED)) for text in texts]
        return next((line for line in lines if waits == NOTHING and line.cell_length <= width), lines[-1])
    if state.own_run is not None or state.foreign_run is not None:
        return render.assemble(_word("running", glyphs), ("  for the first time", render.MUTED))
    return _describe_first_start(state)


def _describe_first_start(state: DashboardState) -> Content:
    word = render.format_state(HealthLevel.UNKNOWN, state.glyphs)
    if state.read_only:
        return word
    keys = [get_key_display(state, f"sync.{name}") for name in ("departments", "users", "data_lake")]
    parts: list[LinePart] = [word, ("  press ", render.MUTED)]
    for key, after in zip(keys, (", ", " or ", " to start"), strict=True):
        parts += [(key, render.KEY), (after, render.MUTED)]
    return render.assemble(*parts)


def _headline(word: str, text: str, state: DashboardState) -> Content:
    sentence = render.safe_text(text, state.glyphs, 1000)
    return render.assemble(_word(word, state.glyphs), (f"  {sentence}", render.STRONG))


def _word(word: str, glyphs: Glyphs) -> Content:
    return render.format_state(word, glyphs).stylize(render.STRONG)


def _describe_trouble(state: DashboardState, overview: Overview) -> str:
    """Describe how many entities are out of step, since when, and how many rows the store lacks."""
    health = overview.health
    entities = [entity for sync in _known_syncs(health) for entity in sync.entities]
    troubled = [entity for entity in entities if entity.level is not HealthLevel.IN_STEP]
    since = f" since {render.format_time(state.now, health.since)}" if health.since else ""
    if all(sync.level is not health.level for sync in health.syncs):
        return health.reason  # what is worst is beside all syncs
    if len(troubled) != 1:
        text = f"{len(troubled)} of {len(entities)} entities out of step{since}" if troubled else health.reason
    else:
        text = f"{_title_of(troubled[0], state)}{since}: {troubled[0].reason or troubled[0].state}"
    ids = {entity.id for entity in troubled}
    gaps = (counts.gap or 0 for counts in overview.entities if counts.name in ids and counts.is_counted_by_run)
    lacking = sum(max(gap, 0) for gap in gaps)
    rows = f" {state.glyphs.separator} {render.format_number(lacking, state.glyphs)} rows missing" if lacking else ""
    return text + rows


def _describe_proof(state: DashboardState, overview: Overview) -> list[str]:
    """Describe what is proved of all entities, the longest text first; none where nothing is, or not of all."""
    summary = summarize_proofs(overview.proofs, find_midnight(state.now, state.now.tzinfo))
    if summary is None:
        return []
    local, share = summary.through.astimezone(state.now.tzinfo), f"{int(summary.share * 100)} %"
    is_today = local.date() == state.now.date()
    through = render.format_clock(local) if is_today else render.format_time(state.now, local)
    return [f"proved through {through}, all ids, {share} of the contents today", f"proved {through}, {share} today"]


def _describe_calm(overview: Overview, glyphs: Glyphs) -> tuple[list[str], str]:
    """Describe how much there is, and what waits."""
    health = overview.health
    known = {entity.id for sync in _known_syncs(health) for entity in sync.entities}
    documents = sum(each.active + each.inactive for each in overview.entities if each.name in known)
    never = [render.format_action(sync.action, glyphs) for sync in health.syncs if sync.level is HealthLevel.UNKNOWN]
    parts = [
        "1 entity" if len(known) == 1 else f"{len(known)} entities",
        f"{render.format_number(documents, glyphs)} documents",
    ]
    if never:
        return parts, f"{' and '.join(never)} never synced"
    drifted = sum(bool(each.drift) for each in overview.entities)
    waits = f"fields of {'1 entity' if drifted == 1 else f'{drifted} entities'} changed in Odoo"
    return parts, waits if drifted else NOTHING


def _known_syncs(health: IntegrationHealth) -> list[SyncHealth]:
    return [sync for sync in health.syncs if sync.level is not HealthLevel.UNKNOWN]


def _title_of(entity: EntityHealth, state: DashboardState) -> str:
    known = state.catalog.find(entity.id)
    return known.title if known else entity.name


def _find_running(state: DashboardState) -> tuple[str, str, str]:
    """Find the running sync: its action, its state in a word, and the time of its start; empty without one."""
    own, foreign = state.own_run, state.foreign_run
    if own is not None:
        return own.action, "stopping" if own.stopping else "running", render.format_time(state.now, own.started_at)
    if foreign is not None:
        word = "stopping" if foreign.cancel_requested_by else "running"
        return foreign.action, word, render.format_time(state.now, foreign.started_at)
    return "", "", ""


def _sync_row(state: DashboardState, action: Action, sync: SyncHealth | None, width: int) -> Content:
    glyphs = state.glyphs
    running, word, since = _find_running(state)
    age, tone = f"since {since}" if width >= FULL_WIDTH else since, ""
    if running != action:
        word = sync.level if sync else HealthLevel.UNKNOWN if state.overview else "waiting"
        is_known = sync is not None and sync.level is not HealthLevel.UNKNOWN
        format_age = render.format_age if width >= FULL_WIDTH else render.format_short_age
        age = format_age(state.now, sync.last_success) if sync and is_known else ""
        tone = STYLE_BY_LEVEL.get(sync.level, "") if sync else ""
    color = render.STATE_COLORS.get(word, "")
    return render.assemble(
        (f"{glyphs.get_state_sign(word)} ", color),
        (f"{render.ACTION_TITLES[action]:<{TITLE_WIDTH}}", render.STRONG),
        (f"{word if state.overview else '':<{STATE_WIDTH}}", color),
        (age, tone or render.MUTED),
    )


def _describe_plan(state: DashboardState, action: Action) -> str:
    """Describe when a sync is due, or that it is paused; empty where nothing is planned, and while it runs."""
    planned = state.overview.find_planned(action) if state.overview else None
    if planned is None or _find_running(state)[0] == action:
        return ""
    if planned.pause:
        until = f" until {render.format_time(state.now, planned.pause.until)}" if planned.pause.until else ""
        return f"paused{until} by {planned.pause.by}"
    if planned.due is None:
        return ""
    is_past = planned.due.at <= state.now
    return "due now" if is_past else f"next {render.format_time(state.now, planned.due.at)}"
