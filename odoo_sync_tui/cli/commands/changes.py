"""``changes``: entries of the change log for programs, positions of consumers, and what one run changed."""

from __future__ import annotations

from dataclasses import asdict, replace
from math import inf
from typing import TYPE_CHECKING

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.output.changes import format_entry
from odoo_sync_tui.cli.output.differences import DEFAULT_DOCUMENTS, format_differences
from odoo_sync_tui.cli.output.format import format_time
from odoo_sync_tui.cli.output.stdout import emit, emit_json, emit_safe_lines, format_table, raise_if_reader_gone
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.core.changes.documents import to_json_lines
from odoo_sync_tui.core.changes.reading import ChangeGap, ChangePage, Consumer, to_difference, to_event
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.reports.differences import DifferenceKind
from odoo_sync_tui.core.text.format import format_number

if TYPE_CHECKING:  # the pipeline loads the drivers
    from odoo_sync_tui.pipeline.queries.changes import ChangeFeed, ChangeQueries

PAGE_SIZE = 200
WAIT_SECONDS = 1.0
"""How long a reader that has gone away may go unnoticed."""


def run(session: Session) -> int:
    """Print entries, acknowledge them, or list consumers.

    Raises:
        ConfigurationError: nothing is asked for, an entity, a run or an entry is unknown, or the settings say that
            nothing is written.
        SyncError: the store cannot be read or written.
    """
    options = session.options
    if not options.ask and not options.since:
        raise ConfigurationError(
            "Nothing is asked for.", "One of: changes tail, changes consumers, changes ack NAME ID, changes --since RUN"
        )
    settings = session.load_settings()
    from odoo_sync_tui.pipeline.backend import open_backend

    with open_backend(settings) as backend:
        queries = backend.change_queries
        if options.ask == "ack":
            return _acknowledge(session, queries)
        if options.ask == "consumers":
            return _list_consumers(session, queries)
        return _tail(session, queries) if options.ask else _show_run(session, queries)


def _tail(session: Session, queries: ChangeQueries) -> int:
    options = session.options
    query = queries.make_query(tuple(options.entity), tuple(options.field))
    has_gap, left = False, options.limit or inf
    with queries.open_feed(query, consumer=options.consumer, after=options.after) as feed:
        while left > 0:
            page = feed.read(int(min(left, PAGE_SIZE)))
            if page.gap:
                has_gap = True
                _print_gap(session, page.gap)
            _print_page(page, as_json=options.json)
            left -= len(page.changes)
            if page.is_last and not (options.follow and left > 0 and _wait(feed)):
                break
    return exit_codes.FAILED if has_gap else exit_codes.SUCCESS


def _wait(feed: ChangeFeed) -> bool:
    raise_if_reader_gone()
    feed.wait(WAIT_SECONDS)
    return True


def _print_page(page: ChangePage, *, as_json: bool) -> None:
    if not page.changes:
        return
    if as_json:
        emit_safe_lines(to_json_lines(map(to_event, page.changes)))
        return
    emit(*map(format_entry, page.changes))


def _print_gap(session: Session, gap: ChangeGap) -> None:
    session.progress_writer.print(f"{gap.message} Read the documents anew; what follows is complete.")
    if session.options.json:
        emit_json({"type": "gap", "after": gap.after, "through": gap.through})


def _acknowledge(session: Session, queries: ChangeQueries) -> int:
    options = session.options
    move = queries.rewind if options.rewind else queries.acknowledge
    consumer = move(options.consumer, options.id)
    if options.json:
        emit_json(asdict(consumer))
    else:
        emit(f"{consumer.name} has acknowledged all entries to {consumer.position}.")
    return exit_codes.SUCCESS


def _list_consumers(session: Session, queries: ChangeQueries) -> int:
    consumers = queries.list_consumers()
    if session.options.json:
        for consumer, behind in consumers:
            emit_json({**asdict(consumer), "behind": behind})
    elif consumers:
        header = ["consumer", "acknowledged", "position", "behind"]
        emit(*format_table(header, [_row(*each) for each in consumers], text_columns=2))
    else:
        session.progress_writer.print("No consumer has acknowledged anything yet.")
    return exit_codes.SUCCESS


def _row(consumer: Consumer, behind: int) -> list[str]:
    at = format_time(consumer.acknowledged_at)
    return [consumer.name, at, format_number(consumer.position), format_number(behind)]


def _show_run(session: Session, queries: ChangeQueries) -> int:
    options = session.options
    changes = queries.list_changes_of_run(queries.find_run(options.since))
    if options.json:
        emit_safe_lines(to_json_lines(map(to_event, changes)))
        return exit_codes.SUCCESS
    from odoo_sync_tui.pipeline.run.difference_log import DifferenceLog

    with DifferenceLog(DEFAULT_DOCUMENTS if options.limit is None else options.limit) as log:
        for change in changes:
            difference = to_difference(change)
            is_retired = difference.change is DifferenceKind.RETIRED  # its reason says it all
            log.add(replace(difference, fields={}) if is_retired else difference)
        if not log.summaries:
            emit("nothing was logged of this run")
        for line in format_differences(log, "--limit all"):
            emit(line)
    return exit_codes.SUCCESS
