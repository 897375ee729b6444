"""The page of an audit event: in words, without noughts, and nothing twice."""

from __future__ import annotations

from dataclasses import replace

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.audit.events import AuditEvent, AuditPage
from odoo_sync_tui.core.audit.filter import parse_filter
from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.tui.format.event import LABEL_WIDTH, format_event
from odoo_sync_tui.tui.format.event_row import describe_event
from odoo_sync_tui.tui.format.layout import layout_entries
from odoo_sync_tui.tui.model.audit_page import LoadedEvents
from odoo_sync_tui.tui.model.glyphs import UNICODE
from odoo_sync_tui.tui.model.state import ConnectionState, DashboardState
from odoo_sync_tui.tui.widgets.event_list import describe_history
from tests.support.fake_backend.history import event
from tests.support.fake_backend.values import ANNA, NOW

STATE = DashboardState(NOW, ANNA, UNICODE, BUILT_IN, connection=ConnectionState.READY)
END = {
    "event": "finished", "synced": 1216, "created": 1204, "updated": 0, "unchanged": 12, "reactivated": 0,
    "deactivated": 5, "quarantined": 0, "duration_seconds": 41.2, "host": "ops-1", "pid": 4711, "client": "10.0.0.7",
    "entities": {
        "accounts": {"state": "success", "synced": 1216, "created": 1204, "updated": 0, "unchanged": 12,
                     "deactivated": 5, "census": 1221, "duration_seconds": 40.0, "cursor_before": None},
        "opportunities": {"state": "unavailable", "synced": 0, "duration_seconds": 0.0},
    },
    "errors": [{"kind": "odoo_access", "entity": "opportunities", "message": "The Odoo user may not read crm.lead.",
                "hint": "Give it the right."}, "A plain text of an older version."],
    "warnings": [{"kind": "mapping", "entity": "invoices", "message": "3 rows lack a currency."}],
    "lease_lost": False, "extra_count": 0,
}  # fmt: skip
"""As the pipeline records the end of a run, and details of other versions."""


def shown(audit_event: AuditEvent, width: int = 100) -> list[str]:
    text = layout_entries(format_event(audit_event, STATE, width), LABEL_WIDTH, width).plain
    return [line.rstrip() for line in text.splitlines()]


def test_the_end_of_a_run_is_told_in_words_and_nothing_twice() -> None:
    lines = shown(event(3, details=END, action="sync_data_lake"))
    assert "what         Data lake" in lines
    assert "operator     anna on ops-1, process 4711, from 10.0.0.7" in lines
    assert "in step      1 216: 1 204 created, 12 unchanged" in lines
    assert "took         41.2 s" in lines
    assert "lease lost   no" in lines
    text = "\n".join(lines)
    for key in ("duration_seconds", "reactivated", "odoo_access", "cursor", "census", "extra", "source", "finished"):
        assert key not in text
    assert [text.count(figure) for figure in ("41.2", "4711", "ops-1", "failed")] == [1, 1, 1, 1]


def test_the_entities_of_a_run_are_a_table_of_the_columns_that_have_a_figure() -> None:
    lines = shown(event(3, details=END, action="sync_data_lake"))
    start = next(index for index, line in enumerate(lines) if line.startswith("entity"))
    assert lines[start].split() == ["entity", "state", "synced", "created", "unchanged", "retired", "took"]
    assert lines[start + 1].split()[-8:] == ["1", "216", "1", "204", "12", "5", "40.0", "s"]
    assert lines[start + 2].startswith("opportunities")
    assert "unavailable" in lines[start + 2]
    assert all(len(line) <= 60 for line in shown(event(3, details=END), 60))


def test_errors_and_warnings_are_sentences_with_what_to_do() -> None:
    lines = shown(event(3, details=END))
    assert "✗ opportunities: The Odoo user may not read crm.lead. Give it the right." in lines
    assert "✗ A plain text of an older version." in lines
    assert "▲ invoices: 3 rows lack a currency." in lines


def test_what_a_run_was_to_cover_is_told_in_words() -> None:
    scope = {"entities": ["accounts", "invoices"], "mode": "full", "filter": None, "confirm_retire": {"accounts": 1200}}
    lines = shown(
        event(1, details={"event": "started", "scope": scope, "continues": "run-9", "host": "ops-1", "pid": 7})
    )
    assert "scope        full, accounts, invoices" in lines
    assert "confirmed    up to 1 200 documents of accounts may be retired" in lines
    assert "continues    run run-9, which was cut off" in lines
    assert not [line for line in lines if line.startswith(("filter", "event        started"))]


def test_a_selection_is_told_in_its_words_and_not_as_the_filter_that_it_became() -> None:
    scope = {"entities": ["accounts"], "mode": "full", "filter": "(('id', 'in', (4,)),)", "selection": "id 4"}
    lines = shown(event(1, details={"event": "started", "scope": scope}))
    assert "rows         id 4" in lines
    assert not [line for line in lines if line.startswith("filter")]


def test_an_event_of_no_run_says_what_was_done() -> None:
    details = {"event": "lease_not_freed", "errors": ["bob holds it."], "fence": 12, "holder": {"run_id": "r"}}
    freed = replace(event(1, details=details), action="lease_freed", run_id=None, source="import")
    lines = shown(freed)
    assert lines[0] == "what         Lease freed: lease not freed"
    assert "✗ bob holds it." in lines
    assert "source       import" in lines
    assert "fence        12" in lines
    assert "  run id     r" in lines


def test_an_action_that_no_event_has_is_told_with_those_that_there_are() -> None:
    history = LoadedEvents(query=parse_filter("action:import", NOW), page=AuditPage(()), total=0)
    assert describe_history(history, STATE).plain.startswith("action:import: no event has it; there are sync_depart")


def test_a_dropped_entity_is_told_in_words_with_its_documents_and_the_reason() -> None:
    details: dict[str, object] = {"event": "started", "entity": "orders", "documents": 1204, "reason": "sold"}
    begun = replace(event(1, details=details, action="drop_entity"), outcome=None, run_id=None)
    errors = [{"kind": "lease_lost", "message": "The lease was lost."}]
    failed = replace(begun, details={**details, "event": "finished", "errors": errors}, outcome=Outcome.FAILED)
    assert describe_event(begun, STATE) == "orders: 1 204 documents to delete · sold"
    assert describe_event(failed, STATE) == "orders: 1 204 documents deleted · The lease was lost · sold"
    lines = shown(begun)
    assert "what         Drop entity" in lines
    assert {"reason       sold", "entity       orders", "documents    1 204"} <= set(lines)
