"""Audit events as rows for people: one row a run, and what happened in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import cast

from textual.content import Content

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.audit.events import AuditEvent, describe_interruption, describe_other_event
from odoo_sync_tui.core.text.coerce import as_float, as_int, as_mapping, as_mappings, as_text
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.model.glyphs import Glyphs
from odoo_sync_tui.tui.model.state import DashboardState

TIME_WIDTH, AGE_WIDTH, OUTCOME_WIDTH, TITLE_WIDTH = 11, 6, 13, 13
NARROW_WIDTH = 70  # below, neither the age nor the operator fits beside what happened
CALM_OUTCOMES = frozenset({Outcome.SUCCESS, None})
CHANGES = ("created", "updated", "reactivated", "deactivated")


def leave_out_starts(events: Iterable[AuditEvent]) -> Iterator[AuditEvent]:
    """Yield the events, newest first, without the starts of runs that have another event after it."""
    seen: set[str] = set()
    for event in events:
        if event.run_id and event.run_id in seen and event.details.get("event") == "started":
            continue
        if event.run_id:
            seen.add(event.run_id)
        yield event


def format_event_row(event: AuditEvent, state: DashboardState, width: int) -> Content:
    """Format an event in ``width`` cells: time, age, sign, sync, operator, and what happened in words."""
    word = format_outcome(event)
    sign = (state.glyphs.get_state_sign(word), render.STATE_COLORS.get(word, ""))
    age = render.assemble((render.format_short_age(state.now, event.timestamp), render.FAINT))
    cells = [
        (_time(event, state), TIME_WIDTH + 1),
        *([] if width < NARROW_WIDTH else [(render.fit_right(age, AGE_WIDTH, state.glyphs), AGE_WIDTH + 2)]),
        (render.assemble(sign), 2),
        *_subject_cells(event, state, width),
    ]
    return _layout(cells, _words_cell(event, state), width, state.glyphs)


def format_history_row(event: AuditEvent, state: DashboardState, width: int) -> Content:
    """Format an event in ``width`` cells: time, outcome, sync, operator, and what happened; without its age."""
    cells = [
        (_time(event, state), TIME_WIDTH + 1),
        (render.format_state(format_outcome(event), state.glyphs), OUTCOME_WIDTH + 1),
        *_subject_cells(event, state, width),
    ]
    return _layout(cells, _words_cell(event, state), width, state.glyphs)


def format_history_titles(state: DashboardState, width: int, sort_arrow: str) -> Content:
    """Format the titles of the columns of :func:`format_history_row`."""
    titles = (f"time {sort_arrow}", "outcome", "what", "operator")
    sizes = (TIME_WIDTH, OUTCOME_WIDTH, TITLE_WIDTH, _operator_width(width))
    cells = [(Content(title), size + 1) for title, size in zip(titles, sizes, strict=True) if size]
    return _layout(cells, Content("what happened"), width, state.glyphs).stylize(render.MUTED)


def format_outcome(event: AuditEvent) -> str:
    """Return the event's outcome; for an event that is no end, "started" or nothing."""
    if event.outcome is not None:
        return str(event.outcome)
    return "started" if event.details.get("event") == "started" else ""


def _time(event: AuditEvent, state: DashboardState) -> Content:
    return render.assemble((render.format_time(state.now, event.timestamp), render.MUTED))


def _subject_cells(event: AuditEvent, state: DashboardState, width: int) -> list[tuple[Content, int]]:
    """Build the cells that say what it was about, and whose it was."""
    operator = render.assemble((render.safe_text(event.user_id, state.glyphs, 60), render.MUTED))
    cells = [(Content(format_title(event, state.glyphs)), TITLE_WIDTH + 1), (operator, _operator_width(width) + 1)]
    return cells if _operator_width(width) else cells[:1]


def _operator_width(width: int) -> int:
    """Return the width of the column of operators; 0: there is no room for it."""
    return 0 if width < NARROW_WIDTH else 8 if width < 100 else 14


def _words_cell(event: AuditEvent, state: DashboardState) -> Content:
    """Build what happened: what went wrong is not faint."""
    return render.assemble((describe_event(event, state), render.MUTED if event.outcome in CALM_OUTCOMES else ""))


