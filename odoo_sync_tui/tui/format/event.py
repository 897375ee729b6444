"""An audit event as one line, and in full: in words, without what is nought or said elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Sized
from itertools import islice
from typing import cast

from textual.content import Content

from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.core.result import Counts, EntityResult, Notice
from odoo_sync_tui.core.text.coerce import as_datetime, as_float, as_int, as_mapping, as_text, as_texts
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.event_row import describe_event, format_outcome, format_title
from odoo_sync_tui.tui.format.layout import Entry
from odoo_sync_tui.tui.format.run import format_entities
from odoo_sync_tui.tui.model.glyphs import Glyphs
from odoo_sync_tui.tui.model.state import DashboardState

LABEL_WIDTH = 13
MAX_LINES = 1000
MAX_DEPTH = 6
MAX_NOTICE_LENGTH = 4000

SHOWN_IN_WORDS = frozenset({
    "event", "host", "pid", "client", "dry_run", "reason", "scope", "continues", "last_seen", "noticed_by",
    "synced", *Counts().as_dict(), "duration_seconds", "entities", "errors", "warnings",
})  # fmt: skip
"""Details that have words of their own; all others are shown by their names."""

KINDS_OF_THE_OUTCOME = frozenset({"started", "finished", "interrupted"})
"""Kinds of events that the outcome says already."""


def format_event(event: AuditEvent, state: DashboardState, width: int) -> list[Entry]:
    """Format the event in ``width`` cells: its facts, a table of its entities, its problems, and what is left."""
    head = [_entry(label, value, 0) for label, value in _facts(event, state)]
    details = list(islice(_details(_find_others(event), state.glyphs, 0), MAX_LINES + 1))
    more = [Entry(render.assemble((f"{state.glyphs.ellipsis} and more", render.MUTED)))]
    sections = (
        _entities(event, state, width),
        _notices(event, state.glyphs),
        details[:MAX_LINES] + (more if len(details) > MAX_LINES else []),
    )
    return head + [entry for section in sections if section for entry in (Entry(Content("")), *section)]


def format_event_line(event: AuditEvent, state: DashboardState) -> str:
    """Format the event as one line, as lists show it, but uncut and with its full time."""
    glyphs = state.glyphs
    names = (render.safe_text(name, glyphs) for name in (event.action, event.user_id))
    parts = (
        render.format_full_time(state.now, event.timestamp),
        *names,
        format_outcome(event),
        describe_event(event, state),
    )
    return "  ".join(part for part in parts if part)


def _entry(label: str, value: Content, depth: int) -> Entry:
    return Entry(value, render.assemble((f"{'  ' * depth}{label} ", render.MUTED)))


# ------------------------------------------------------------------------------------------------------ facts


def _facts(event: AuditEvent, state: DashboardState) -> Iterator[tuple[str, Content]]:
    glyphs = state.glyphs
    kind = as_text(event.details.get("event")) or ""
    says_more = kind and kind not in KINDS_OF_THE_OUTCOME and kind != event.action
    yield "what", Content(format_title(event, glyphs) + (f": {_words(kind, glyphs)}" if says_more else ""))
    if outcome := format_outcome(event):
        yield "outcome", render.format_state(outcome, glyphs)
    yield "time", Content(render.format_full_time(state.now, event.timestamp))
    texts = (
        ("operator", _describe_operator(event)), *_scope(as_mapping(event.details.get("scope")), glyphs),
        *_end(event, state), ("run", event.run_id), ("source", event.source if event.source != "odoo" else ""),
        ("event", event.id),
    )  # fmt: skip
    for label, text in texts:
        if text:
            yield label, Content(render.safe_text(text, glyphs, 2000))


def _describe_operator(event: AuditEvent) -> str:
    """Return who it was, on which host and in which process."""
    details = event.details
    host, client, pid = as_text(details.get("host")), as_text(details.get("client")), as_int(details.get("pid"))
    place = ", ".join(part for part in (host or "", f"process {pid}" if pid else "") if part)
    return event.user_id + (f" on {place}" if place else "") + (f", from {client}" if client else "")


def _scope(scope: Mapping[str, object], glyphs: Glyphs) -> Iterator[tuple[str, str]]:
    """Yield what the run was to cover."""
    if scope:
        entities = ", ".join(as_texts(scope.get("entities"))) or "all entities"
        yield "scope", ", ".join(part for part in (as_text(scope.get("mode")), entities) if part)
    selection = as_text(scope.get("selection")) or ""
    yield "rows", selection
    yield "filter", "" if selection else as_text(scope.get("filter")) or ""
    for name, count in as_mapping(scope.get("confirm_retire")).items():
        yield "confirmed", f"up to {render.format_number(as_int(count), glyphs)} documents of {name} may be retired"
    if scope.get("adopt_source"):
        yield "confirmed", "the records may be taken over by another Odoo"
    if scope.get("accept_mask_key"):
        yield "confirmed", "what is masked may be masked anew, with another key"


def _end(event: AuditEvent, state: DashboardState) -> Iterator[tuple[str, str]]:
    """Yield how it went: why it ended, what it changed, how long it took."""
    details, glyphs = event.details, state.glyphs
    yield "dry run", "nothing was written" if details.get("dry_run") is True else ""
    yield "reason", as_text(details.get("reason")) or ""
    continues = as_text(details.get("continues"))
    yield "continues", f"run {continues}, which was cut off" if continues else ""
    last_seen = as_datetime(details.get("last_seen"))
    yield "last seen", render.format_full_time(state.now, last_seen) if last_seen else ""
    yield "noticed by", as_text(details.get("noticed_by")) or ""
    counts = Counts.from_dict(details)
    synced = as_int(details.get("synced")) or counts.synced
    parts = ("created", "updated", "reactivated", "unchanged")
    figures = [f"{render.format_number(n, glyphs)} {name}" for name in parts if (n := getattr(counts, name))]
    whole = render.format_number(synced, glyphs) if synced else ""
    yield "in step", ": ".join(part for part in (whole, ", ".join(figures)) if part)
    yield "retired", render.format_number(counts.deactivated, glyphs) if counts.deactivated else ""
    yield "quarantined", render.format_number(counts.quarantined, glyphs) if counts.quarantined else ""
    yield "dismissed", render.format_number(counts.dismissed, glyphs) if counts.dismissed else ""
    seconds = as_float(details.get("duration_seconds"))
    yield "took", render.format_duration(seconds, glyphs) if seconds else ""


# ------------------------------------------------------------------------------------ entities and problems


def _entities(event: AuditEvent, state: DashboardState, width: int) -> list[Entry]:
    stored = as_mapping(event.details.get("entities"))
    entities = [EntityResult.from_dict(name, as_mapping(entity)) for name, entity in stored.items()]
    lines = format_entities(entities[:MAX_LINES], state.catalog.titles(event.action), state.glyphs, width)
    return [Entry(line) for line in lines]


def _notices(event: AuditEvent, glyphs: Glyphs) -> list[Entry]:
    """Build the errors, then the warnings, each as a sentence with what to do."""
    entries: list[Entry] = []
    for name, sign, tone in (("errors", "failed", render.BAD), ("warnings", "stale", render.WARN)):
        items = event.details.get(name)
        for item in islice(cast("Sequence[object]", items), MAX_LINES) if isinstance(items, list | tuple) else ():
            text = Notice.from_dict(cast("Mapping[str, object]", item)) if isinstance(item, Mapping) else item
            sentence = render.safe_text(text, glyphs, MAX_NOTICE_LENGTH)
            entries.append(Entry(render.assemble((f"{glyphs.get_state_sign(sign)} {sentence}", tone))))
    return entries


# ----------------------------------------------------------------------------------------------- what is left


def _find_others(event: AuditEvent) -> Mapping[str, object]:
    return {name: item for name, item in event.details.items() if name not in SHOWN_IN_WORDS and not _is_nothing(item)}


def _is_nothing(item: object) -> bool:
    """Whether a detail says nothing: it is nought or empty. A plain no is an answer."""
    is_nought = isinstance(item, int | float) and not isinstance(item, bool) and item == 0
    return item is None or is_nought or (isinstance(item, Sized) and not len(item))


def _words(name: object, glyphs: Glyphs) -> str:
    return render.safe_text(name, glyphs, 60).replace("_", " ")


def _details(details: Mapping[str, object], glyphs: Glyphs, depth: int) -> Iterator[Entry]:
    for key, item in details.items():
        yield from _detail(_words(key, glyphs), item, glyphs, depth)


def _detail(label: str, item: object, glyphs: Glyphs, depth: int) -> Iterator[Entry]:
    if depth < MAX_DEPTH and isinstance(item, Mapping) and item:
        yield _entry(label, Content(""), depth)
        yield from _details(cast("Mapping[str, object]", item), glyphs, depth + 1)
    elif depth < MAX_DEPTH and isinstance(item, list | tuple) and item:
        yield _entry(label, Content(""), depth)
        for index, entry in enumerate(cast("Sequence[object]", item), start=1):
            yield from _detail(f"{index}.", entry, glyphs, depth + 1)
    else:
        yield _entry(label, Content(_scalar(cast("object", item), glyphs)), depth)


def _scalar(item: object, glyphs: Glyphs) -> str:
    if isinstance(item, bool):
        return "yes" if item else "no"
    if isinstance(item, int):
        return render.format_number(item, glyphs)
    if item is None or item == "" or (isinstance(item, Sized) and not len(item)):
        return glyphs.no_value
    return render.safe_text(item, glyphs, 2000)
