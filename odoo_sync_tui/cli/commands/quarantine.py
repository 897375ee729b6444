"""``quarantine``: look at rows that could not be read or stored; try them again, dismiss them, export them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from typing import TYPE_CHECKING

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.commands import sync
from odoo_sync_tui.cli.output.format import format_time
from odoo_sync_tui.cli.output.stdout import emit, emit_json, format_table
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.cli.signals import cancel_on_signal
from odoo_sync_tui.core.entity import BrokenRule
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.reports.details import RULES, QuarantinedRow, flatten
from odoo_sync_tui.core.scope import Scope, Selection
from odoo_sync_tui.core.text.format import format_number
from odoo_sync_tui.core.text.jsonable import to_jsonable
from odoo_sync_tui.runtime.cancel import CancelToken

if TYPE_CHECKING:  # the pipeline loads the drivers
    from odoo_sync_tui.pipeline.backend import Backend
    from odoo_sync_tui.settings.model import Settings

UNKNOWN_RULE = ("what is wrong says the next run", "Sync again.")
"""Words about a row that an earlier version of the program has put there."""


def run(session: Session) -> int:
    """Do what is asked for; return the exit code of a run that tries rows again.

    Raises:
        ConfigurationError: an entity or a row is unknown, or the settings say that nothing is written.
        SyncError: the store cannot be read or written, or a run is at work.
    """
    options = session.options
    operator = getattr(options, "user", None)
    settings = session.load_settings({} if operator is None else {"operator": operator})
    if options.ask in {"retry", "dismiss"}:
        settings.ensure_writable()
    from odoo_sync_tui.pipeline.backend import open_backend

    with open_backend(settings) as backend:
        match options.ask:
            case "list":
                return _list(session, backend)
            case "show":
                return _show(session, backend)
            case "retry":
                return _retry(session, settings, backend)
            case "dismiss":
                return _dismiss(session, settings, backend)
            case _:
                for row in backend.quarantine_queries.iter_rows(_names(session), rule=_rule(session)):
                    emit_json(row)
                return exit_codes.SUCCESS


def _list(session: Session, backend: Backend) -> int:
    options, queries = session.options, backend.quarantine_queries
    rows = queries.iter_rows(_names(session), rule=_rule(session), dismissed=options.dismissed, with_values=False)
    if options.json:
        for row in rows:
            emit_json({name: value for name, value in _as_dict(row).items() if name != "row"})
        return exit_codes.SUCCESS
    found = sorted(rows, key=lambda row: (row.entity, str(row.rule)))
    for (entity_id, rule), group in groupby(found, key=lambda row: (row.entity, row.rule)):
        emit(*_format_group(entity_id, rule, list(group), options.limit))
    if not found:
        emit("no row is dismissed" if options.dismissed else "no row is in quarantine")
    if not options.dismissed and (dismissed := queries.count_dismissed()):
        emit(f"{format_number(dismissed)} dismissed: --dismissed lists them")
    return exit_codes.SUCCESS


def _format_group(
    entity_id: str, rule: BrokenRule | None, rows: Sequence[QuarantinedRow], limit: int | None
) -> list[str]:
    """Format the rows of an entity that break one rule."""
    wrong, _ = RULES[rule] if rule else UNKNOWN_RULE
    header = ["id", "attempts", "since", "reason"]
    cells = [
        [str(row.odoo_id), format_number(row.attempts), format_time(row.first_seen), _describe(row)]
        for row in islice(rows, limit)
    ]
    more = [f"  and {format_number(len(rows) - len(cells))} more: --limit all"] if len(rows) > len(cells) else []
    title = f"{entity_id}, {format_number(len(rows))}: {wrong}" + (f" ({rule})" if rule else "")
    return [title, *(f"  {line}" for line in format_table(header, cells, text_columns=0, text_from=2)), *more, ""]


def _describe(row: QuarantinedRow) -> str:
    dismissal = row.dismissal
    return f"{row.reason} [dismissed by {dismissal.by}: {dismissal.reason}]" if dismissal else row.reason


def _show(session: Session, backend: Backend) -> int:
    entity = backend.quarantine_queries.get_entity(session.options.entity)
    (row,) = _find(session, backend, [session.options.id], dismissed=None)
    if session.options.json:
        emit_json(_as_dict(row))
        return exit_codes.SUCCESS
    wrong, help_text = RULES[row.rule] if row.rule else UNKNOWN_RULE
    facts = [
        ["reason", row.reason],
        ["what helps", help_text],
        ["since", f"{format_time(row.first_seen)}, tried {format_number(row.attempts)} x"],
        ["last", f"{format_time(row.last_seen)}, run {row.run_id}"],
    ]
    if dismissal := row.dismissal:
        facts.append(["dismissed", f"by {dismissal.by}, {format_time(dismissal.at)}: {dismissal.reason}"])
    lines = [f"{label.ljust(10)}  {text}" for label, text in facts]
    emit(f"{entity.title} {row.odoo_id}: {wrong}", *lines, *_format_values(row))
    return exit_codes.SUCCESS


def _format_values(row: QuarantinedRow) -> Iterator[str]:
    """Format the values of a row, with a mark at the one that its reason names."""
    if row.row is None:
        yield "Nothing is known of its values."
        return
    values = flatten(row.row)
    width = max(map(len, values), default=0)
    for name, value in values.items():
        mark = ">" if name == row.field_at_fault else " "
        yield f"{mark} {name.ljust(width)}  {json.dumps(to_jsonable(value), ensure_ascii=False)}"


def _retry(session: Session, settings: Settings, backend: Backend) -> int:
    entity = backend.quarantine_queries.get_entity(session.options.entity)
    ids = [
        row.odoo_id
        for row in _find(session, backend, session.options.ids, dismissed=None if session.options.ids else False)
    ]
    if not ids:
        raise ConfigurationError(
            f"No row of {entity.title} is in quarantine.", "Look at: odoo-sync-tui quarantine list"
        )
    scope, cancel = Scope((entity.name,), selection=Selection(tuple(ids))), CancelToken()
    with cancel_on_signal(cancel, session.progress_writer.print) as signals:
        result = sync.execute(session, settings, scope, backend, entity.action, cancel)
    left = sum(1 for _ in backend.quarantine_queries.iter_rows([entity.id], ids=ids))
    session.progress_writer.print(
        f"{format_number(len(ids) - left)} of {format_number(len(ids))} rows left the quarantine."
    )
    return exit_codes.of_signal(signals.received) if signals.received else exit_codes.of_result(result)


def _dismiss(session: Session, settings: Settings, backend: Backend) -> int:
    options, service = session.options, backend.service()
    entity = backend.quarantine_queries.get_entity(options.entity)
    if not options.ids and not options.rule:
        raise ConfigurationError("No row is named.", "Name ids, or --rule for all rows that break it.")
    if not options.undo and not options.reason:
        raise ConfigurationError("Why they are dismissed is not said.", "Add --reason TEXT: it is kept with the rows.")
    rows = _find(session, backend, options.ids, dismissed=options.undo)
    found = service.dismiss_rows(settings.operator_name, entity.id, rows, options.reason or "", undo=options.undo)
    changed = [row.odoo_id for row in found]
    if options.json:
        emit_json({"entity": entity.name, "reopened" if options.undo else "dismissed": changed})
    else:
        done = "back in the quarantine" if options.undo else "dismissed, until they change in Odoo"
        emit(f"{format_number(len(changed))} of {format_number(len(rows))} rows of {entity.title}: {done}.")
    return exit_codes.SUCCESS


def _find(session: Session, backend: Backend, ids: Sequence[int], *, dismissed: bool | None) -> list[QuarantinedRow]:
    """Find the rows of the entity that are named, or all of a rule.

    Raises:
        ConfigurationError: one that is named is not there.
    """
    queries = backend.quarantine_queries
    entity, rule = queries.get_entity(session.options.entity), _rule(session)
    rows = list(queries.iter_rows([entity.id], ids=ids, rule=rule, dismissed=dismissed))
    missing = sorted(set(ids).difference(row.odoo_id for row in rows))
    if missing:
        state = "dismissed" if dismissed else "in quarantine"
        others = f" and {len(missing) - 1} others are" if len(missing) > 1 else " is"
        raise ConfigurationError(
            f"Row {missing[0]} of {entity.title}{others} not {state}.",
            f"Look at: odoo-sync-tui quarantine list {entity.id}{' --dismissed' if dismissed else ''}",
        )
    return rows


def _as_dict(row: QuarantinedRow) -> dict[str, object]:
    """Convert a row to plain data."""
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


def _names(session: Session) -> list[str]:
    return [session.options.entity] if session.options.entity else []


def _rule(session: Session) -> BrokenRule | None:
    rule: str | None = getattr(session.options, "rule", None)
    return BrokenRule(rule) if rule else None
