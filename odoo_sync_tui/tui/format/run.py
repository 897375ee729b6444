"""Full text of a run: operator and host, times, the outcome of each entity, and all problems."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from textual.content import Content

from odoo_sync_tui.core.audit.events import AuditEvent, describe_interruption
from odoo_sync_tui.core.reports.details import QuarantinedRow, RunReport
from odoo_sync_tui.core.result import EntityResult
from odoo_sync_tui.core.run import RunRecord
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.core.text.coerce import as_text
from odoo_sync_tui.entities.catalog import EntityCatalog
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.layout import Column, Entry, Table, layout_entries, widen_first
from odoo_sync_tui.tui.model.glyphs import Glyphs
from odoo_sync_tui.tui.model.run_summary import summarize_record
from odoo_sync_tui.tui.model.state import DashboardState

LABEL_WIDTH = 14
LEADS_FURTHER = "underline"
"""Style of what another screen tells more about."""
OMITTED_EVENTS = frozenset({"started", "finished"})
"""Events omitted from the timeline, because the run's record holds their facts."""

COLUMNS = (
    Column("entity", 14),
    Column("state", 13),
    Column("synced", 10, 0, align_right=True),
    Column("created", 9, 0, align_right=True),
    Column("updated", 9, 0, align_right=True),
    Column("unchanged", 10, 3, align_right=True),
    Column("react.", 7, 4, align_right=True),
    Column("retired", 8, 0, align_right=True),
    Column("quar.", 6, 1, align_right=True),
    Column("dism.", 6, 4, align_right=True),
    Column("withheld", 8, 2, align_right=True),
    Column("took", 7, 5, align_right=True),
)

TROUBLES = frozenset({"quar.", "withheld"})
"""Columns whose figures are a warning."""


class RunLine(NamedTuple):
    """A line of a run's details. ``target`` is what it leads to: "entity:" and an id, "run:" or "event:" and an id."""

    content: Content
    target: str = ""


class _Fact(NamedTuple):
    """A label, its text, and what the text leads to."""

    label: str
    text: Content
    target: str = ""


def format_run(report: RunReport, state: DashboardState, width: int) -> list[RunLine]:
    """Format what a run's headline leaves out, in lines of at most ``width`` cells.

    What leads further is underlined.
    """
    run, now, glyphs = report.run, state.now, state.glyphs
    summary = summarize_record(run)
    failed, stale = glyphs.get_state_sign("failed"), glyphs.get_state_sign("stale")
    sections = (
        ("", _layout_facts(_facts(run, glyphs), width)),
        ("Timeline", _layout_facts(_timeline(report, now, glyphs), width)),
        ("Entities", list(_table(report.run, state.catalog, glyphs, width))),
        ("Read in Odoo up to", _layout_facts(_cursors(run, now, glyphs), width)),
        ("Errors", _sentences(summary.errors, f"{failed} ", render.BAD, glyphs, width)),
        ("Warnings", _sentences(summary.warnings, f"{stale} ", render.WARN, glyphs, width)),
        ("Quarantine", _quarantine(report, state, width)),
    )
    lines: list[RunLine] = []
    for title, section in sections:
        if section:
            lines += [RunLine(Content("")), RunLine(render.assemble((title, render.STRONG)))] if title else []
            lines += section
    return [RunLine(render.fit(line.content, width, glyphs), line.target) for line in lines]


# ------------------------------------------------------------------------------------------------------ facts


