"""``audit``: show the history, newest first, or verify that it is unchanged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.output.format import format_time
from odoo_sync_tui.cli.output.stdout import emit, emit_json
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.audit.events import (
    AuditEvent,
    AuditQuery,
    ChainBreak,
    ChainReport,
    NotedHead,
    describe_interruption,
    describe_other_event,
)
from odoo_sync_tui.core.audit.filter import NO_OUTCOME, describe_unknown_actions, find_actions
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.result import Counts
from odoo_sync_tui.core.text.format import format_number
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.runtime.files import FileError, translate_os_errors, write_atomically

if TYPE_CHECKING:  # the pipeline loads the drivers
    from odoo_sync_tui.pipeline.queries.overview import OverviewQueries

_DEFAULT_LIMIT = 50
_PAGE_SIZE = 500
_MAX_LISTED_BREAKS = 100
_MAX_SUMMARY_LENGTH = 160
_MAX_HEAD_BYTES = 1000


def run(session: Session) -> int:
    """Print the selected events, or verify the whole history.

    Raises:
        ConfigurationError: the options contradict each other, or the file of the noted head holds something else.
        SyncError: the store, or that file, cannot be read or written.
    """
    return _verify(session) if session.options.verify else _show(session)


def _show(session: Session) -> int:
    options = session.options
    if options.head_file:
        raise ConfigurationError("--head-file belongs to --verify.", "Add --verify.")
    settings = session.load_settings()
    query = AuditQuery(
        actions=find_actions(options.action) if options.action else (),
        user_id=options.user,
        outcome=Outcome(options.outcome) if options.outcome not in {None, NO_OUTCOME} else None,
        since=options.since,
        no_outcome=options.outcome == NO_OUTCOME,
    )
    from odoo_sync_tui.pipeline.backend import open_backend

    with open_backend(settings) as backend:
        events = _events(backend.overview_queries, query, options.limit or _DEFAULT_LIMIT)
        is_empty = True
        for event in events:
            is_empty = False
            if options.json:
                emit_json(event)
            else:
                emit(_line(event))
    if is_empty and (unknown := describe_unknown_actions(query.actions)):
        session.progress_writer.print(unknown)
    return exit_codes.SUCCESS


def _verify(session: Session) -> int:
    options = session.options
    if any((options.limit, options.since, options.action, options.user, options.outcome)):
        raise ConfigurationError("--verify reads the whole history.", "Leave out the options that choose events.")
    settings = session.load_settings()
    head_file = Path(options.head_file) if options.head_file else None
    noted = _read_head(head_file) if head_file else None
    listed: list[ChainBreak] = []

    def report_break(problem: ChainBreak) -> None:
        if not options.json:
            emit(str(problem))
        elif len(listed) < _MAX_LISTED_BREAKS:
            listed.append(problem)

    from odoo_sync_tui.pipeline.backend import open_backend

    with open_backend(settings) as backend:
        report = backend.overview_queries.verify_audit_log(report_break, noted)
    is_first = noted is None and not report.breaks  # the first note takes what is unproven as it is
    if head_file and report.head and (report.is_intact or is_first):
        _write_head(head_file, report.head)
    if options.json:
        emit_json({**report.as_dict(), "breaks": [problem.as_dict() for problem in listed]})
    else:
        emit(*format_report(report))
    return exit_codes.SUCCESS if report.is_intact else exit_codes.FAILED


def format_report(report: ChainReport) -> list[str]:
    """Format the verdict on the history, and its head."""
    verdict = f"broken, {format_number(report.breaks)} problems" if report.breaks else "intact"
    if report.unproven and not report.breaks:
        verdict = f"unproven, {format_number(report.unproven)} events beside the chain"
    parts = [f"{verdict}: {format_number(report.events)} events, {format_number(report.runs)} runs"]
    if report.unanchored:
        parts.append(f"{format_number(report.unanchored)} runs without a record")
    if report.unchained:
        parts.append(f"{format_number(report.unchained)} events without a hash, older than the chain")
    if report.missing:
        parts.append(f"{format_number(report.missing)} events that a killed process announced and did not write")
    if report.outside:
        outside = format_number(report.outside)
        parts.append(f"{outside} events beside the chain, as an earlier version of this program writes them")
    to_note = [] if report.breaks or report.head is None else [f"head {report.head}"]
    return ["; ".join(parts), *to_note]


def _read_head(path: Path) -> NotedHead | None:
    """Read the head that was noted in the file; ``None`` when there is no file yet."""
    with translate_os_errors(FileError, f"The file {path} could not be read", "Give rights there, or name another."):
        if not path.exists():
            return None
        with path.open("rb") as file:
            text = file.read(_MAX_HEAD_BYTES).decode("ascii", "replace")
    noted = NotedHead.parse(text.removeprefix("head "))
    if noted is None:
        raise ConfigurationError(
            f"The file {path} holds no head of the audit history.",
            "Name the file that --head-file has written, or none.",
        )
    return noted


def _write_head(path: Path, head: NotedHead) -> None:
    with translate_os_errors(FileError, f"The file {path} could not be written", "Give rights there, or name another."):
        write_atomically(path, [f"head {head}\n"])


def _events(monitor: OverviewQueries, query: AuditQuery, limit: int) -> Iterator[AuditEvent]:
    """Read up to ``limit`` events, a page at a time, so that a long history needs no memory."""
    after: str | None = None
    while limit > 0:
        page = monitor.list_events(query, min(limit, _PAGE_SIZE), after)
        yield from page.events
        limit -= len(page.events)
        after = page.after
        if after is None:
            return


def _line(event: AuditEvent) -> str:
    outcome = str(event.outcome or event.details.get("event", ""))
    columns = [format_time(event.timestamp), f"{sanitize(event.action):<16}", f"{sanitize(event.user_id):<12}"]
    return "  ".join([*columns, f"{sanitize(outcome):<11}", _summarize(event)]).rstrip()


def _summarize(event: AuditEvent) -> str:
    known = describe_other_event(event, format_number, format_time) or ""
    parts = (sanitize(known, _MAX_SUMMARY_LENGTH), summarize_details(event.details))
    return ", ".join(part for part in parts if part)


def summarize_details(details: Mapping[str, object]) -> str:
    """Summarize the most important details: counts that are not zero, the reason, the first error."""
    if interruption := describe_interruption(details, format_time):
        return sanitize(interruption, _MAX_SUMMARY_LENGTH)
    parts = [
        f"{format_number(number)} {name}"
        for name in Counts().as_dict()
        if isinstance(number := details.get(name), int) and number
    ]
    if details.get("dry_run") is True:
        parts.append("dry run")
    if reason := details.get("reason"):
        parts.append(str(reason))
    errors = details.get("errors")
    if isinstance(errors, list | tuple) and errors:
        first = cast("list[object]", errors)[0]
        message = cast("Mapping[str, object]", first).get("message", "") if isinstance(first, Mapping) else first
        parts.append(str(message))
    return sanitize(", ".join(parts), _MAX_SUMMARY_LENGTH)
