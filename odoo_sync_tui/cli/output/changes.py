"""Text of entries of the change log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from odoo_sync_tui.cli.output.differences import MAX_FIELDS, format_change, format_name, format_rest, format_value
from odoo_sync_tui.cli.output.format import format_time
from odoo_sync_tui.core.changes.entry import FieldChange, LoggedChange
from odoo_sync_tui.core.changes.fields import ABSENT
from odoo_sync_tui.core.changes.reading import DocumentHistory, DocumentVersion
from odoo_sync_tui.core.reports.differences import ValueChange
from odoo_sync_tui.core.text.redaction import redact
from odoo_sync_tui.core.text.sanitize import sanitize

OMITTED = "the values were too large to be kept"
SHORT_RUN_ID = 8
MAX_LINE_FIELDS = 5


def format_entry(change: LoggedChange) -> str:
    """Format an entry as one line."""
    fields = [f"{format_name(each.name)} {_format_field(each)}" for each in change.fields[:MAX_LINE_FIELDS]]
    more = len(change.fields) - MAX_LINE_FIELDS
    fields += [f"{more} more"] if more > 0 else []
    text = OMITTED if change.values_omitted else ", ".join(fields)
    return f"{change.number}  {format_time(change.at)}  {change.type} {change.odoo_id}  {text}".rstrip()


def format_history(history: DocumentHistory) -> Iterator[str]:
    """Yield the lines of a document's versions, the newest last."""
    name = f" {format_value(history.name)}" if history.name else ""
    since = f"logged since {format_time(history.complete_since)}" if history.complete_since else "not all is logged"
    yield f"{history.entity} {history.odoo_id}{name}: {since}"
    if not history.versions:
        yield "no change since then"
    for version in history.versions:
        yield from _format_version(version)


def _format_version(version: DocumentVersion) -> Iterator[str]:
    change = version.change
    operator = f" by {sanitize(version.operator)}" if version.operator else ""
    first = ", first load" if change.first_load else ""
    run = redact(change.run_id)[:SHORT_RUN_ID]
    yield ""
    yield f"{format_time(change.at)}  {change.kind}{operator}, run {sanitize(run)}{first}"
    yield from (f"  {line}" for line in _format_fields(change))


def _format_fields(change: LoggedChange) -> Iterable[str]:
    if change.values_omitted:
        yield OMITTED
    yield from (f"{format_name(each.name)}: {_format_field(each)}" for each in change.fields[:MAX_FIELDS])
    yield from format_rest(len(change.fields) - MAX_FIELDS, "fields; --json shows them")


def _format_field(field: FieldChange) -> str:
    if field.old is ABSENT:
        return format_value(_or_none(field.new))
    if field.new is ABSENT:
        return f"{format_value(field.old)} -> (removed)"
    return format_change(ValueChange(field.old, field.new))


def _or_none(value: object) -> object:
    return None if value is ABSENT else value
