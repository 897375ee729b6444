"""What is not well at this moment, in sentences: the most pressing first, and one cause once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from textual.content import Content

from odoo_sync_tui.core.progress import describe_trouble
from odoo_sync_tui.core.reports.health import Decision, EntityHealth, HealthLevel, SyncHealth
from odoo_sync_tui.core.reports.overview import Overview
from odoo_sync_tui.core.text.format import format_number
from odoo_sync_tui.tui.commands.keymap import get_key_display
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.layout import Entry
from odoo_sync_tui.tui.model.shown_runs import ShownRuns
from odoo_sync_tui.tui.model.state import DashboardState

STYLE_BY_LEVEL = {HealthLevel.WRONG: render.BAD, HealthLevel.ATTENTION: render.WARN}
SIGN_BY_STYLE = {render.BAD: "failed", render.WARN: "stale"}
MAX_LENGTH = 2000

Problem = tuple[str, str]
"""A sentence without its sign, and its style."""


def collect_problems(state: DashboardState, overview: Overview, told: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Collect the current problems as sentences with their styles, but for those that ``told`` sentences tell of."""
    found = dict(_find_problems(state, overview))
    return [(_with_sign(text, style, state), style) for text, style in found.items() if not _is_told(text, told)]


def format_problems(state: DashboardState, runs: ShownRuns) -> list[Entry]:
    """Format all current problems in full, and between runs the errors and warnings of the last one."""
    trouble = runs.live.progress.trouble if runs.live and runs.live.progress else None
    problems = {describe_trouble(trouble, state.now): render.WARN} if trouble else {}
    notices: dict[str, str] = {}
    if runs.last is not None and runs.live is None:
        notices = dict.fromkeys(runs.last.errors, render.BAD) | dict.fromkeys(runs.last.warnings, render.WARN)
    found = _find_problems(state, state.overview) if state.overview else ()
    problems |= {text: style for text, style in found if not _is_told(text, notices)}
    if state.problem is not None and state.stale_since is None:
        problems.setdefault(str(state.problem), render.BAD)
    problems |= notices
    for decision in state.overview.health.decisions if state.overview else ():
        if decision.kind == "retire" and not any(decision.message in text for text in problems):
            problems[f"{decision.entity}: {decision.message}"] = render.WARN
    entries: list[Entry] = []
    for text, style in problems.items():
        entries += [Entry(Content.styled(_with_sign(text, style, state), style)), Entry(Content(""))]
        if state.overview and text == state.overview.integration.settings_problem and state.setup:
            entries += [Entry(Content("\n".join(describe_setup(state)))), Entry(Content(""))]
    return entries[:-1]


def describe_setup(state: DashboardState) -> list[str]:
    """Describe which lines the settings file needs, and where it is, a text for each line; empty if it needs none."""
    overview, offer = state.overview, state.setup
    if offer is None or overview is None or not overview.integration.settings_problem:
        return []
    path = render.safe_text(offer.path, state.glyphs)
    return [f"Write into {path}:", *(f"  {render.safe_text(line, state.glyphs)}" for line in offer.lines)]


def _is_told(text: str, notices: Iterable[str]) -> bool:
    """Whether a notice of the last run tells of the same cause, and what to do besides."""
    reason = text.partition(": ")[2].rstrip(".")
    return bool(reason) and any(reason in notice for notice in notices)


def _with_sign(text: str, style: str, state: DashboardState) -> str:
    sign = state.glyphs.get_state_sign(SIGN_BY_STYLE[style])
    return f"{sign} {render.safe_text(text, state.glyphs, MAX_LENGTH)}"


def _find_problems(state: DashboardState, overview: Overview) -> Iterator[Problem]:
    health = overview.health
    if state.stale_since is not None:
        yield f"stale since {render.format_clock(state.stale_since)}: {state.problem or ''}", render.WARN
    if overview.integration.settings_problem:
        yield overview.integration.settings_problem, render.BAD
    if state.source_decision:
        key = get_key_display(state, "run.adopt_source")
        yield f"{state.source_decision.message.rstrip('.')}; {key} adopts it, if it is the same", render.BAD
    for sync in sorted(health.syncs, key=lambda sync: sync.level is not HealthLevel.WRONG):
        yield from _find_problems_of_sync(sync, health.decisions, state)
    if state.odoo_problem is not None:
        yield str(state.odoo_problem), render.WARN


def _find_problems_of_sync(
    sync: SyncHealth, decisions: tuple[Decision, ...], state: DashboardState
) -> Iterator[Problem]:
    """Yield what is wrong with the entities of a sync, then what waits for a decision."""
    if sync.level not in STYLE_BY_LEVEL:
        return
    titles = state.catalog.titles(sync.action)
    own = [decision for decision in decisions if decision.action == sync.action]
    if any(decision.kind == "source" for decision in own):  # it is said for all syncs at once
        return
    decided = {(decision.entity, HealthLevel.ATTENTION) for decision in own}
    is_of_run = all(entity.level is not sync.level for entity in sync.entities)
    if is_of_run and (sync.level is HealthLevel.WRONG or not own):
        yield f"{render.format_action(sync.action, state.glyphs)}: {sync.reason}", STYLE_BY_LEVEL[sync.level]
    by_reason: dict[tuple[str, str], list[str]] = {}
    for entity in sync.entities:
        if entity.level in STYLE_BY_LEVEL and (entity.name, entity.level) not in decided:
            names = by_reason.setdefault((entity.reason, STYLE_BY_LEVEL[entity.level]), [])
            names.append(_name_with_age(entity, titles, state))
    for (reason, style), names in by_reason.items():
        yield f"{', '.join(names)}: {reason}", style
    for decision in own:
        yield _describe_decision(decision, titles, state), render.WARN


def _name_with_age(entity: EntityHealth, titles: dict[str, str], state: DashboardState) -> str:
    name = titles.get(entity.name, entity.name)
    return f"{name} since {render.format_time(state.now, entity.since)}" if entity.since else name


def _describe_decision(decision: Decision, titles: dict[str, str], state: DashboardState) -> str:
    """Describe what waits, with the key that decides it."""
    count, name = format_number(decision.count), titles.get(decision.entity or "", decision.entity or "")
    match decision.kind:
        case "retire":
            return f"{count} {name} not retired: {get_key_display(state, 'run.confirm_retire')} decides"
        case "quarantine":
            rows = "row" if decision.count == 1 else "rows"
            return f"{count} {rows} of {name} in quarantine: {get_key_display(state, 'view.quarantine')} shows them"
        case _:
            key = get_key_display(state, decision.action.replace("sync_", "sync.", 1))
            return f"{render.format_action(decision.action, state.glyphs)}: {decision.message}; {key} continues it"