def _layout(cells: Sequence[tuple[Content, int]], last: Content, width: int, glyphs: Glyphs) -> Content:
    """Lay out one row; the last column takes the cells that the others leave."""
    fixed = [render.fit(content, size - 1, glyphs).pad_right(1) for content, size in cells]
    rest = width - sum(content.cell_length for content in fixed)
    return Content.assemble(*fixed, render.fit(last, rest, glyphs))


def describe_event(event: AuditEvent, state: DashboardState) -> str:
    """Describe what happened, in words, as one line."""
    glyphs, details = state.glyphs, event.details
    parts = list(_describe(event, state))
    if details.get("dry_run") is True:
        parts.append("dry run")
    text = f" {glyphs.separator} ".join(part for part in parts if part)
    return render.safe_text(text, glyphs, 500)


def _describe(event: AuditEvent, state: DashboardState) -> Iterator[str]:
    details = event.details
    interruption = describe_interruption(details, lambda moment: render.format_time(state.now, moment))
    if interruption:
        yield f"interrupted: {interruption}"
    elif done := describe_other_event(event, *_formats(state)):
        yield done
        yield _first_notice(details)
        yield as_text(details.get("reason")) or ""
    elif event.outcome in {Outcome.SUCCESS, Outcome.PARTIAL}:
        if event.outcome is Outcome.PARTIAL:
            yield _first_notice(details) or "partial"
        yield from _figures(details, state.glyphs)
    elif event.outcome is not None:
        yield as_text(details.get("reason")) or _first_notice(details) or str(event.outcome)
        yield from _figures(details, state.glyphs)
    elif details.get("event") == "started":
        yield f"started, {_describe_scope(as_mapping(details.get('scope')))}"
    else:
        yield from _describe_details(details)


def _formats(state: DashboardState) -> tuple[Callable[[int], str], Callable[[datetime], str]]:
    """Return how numbers and times are formatted."""
    return (
        lambda number: render.format_number(number, state.glyphs),
        lambda moment: render.format_time(state.now, moment),
    )


def _figures(details: Mapping[str, object], glyphs: Glyphs) -> Iterator[str]:
    """Yield what an end says in figures; nothing that is nought, but that nothing changed."""
    if "synced" not in details:
        return
    changed = sum(as_int(details.get(name)) for name in CHANGES)
    yield f"{render.format_number(changed, glyphs)} changed" if changed else "nothing changed"
    if synced := as_int(details.get("synced")):
        yield f"{render.format_number(synced, glyphs)} in step"
    if quarantined := as_int(details.get("quarantined")):
        yield f"{render.format_number(quarantined, glyphs)} quarantined"
    if "duration_seconds" in details:
        yield render.format_duration(as_float(details.get("duration_seconds")), glyphs)


def _first_notice(details: Mapping[str, object]) -> str:
    for notice in (*as_mappings(details.get("errors")), *as_mappings(details.get("warnings"))):
        entity, message = as_text(notice.get("entity")), as_text(notice.get("message")) or ""
        return f"{entity}: {message.rstrip('.')}" if entity else message.rstrip(".")
    return ""


def _describe_scope(scope: Mapping[str, object]) -> str:
    mode = as_text(scope.get("mode")) or ""
    rows = as_text(scope.get("selection")) or ("filtered" if scope.get("filter") else "")
    return f"{mode}, {rows}" if rows else mode


def _describe_details(details: Mapping[str, object]) -> Iterator[str]:
    for name, value in details.items():
        if value not in (None, "", [], {}):
            yield f"{_words(value)}" if name == "event" else f"{_words(name)} {_words(value)}"


def _words(value: object) -> str:
    if isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value).items()
        return ", ".join(f"{name} {_words(item)}" for name, item in items if item not in (None, ""))
    if isinstance(value, list | tuple):
        return " ".join(map(_words, cast("Sequence[object]", value)))
    return str(value).replace("_", " ") if isinstance(value, str) else str(value)


def format_title(event: AuditEvent, glyphs: Glyphs) -> str:
    """Return the title of the sync that the event is about, or its action in words."""
    title = render.format_action(event.action, glyphs)
    return title if title != event.action else title[:1].upper() + title[1:].replace("_", " ")
