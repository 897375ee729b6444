"""Audit events as other programs read them: rows of CSV, lines of JSON.

A cell that begins like a formula is defused, because spreadsheets would compute it, and an operator's name or a
server's message is nobody's formula. Nothing in either format can act on a terminal that shows the file.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import cast

from odoo_sync_tui.core.audit import AuditEvent
from odoo_sync_tui.core.plain import plain
from odoo_sync_tui.core.result import Counts
from odoo_sync_tui.core.text import clean

LONGEST_CELL = 32_000
"""Spreadsheets cut cells at 32 767 characters (Microsoft's "Excel specifications and limits")."""

_FORMULA = re.compile("(^|;)(?=\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20])")
"""What makes a spreadsheet compute a cell (OWASP, "CSV Injection"), and the same signs in full width.

Where a comma is part of numbers, a spreadsheet takes the semicolon for the end of a cell, quoted or not.
"""

FIGURES = tuple(Counts().as_dict())
COLUMNS = ("timestamp", "action", "user_id", "outcome", "run_id", *FIGURES, "errors", "details", "source", "id")


class ExportFormat(StrEnum):
    """What a file is written in; the value is its ending."""

    CSV = "csv"
    JSON_LINES = "jsonl"


def lines_of(events: Iterable[AuditEvent], form: ExportFormat) -> Iterator[str]:
    """The events as lines of a file, each with its end; CSV begins with the names of the columns."""
    if form is ExportFormat.CSV:
        yield _csv_line(COLUMNS)
    for event in events:
        yield _csv_line(_cells(event)) if form is ExportFormat.CSV else f"{json.dumps(plain(event))}\n"


def readable_json(value: object) -> str:
    """The value as indented JSON, readable in any language; only what could act on a terminal is escaped."""
    text = json.dumps(plain(value), indent=2, ensure_ascii=False)
    return "".join(char if char == "\n" or clean(char) == char else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    return f"\\u{ord(char):04x}"


def _csv_line(cells: Sequence[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()


def _cells(event: AuditEvent) -> list[object]:
    details = event.details
    figures = (details.get(name) for name in FIGURES)
    return [
        str(plain(event.timestamp)),
        _cell(event.action),
        _cell(event.user_id),
        _cell(event.outcome or ""),
        _cell(event.run_id or ""),
        *(figure if isinstance(figure, int) and not isinstance(figure, bool) else "" for figure in figures),
        _cell(" | ".join(_messages(details.get("errors")))),
        _cell(json.dumps(plain(details), ensure_ascii=False)),
        _cell(event.source),
        _cell(event.id),
    ]


def _cell(value: object) -> str:
    text = clean(value, LONGEST_CELL)
    return _FORMULA.sub(r"\1'", text)


def _messages(errors: object) -> Iterator[str]:
    for error in cast("Sequence[object]", errors) if isinstance(errors, list | tuple) else ():
        yield _message(cast("Mapping[object, object]", error)) if isinstance(error, Mapping) else str(error)


def _message(notice: Mapping[object, object]) -> str:
    return " ".join(str(notice[name]) for name in ("message", "hint") if notice.get(name)) or str(plain(notice))