def _facts(run: RunRecord, glyphs: Glyphs) -> Iterator[_Fact]:
    operator = run.operator
    where = f"{render.safe_text(operator.host, glyphs, 80)}, process {operator.pid}"
    client = f", from {render.safe_text(operator.client, glyphs, 80)}" if operator.client else ""
    yield _Fact("run", Content(render.safe_text(run.id, glyphs, 80)))
    yield _Fact("host", Content(f"{where}{client}"))
    yield _Fact("scope", Content(_scope(run.scope, glyphs)))
    if run.scope.selection:
        rows = render.safe_text(run.scope.describe_rows(), glyphs, 1000)
        yield _Fact("rows", Content(f"{rows}; retires nothing by absence, moves no cursor"))
    elif run.scope.is_filtered:
        domain = render.safe_text(run.scope.domain, glyphs, 1000)
        yield _Fact("filter", Content(f"{domain}; retires nothing, moves no cursor"))
    for name, count in run.scope.confirm_retire.items():
        documents = f"{render.format_number(count, glyphs)} documents of {render.safe_text(name, glyphs, 40)}"
        text = f"up to {documents} may be retired"
        yield _Fact("confirmed", Content(text))
    if run.continues:
        earlier = render.assemble("run ", (render.safe_text(run.continues, glyphs, 80), LEADS_FURTHER))
        yield _Fact("continues", render.assemble(earlier, ", which was cut off"), f"run:{run.continues}")
    if run.interrupted_by:
        yield _Fact("cut off", Content(f"as {render.safe_text(run.interrupted_by, glyphs, 80)} noticed"))


def _scope(scope: Scope, glyphs: Glyphs) -> str:
    entities = ", ".join(render.safe_text(name, glyphs, 40) for name in scope.entities) or "all entities"
    return entities + (", dry run: nothing is written" if scope.dry_run else "")


def _timeline(report: RunReport, now: datetime, glyphs: Glyphs) -> Iterator[_Fact]:
    run = report.run
    yield _Fact(render.format_time(now, run.started_at), Content("started"))
    for event in report.events:
        if as_text(event.details.get("event")) not in OMITTED_EVENTS:
            text = render.assemble((_event_line(event, now, glyphs), LEADS_FURTHER))
            yield _Fact(render.format_time(now, event.timestamp), text, f"event:{event.id}")
    if run.cancel_requested_by:
        why = f": {render.safe_text(run.cancel_reason, glyphs, 200)}" if run.cancel_reason else ""
        yield _Fact("", Content(f"{render.safe_text(run.cancel_requested_by, glyphs, 80)} asked it to stop{why}"))
    if run.finished_at is None:
        sign_of_life = f"last sign of life, {render.format_age(now, run.heartbeat_at)}"
        yield _Fact(render.format_time(now, run.heartbeat_at), Content(sign_of_life))
    else:
        took = render.format_duration((run.finished_at - run.started_at).total_seconds(), glyphs)
        ended = render.assemble(
            "ended ", render.format_state(format_run_state(run), glyphs), f" after {took}{_reason(report, glyphs)}"
        )
        yield _Fact(render.format_time(now, run.finished_at), ended)
    if run.live:
        word = "at work, stops at its next page" if is_stopping(run) else "at work"
        yield _Fact("now", render.assemble((word, render.ACCENT)))


def _reason(report: RunReport, glyphs: Glyphs) -> str:
    """Format who or what stopped the run, if anything did."""
    reason = next((event.details["reason"] for event in report.events if event.details.get("reason")), "")
    return f", {render.safe_text(reason, glyphs)}" if reason else ""


def _event_line(event: AuditEvent, now: datetime, glyphs: Glyphs) -> str:
    """Format an event of the run in one line."""
    interruption = describe_interruption(event.details, lambda moment: render.format_time(now, moment))
    if interruption:
        return render.safe_text(interruption, glyphs)
    details = (
        f"{name} {value}"
        for name, value in event.details.items()
        if name != "event" and isinstance(value, str | int) and value != ""
    )
    subject = event.details.get("event") or event.outcome or event.action
    return render.safe_text(f"{subject} ({', '.join(details)})", glyphs)


# --------------------------------------------------------------------------------------------------- entities


def _table(run: RunRecord, catalog: EntityCatalog, glyphs: Glyphs, width: int) -> Iterator[RunLine]:
    entities = _entities(run)
    if not entities:
        return
    ids = catalog.ids(run.action)
    titles, *rows = format_entities(entities, catalog.titles(run.action), glyphs, width, linked=ids)
    yield RunLine(titles)
    for entity, row in zip(entities, rows, strict=True):
        yield RunLine(row, f"entity:{ids[entity.name]}" if entity.name in ids else "")
        checkpoint = _checkpoint(run, entity.name)
        if checkpoint and not run.result:
            stored = f"  stored up to Odoo id {render.format_number(checkpoint, glyphs)}"
            yield RunLine(render.assemble((stored, render.MUTED)))


