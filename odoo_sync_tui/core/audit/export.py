"""Export of audit events: rows of CSV, lines of JSON. Nothing in either can act on a terminal that shows the file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import cast

from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.core.result import Counts
from odoo_sync_tui.core.text.csv_cells import csv_line, format_cell
from odoo_sync_tui.core.text.jsonable import to_jsonable
from odoo_sync_tui.core.text.sanitize import clean

COUNT_NAMES = tuple(Counts().as_dict())
COLUMNS = ("timestamp", "action", "user_id", "outcome", "run_id", *COUNT_NAMES, "errors", "details", "source", "id")


class ExportFormat(StrEnum):
    """Format of an export file; the value is the file name's ending."""

    CSV = "csv"
    JSON_LINES = "jsonl"


def export_lines(events: Iterable[AuditEvent], export_format: ExportFormat) -> Iterator[str]:
    """Format events as lines of a file, line ends included; CSV begins with the column names."""
    if export_format is ExportFormat.CSV:
        yield csv_line(COLUMNS)
    for event in events:
        yield (
            csv_line(_format_cells(event))
            if export_format is ExportFormat.CSV
            else f"{json.dumps(to_jsonable(event))}\n"
        )


def format_json(value: object) -> str:
    """Format a value as indented JSON, not limited to ASCII; escape only characters that could act on a terminal."""
    text = json.dumps(to_jsonable(value), indent=2, ensure_ascii=False)
    return "".join(char if char == "\n" or clean(char) == char else _escape(char) for char in text)


def _escape(char: str) -> str:
    return f"\\u{ord(char):04x}"


def _format_cells(event: AuditEvent) -> list[object]:
    details = event.details
    figures = (details.get(name) for name in COUNT_NAMES)
    return [
        str(to_jsonable(event.timestamp)),
        format_cell(event.action),
        format_cell(event.user_id),
        format_cell(event.outcome or ""),
        format_cell(event.run_id or ""),
        *(figure if isinstance(figure, int) and not isinstance(figure, bool) else "" for figure in figures),
        format_cell(" | ".join(_error_messages(details.get("errors")))),
        format_cell(json.dumps(to_jsonable(details), ensure_ascii=False)),
        format_cell(event.source),
        format_cell(event.id),
    ]


def _error_messages(errors: object) -> Iterator[str]:
    for error in cast("Sequence[object]", errors) if isinstance(errors, list | tuple) else ():
        yield _format_notice(cast("Mapping[object, object]", error)) if isinstance(error, Mapping) else str(error)


def _format_notice(notice: Mapping[object, object]) -> str:
    return " ".join(str(notice[name]) for name in ("message", "hint") if notice.get(name)) or str(to_jsonable(notice))
