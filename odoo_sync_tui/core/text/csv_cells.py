"""Cells and lines of CSV that a spreadsheet and a terminal can be given, whatever is in them.

A cell that begins like a formula is defused, because spreadsheets would compute it, and a name or a server's message is
not meant as a formula.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from decimal import Decimal

from odoo_sync_tui.core.text.jsonable import to_jsonable
from odoo_sync_tui.core.text.sanitize import sanitize

MAX_CELL_LENGTH = 32_000
"""Spreadsheets cut cells at 32 767 characters (Microsoft's "Excel specifications and limits")."""

_FORMULA = re.compile("(^|;)(?=\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20])")
"""Start of a formula in a cell (OWASP, "CSV Injection"), and the same signs in full width.

Where a comma is part of numbers, a spreadsheet takes the semicolon for the end of a cell, quoted or not.
"""


def csv_line(cells: Sequence[object]) -> str:
    """Format cells as one line, line end included."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()


def format_cell(value: object) -> str:
    """Format a text from outside as a cell."""
    return _FORMULA.sub(r"\1'", sanitize(value, MAX_CELL_LENGTH))


def format_value_cell(value: object) -> str:
    """Format any value as a cell: empty for null, JSON for lists and mappings; a number stays one."""
    if value is None:
        return ""
    if isinstance(value, Decimal | int | float) and not isinstance(value, bool):
        return str(value)
    plain = to_jsonable(value)
    return format_cell(plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False))