def format_entities(
    entities: Sequence[EntityResult],
    titles: Mapping[str, str],
    glyphs: Glyphs,
    width: int,
    linked: Collection[str] = (),
) -> list[Content]:
    """Format a table of entities, titles first, without the columns in which all figures are nought; empty for none.

    Args:
        entities: the entities.
        titles: their titles by name; of others the name is shown.
        glyphs: the characters to draw with.
        width: the cells of a line.
        linked: the names of those that another screen tells more about.
    """
    if not entities:
        return []
    figures = [_figures(entity) for entity in entities]
    idle = {title for title in figures[0] if not any(each[title] for each in figures)}
    if not any(entity.seconds for entity in entities):
        idle.add("took")
    names = [render.safe_text(titles.get(entity.name, entity.name), glyphs, 60) for entity in entities]
    columns = widen_first([column for column in COLUMNS if column.title not in idle], names, width)
    table = Table(columns, width, glyphs)
    styles = [LEADS_FURTHER if entity.name in linked else "" for entity in entities]
    cells = [Content.styled(name, style) for name, style in zip(names, styles, strict=True)]
    rows = [table.format_row(_cells(each, name, glyphs)) for each, name in zip(entities, cells, strict=True)]
    return [table.format_titles(), *rows]


def _figures(entity: EntityResult) -> dict[str, int]:
    """Return the entity's figures by the titles of their columns."""
    counts = entity.counts
    return {
        "synced": counts.synced, "created": counts.created, "updated": counts.updated, "unchanged": counts.unchanged,
        "react.": counts.reactivated, "retired": counts.deactivated, "quar.": counts.quarantined,
        "dism.": counts.dismissed, "withheld": entity.withheld,
    }  # fmt: skip


def _entities(run: RunRecord) -> Sequence[EntityResult]:
    """Return the entities' outcomes; of a live run, their present state."""
    if run.live and run.progress:
        return [
            EntityResult(each.name, each.state, each.counts, seconds=each.seconds) for each in run.progress.entities
        ]
    return summarize_record(run).entities


def _cells(entity: EntityResult, name: Content, glyphs: Glyphs) -> dict[str, Content | str]:
    return {
        "entity": name,
        "state": render.format_state(render.safe_text(entity.state, glyphs, 20), glyphs),
        **{title: _format_figure(title, number, glyphs) for title, number in _figures(entity).items()},
        "took": render.format_duration(entity.seconds, glyphs),
    }


def _format_figure(title: str, number: int, glyphs: Glyphs) -> Content:
    tone = render.MUTED if not number else render.WARN if title in TROUBLES else ""
    return render.assemble((render.format_number(number, glyphs), tone))


def _checkpoint(run: RunRecord, name: str) -> int | None:
    positions = (point.through for entity_id, point in run.checkpoints.items() if entity_id.rpartition(":")[2] == name)
    return next(positions, None)


def _cursors(run: RunRecord, now: datetime, glyphs: Glyphs) -> Iterator[_Fact]:
    """Format each entity's cursor after the run and before."""
    for name, entity in run.result.entities.items() if run.result else ():
        before, after = entity.cursor_before, entity.cursor_after
        if before is None and after is None:
            continue
        earlier = render.format_full_time(now, before) if before else "never"
        text = f"{render.format_full_time(now, after)}, before that {earlier}" if after else f"still {earlier}"
        yield _Fact(render.safe_text(name, glyphs, 40), Content(text))


# ---------------------------------------------------------------------------------------------- what is wrong


def _sentences(texts: Sequence[str], sign: str, color: str, glyphs: Glyphs, width: int) -> list[RunLine]:
    lines: list[Content] = []
    for text in texts:
        lines += Content.styled(f"{sign}{render.safe_text(text, glyphs, 4000)}", color).wrap(width)
    return list(map(RunLine, lines))


