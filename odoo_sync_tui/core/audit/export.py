"""Export of audit events: rows of CSV, lines of JSON.

A cell that begins like a formula is defused, because spreadsheets would compute it, and an operator's name or a
server's message is not meant as a formula. Nothing in either format can act on a terminal that shows the file.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import cast

from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.core.result import Counts
from odoo_sync_tui.core.text.jsonable import to_jsonable
from odoo_sync_tui.core.text.sanitize import clean, sanitize

MAX_CELL_LENGTH = 32_000
"""Spreadsheets cut cells at 32 767 characters (Microsoft's "Excel specifications and limits")."""

_FORMULA = re.compile("(^|;)(?=\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20])")
"""Start of a formula in a cell (OWASP, "CSV Injection"), and the same signs in full width.

Where a comma is part of numbers, a spreadsheet takes the semicolon for the end of a cell, quoted or not.
"""

COUNT_NAMES = tuple(Counts().as_dict())
COLUMNS = ("timestamp", "action", "user_id", "outcome", "run_id", *COUNT_NAMES, "errors", "details", "source", "id")


class ExportFormat(StrEnum):
    """Format of an export file; the value is the file name's ending."""

    CSV = "csv"
    JSON_LINES = "jsonl"


def export_lines(events: Iterable[AuditEvent], export_format: ExportFormat) -> Iterator[str]:
    """Format events as lines of a file, line ends included; CSV begins with the column names."""
    if export_format is ExportFormat.CSV:
        yield _csv_line(COLUMNS)
    for event in events:
        yield (
            _csv_line(_format_cells(event))
            if export_format is ExportFormat.CSV
            else f"{json.dumps(to_jsonable(event))}\n"
        )


def format_json(value: object) -> str:
    """Format a value as indented JSON, not limited to ASCII; escape only characters that could act on a terminal."""
    text = json.dumps(to_jsonable(value), indent=2, ensure_ascii=False)
    return "".join(char if char == "\n" or clean(char) == char else _escape(char) for char in text)


def _escape(char: str) -> str:
    return f"\\u{ord(char):04x}"


def _csv_line(cells: Sequence[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()


def _format_cells(event: AuditEvent) -> list[object]:
    details = event.details
    figures = (details.get(name) for name in COUNT_NAMES)
    return [
        str(to_jsonable(event.timestamp)),
        _format_cell(event.action),
        _format_cell(event.user_id),
        _format_cell(event.outcome or ""),
        _format_cell(event.run_id or ""),
        *(figure if isinstance(figure, int) and not isinstance(figure, bool) else "" for figure in figures),
        _format_cell(" | ".join(_error_messages(details.get("errors")))),
        _format_cell(json.dumps(to_jsonable(details), ensure_ascii=False)),
        _format_cell(event.source),
        _format_cell(event.id),
    ]


def _format_cell(value: object) -> str:
    text = sanitize(value, MAX_CELL_LENGTH)
    return _FORMULA.sub(r"\1'", text)


def _error_messages(errors: object) -> Iterator[str]:
    for error in cast("Sequence[object]", errors) if isinstance(errors, list | tuple) else ():
        yield _format_notice(cast("Mapping[object, object]", error)) if isinstance(error, Mapping) else str(error)


def _format_notice(notice: Mapping[object, object]) -> str:
    return " ".join(str(notice[name]) for name in ("message", "hint") if notice.get(name)) or str(to_jsonable(notice))
