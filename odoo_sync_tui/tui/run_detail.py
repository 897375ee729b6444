"""Full text of a run: operator and host, times, the outcome of each entity, and all problems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import cast

from textual.content import Content

from odoo_sync_tui.core.audit import AuditEvent
from odoo_sync_tui.core.records import QuarantinedRow, RunReport
from odoo_sync_tui.core.run import RunRecord
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.tui import view
from odoo_sync_tui.tui.glyphs import Glyphs
from odoo_sync_tui.tui.shown_run import EntitySummary, summary_of_record
from odoo_sync_tui.tui.widgets.columns import Column, fitting, row, titles
from odoo_sync_tui.tui.widgets.definitions import Entry, laid_out
from odoo_sync_tui.tui.widgets.run_list import state_word, stopping

LABEL_WIDTH = 14
TOLD = frozenset({"started", "finished"})
"""Events omitted from the timeline, because the run's record holds their facts."""

FIGURES = (
    Column("entity", 14),
    Column("state", 13),
    Column("synced", 10, 0, right=True),
    Column("created", 9, 0, right=True),
    Column("updated", 9, 0, right=True),
    Column("unchanged", 10, 3, right=True),
    Column("react.", 7, 4, right=True),
    Column("retired", 8, 0, right=True),
    Column("quar.", 6, 1, right=True),
    Column("withheld", 8, 2, right=True),
    Column("took", 7, 5, right=True),
)


def run_lines(report: RunReport, now: datetime, glyphs: Glyphs, width: int) -> list[Content]:
    """Format a run as lines of at most ``width`` cells. ``now`` is the operator's local time."""
    run = report.run
    summary = summary_of_record(run)
    failed, stale = glyphs.state("failed"), glyphs.state("stale")
    sections = (
        ("", _entries(_facts(run, glyphs), width)),
        ("Timeline", _entries(_timeline(report, now, glyphs), width)),
        ("Entities", list(_table(report, glyphs, width))),
        ("Read in Odoo up to", _entries(_cursors(run, now, glyphs), width)),
        ("Errors", _sentences(summary.errors, f"{failed} ", view.BAD, glyphs, width)),
        ("Warnings", _sentences(summary.warnings, f"{stale} ", view.WARN, glyphs, width)),
        ("Set aside", _quarantine(report, now, glyphs, width)),
    )
    lines: list[Content] = []
    for title, content in sections:
        if content:
            lines += [Content(""), view.line((title, view.STRONG))] if title else []
            lines += content
    return [view.fit(line, width, glyphs) for line in lines]


# ------------------------------------------------------------------------------------------------------ facts


def _facts(run: RunRecord, glyphs: Glyphs) -> Iterator[tuple[str, Content]]:
    operator = run.operator
    where = f"{view.safe(operator.host, glyphs, 80)}, process {operator.pid}"
    client = f", from {view.safe(operator.client, glyphs, 80)}" if operator.client else ""
    yield "run", Content(view.safe(run.id, glyphs, 80))
    yield "operator", Content(f"{view.safe(operator.name, glyphs, 80)} on {where}{client}")
    yield "scope", Content(_scope(run.scope, glyphs))
    if run.scope.filtered:
        yield "filter", Content(f"{view.safe(run.scope.domain, glyphs, 1000)}; retires nothing, moves no cursor")
    for name, count in run.scope.confirm_retire.items():
        text = f"up to {view.number(count, glyphs)} documents of {view.safe(name, glyphs, 40)} may be retired"
        yield "confirmed", Content(text)
    if run.continues:
        yield "continues", Content(f"run {view.safe(run.continues, glyphs, 80)}, which was cut off")
    if run.interrupted_by:
        yield "cut off", Content(f"as run {view.safe(run.interrupted_by, glyphs, 80)} found")


def _scope(scope: Scope, glyphs: Glyphs) -> str:
    entities = ", ".join(view.safe(name, glyphs, 40) for name in scope.entities) or "all entities"
    return f"{scope.mode}, {entities}" + (", dry run: nothing is written" if scope.dry_run else "")


def _timeline(report: RunReport, now: datetime, glyphs: Glyphs) -> Iterator[tuple[str, Content]]:
    run = report.run
    yield view.moment_of(now, run.started_at), Content("started")
    for event in report.events:
        if event.details.get("event") not in TOLD:
            yield view.moment_of(now, event.timestamp), Content(_event_line(event, glyphs))
    if run.cancel_requested_by:
        yield "", Content(f"{view.safe(run.cancel_requested_by, glyphs, 80)} asked it to stop")
    if run.finished_at is None:
        yield view.moment_of(now, run.heartbeat_at), Content(f"last sign of life, {view.age(now, run.heartbeat_at)}")
    else:
        took = view.duration((run.finished_at - run.started_at).total_seconds(), glyphs)
        ended = view.line("ended ", view.state_part(state_word(run), glyphs), f" after {took}{_reason(report, glyphs)}")
        yield view.moment_of(now, run.finished_at), ended
    if run.live:
        word = "at work, stops at its next page" if stopping(run) else "at work"
        yield "now", view.line((word, view.ACCENT))


def _reason(report: RunReport, glyphs: Glyphs) -> str:
    """Format who or what stopped the run, if anything did."""
    reason = next((event.details["reason"] for event in report.events if event.details.get("reason")), "")
    return f", {view.safe(reason, glyphs)}" if reason else ""


