"""Events in files: complete, and harmless to whoever opens them."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.core.audit.export import COLUMNS, ExportFormat, export_lines, format_json

EVENT = AuditEvent(
    "e1", "sync_users", "anna", datetime(2026, 11, 23, 12, 31, 8, 250_000, tzinfo=UTC),
    {
        "synced": 4, "created": 1, "host": "ops-1",
        "errors": [{"kind": "k", "message": "No answer.", "hint": "Look."}, "plain"],
    },
    "r1", Outcome.FAILED,
)  # fmt: skip


def rows(*events: AuditEvent) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(export_lines(events, ExportFormat.CSV)), newline="")))


def test_a_row_of_csv_holds_every_field() -> None:
    (row,) = rows(EVENT)
    assert tuple(row) == COLUMNS
    assert row["timestamp"] == "2026-11-23T12:31:08.250000Z"
    assert (row["action"], row["user_id"], row["outcome"], row["run_id"]) == ("sync_users", "anna", "failed", "r1")
    assert (row["synced"], row["created"], row["updated"]) == ("4", "1", "")
    assert row["errors"] == "No answer. Look. | plain"
    assert json.loads(row["details"]) == json.loads(json.dumps(EVENT.details))


def test_no_events_are_a_file_with_its_header() -> None:
    assert list(export_lines([], ExportFormat.CSV)) == [",".join(COLUMNS) + "\r\n"]
    assert list(export_lines([], ExportFormat.JSON_LINES)) == []


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\uff1d", " =", "\t="])
def test_what_a_spreadsheet_would_compute_is_defused(start: str) -> None:
    formula = f"{start}HYPERLINK(1)"
    (row,) = rows(replace(EVENT, user_id=formula, action=formula, run_id=formula, details={"errors": [formula]}))
    for name in ("user_id", "action", "run_id", "errors"):
        assert row[name].startswith("'"), name


def test_what_begins_a_cell_where_semicolons_part_them_is_defused() -> None:
    (row,) = rows(replace(EVENT, details={"errors": ["user a;=SUM(1); +2; and a=b"]}))
    assert row["errors"] == "user a;'=SUM(1);' +2; and a=b"


@given(st.text())
def test_no_cell_begins_a_formula_and_no_control_is_written(text: str) -> None:
    hostile = replace(EVENT, user_id=text, action=text, source=text, details={text: text, "errors": [text]})
    written = "".join(export_lines([hostile], ExportFormat.CSV))
    assert all(unicodedata.category(char) != "Cc" for char in written.replace("\r\n", ""))
    (row,) = rows(hostile)
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())
    written.encode("utf-8")


@given(st.text())
def test_json_lines_give_back_what_was_written(text: str) -> None:
    (line,) = export_lines([replace(EVENT, details={"text": text})], ExportFormat.JSON_LINES)
    assert line.isascii()
    assert line.count("\n") == 1
    assert json.loads(line)["details"] == {"text": text}


@given(st.text())
def test_readable_json_is_the_same_and_cannot_act_on_a_terminal(text: str) -> None:
    written = format_json(replace(EVENT, details={"text": text}))
    assert json.loads(written)["details"] == {"text": text}
    written.encode("utf-8")
    assert all(unicodedata.category(char) != "Cc" for char in written.replace("\n", ""))
    assert not set(written) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2028")


def test_readable_json_keeps_the_letters_of_every_language() -> None:
    assert "Müller 会社" in format_json(replace(EVENT, user_id="Müller 会社"))