def _quarantine(report: RunReport, state: DashboardState, width: int) -> list[RunLine]:
    page, counted, glyphs = report.quarantine, summarize_record(report.run).counts.quarantined, state.glyphs
    lines: list[RunLine] = []
    for entry in page.rows:
        target = f"entity:{entry.entity}" if state.catalog.find(entry.entity) else ""
        lines += [RunLine(line, target) for line in format_quarantined_row(entry, state, width)]
    more = ""
    if page.has_more:
        more = f"{glyphs.ellipsis} and more: the screen of the entity has them all"
    elif counted > len(page.rows):
        more = f"{render.format_number(counted - len(page.rows), glyphs)} others were tried again by later runs"
    return [*lines, RunLine(render.assemble((more, render.MUTED)))] if more else lines


def format_quarantined_row(entry: QuarantinedRow, state: DashboardState, width: int) -> list[Content]:
    """Format a quarantined row with its full reason."""
    glyphs, entity = state.glyphs, state.catalog.find(entry.entity)
    title = entity.title if entity else entry.entity.rpartition(":")[2]
    tries = "1 attempt" if entry.attempts == 1 else f"{render.format_number(entry.attempts, glyphs)} attempts"
    facts = f"{tries}, first {render.format_age(state.now, entry.first_seen)}"
    head = render.assemble(
        f"{render.safe_text(title, glyphs, 60)} ",
        (str(entry.odoo_id), f"bold {LEADS_FURTHER}" if entity else render.STRONG),
        (f"  {facts}", render.MUTED),
    )
    reason = Content.styled(render.safe_text(entry.reason, glyphs, 2000), render.WARN).wrap(max(8, width - 2))
    return [render.fit(head, width, glyphs), *(text.pad_left(2) for text in reason)]


# ----------------------------------------------------------------------------------------------------- shared


def _layout_facts(facts: Iterator[_Fact], width: int) -> list[RunLine]:
    """Lay out facts under each other, as far to the right as the longest label asks for."""
    lines: list[RunLine] = []
    known = list(facts)
    label_width = max(LABEL_WIDTH, *(len(label) + 1 for label, _, _ in known)) if known else LABEL_WIDTH
    for label, text, target in known:
        laid_out = layout_entries([Entry(text, render.assemble((label, render.MUTED)))], label_width, width)
        lines += [RunLine(line, target) for line in laid_out.split("\n", allow_blank=True)]
    return lines


def format_run_state(run: RunRecord) -> str:
    """Return the run's state in a word: its outcome, "running" or "stopping", or "interrupted" without an end."""
    if run.live:
        return "stopping" if is_stopping(run) else "running"
    return str(run.outcome or "interrupted")


def describe_run(run: RunRecord, now: datetime, glyphs: Glyphs) -> str:
    """Describe a run at work in three lines: whose it is and since when, its scope, and how far it is."""
    who = f"{render.safe_text(run.operator.name, glyphs, 40)} on {render.safe_text(run.operator.host, glyphs, 40)}"
    rows = render.safe_text(run.scope.describe_rows(), glyphs, 200)
    what = f"{render.format_action(run.action, glyphs)}, {run.scope.mode}, {_scope(run.scope, glyphs)}"
    what += f", {rows}" if rows else ""
    since = f"{render.format_time(now, run.started_at)} ({render.format_age(now, run.started_at)})"
    entities = run.progress.entities if run.progress else ()
    begun = [
        f"{render.safe_text(entity.name, glyphs, 40)} {render.format_number(entity.done, glyphs)}"
        f" of {render.format_number(entity.total, glyphs)}"
        for entity in entities
        if 0 < entity.done != entity.total
    ]
    done = f"\nRows so far: {', '.join(begun)}." if begun else ""
    return f"{who} started it at {since}.\n{what}.{done}"


def is_stopping(run: RunRecord) -> bool:
    """Whether a live run was asked to stop."""
    return bool(run.cancel_requested_by or (run.progress and run.progress.stopping))