def _event_line(event: AuditEvent, glyphs: Glyphs) -> str:
    """Format an event of the run in one line."""
    details = (
        f"{name} {value}"
        for name, value in event.details.items()
        if name != "event" and isinstance(value, str | int) and value != ""
    )
    subject = event.details.get("event") or event.outcome or event.action
    return view.safe(f"{subject} ({', '.join(details)})", glyphs)


# --------------------------------------------------------------------------------------------------- entities


def _table(report: RunReport, glyphs: Glyphs, width: int) -> Iterator[Content]:
    entities = _entities(report.run)
    if not entities:
        return
    columns = fitting(FIGURES, width)
    yield titles(columns, width, glyphs)
    for entity in entities:
        cells = _cells(entity, report.titles, glyphs)
        yield row(columns, [cells[column.title] for column in columns], width, glyphs)
        checkpoint = _checkpoint(report.run, entity.name)
        if checkpoint and not report.run.result:
            yield view.line((f"  stored up to Odoo id {view.number(checkpoint, glyphs)}", view.MUTED))


def _entities(run: RunRecord) -> Sequence[EntitySummary]:
    """Return the entities' outcomes; of a live run, their present state."""
    if run.live and run.progress:
        return [EntitySummary(each.name, each.state, each.counts, 0, each.seconds) for each in run.progress.entities]
    return summary_of_record(run).entities


def _cells(entity: EntitySummary, names: Mapping[str, str], glyphs: Glyphs) -> dict[str, Content | str]:
    counts = entity.counts
    figures = {
        "synced": counts.synced, "created": counts.created, "updated": counts.updated, "unchanged": counts.unchanged,
        "react.": counts.reactivated, "retired": counts.deactivated,
    }  # fmt: skip
    troubles = {"quar.": counts.quarantined, "withheld": entity.withheld}
    return {
        "entity": view.safe(names.get(entity.name, entity.name), glyphs, 60),
        "state": view.state_part(view.safe(entity.state, glyphs, 20), glyphs),
        **{title: view.line((view.number(n, glyphs), "" if n else view.MUTED)) for title, n in figures.items()},
        **{title: view.line((view.number(n, glyphs), view.WARN if n else view.MUTED)) for title, n in troubles.items()},
        "took": view.duration(entity.seconds, glyphs),
    }


def _checkpoint(run: RunRecord, name: str) -> int | None:
    positions = (point.through for entity_id, point in run.checkpoints.items() if entity_id.rpartition(":")[2] == name)
    return next(positions, None)


def _cursors(run: RunRecord, now: datetime, glyphs: Glyphs) -> Iterator[tuple[str, Content]]:
    """Format each entity's cursor after the run and before."""
    for name, result in _mapping(run.result.get("entities")).items():
        before, after = (_parse_time(_mapping(result).get(key)) for key in ("cursor_before", "cursor_after"))
        if before is None and after is None:
            continue
        earlier = view.full_moment(now, before) if before else "never"
        text = f"{view.full_moment(now, after)}, before that {earlier}" if after else f"still {earlier}"
        yield view.safe(name, glyphs, LABEL_WIDTH - 1), Content(text)


# ---------------------------------------------------------------------------------------------- what is wrong


def _sentences(texts: Sequence[str], sign: str, color: str, glyphs: Glyphs, width: int) -> list[Content]:
    lines: list[Content] = []
    for text in texts:
        lines += Content.styled(f"{sign}{view.safe(text, glyphs, 4000)}", color).wrap(width)
    return lines


def _quarantine(report: RunReport, now: datetime, glyphs: Glyphs, width: int) -> list[Content]:
    page, counted = report.quarantine, summary_of_record(report.run).counts.quarantined
    lines: list[Content] = []
    for entry in page.rows:
        lines += quarantined_row(entry, report.titles, now, glyphs, width)
    if page.more:
        lines.append(view.line((f"{glyphs.cut} and more: the screen of the entity has them all", view.MUTED)))
    elif counted > len(page.rows):
        retried = view.number(counted - len(page.rows), glyphs)
        lines.append(view.line((f"{retried} others were tried again by later runs", view.MUTED)))
    return lines


def quarantined_row(
    entry: QuarantinedRow, names: Mapping[str, str], now: datetime, glyphs: Glyphs, width: int
) -> list[Content]:
    """Format a quarantined row with its full reason."""
    name = entry.entity.rpartition(":")[2]
    tries = "1 attempt" if entry.attempts == 1 else f"{view.number(entry.attempts, glyphs)} attempts"
    facts = f"{tries}, first {view.age(now, entry.first_seen)}"
    head = view.line(
        f"{view.safe(names.get(name, name), glyphs, 60)} ",
        (str(entry.odoo_id), view.STRONG),
        (f"  {facts}", view.MUTED),
    )
    reason = Content.styled(view.safe(entry.reason, glyphs, 2000), view.WARN).wrap(max(8, width - 2))
    return [view.fit(head, width, glyphs), *(text.pad_left(2) for text in reason)]


# ----------------------------------------------------------------------------------------------------- shared


def _entries(pairs: Iterator[tuple[str, Content]], width: int) -> list[Content]:
    entries = [Entry(text, view.line((label, view.MUTED))) for label, text in pairs]
    return laid_out(entries, LABEL_WIDTH, width).split("\n", allow_blank=True) if entries else []


def _mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def _parse_time(value: object) -> datetime | None:
    """Parse a date stored as ISO text; ``None`` for any other value."""
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else None
