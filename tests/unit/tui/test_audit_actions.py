"""Events are copied in the way that works here, and exported in the format that was asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from odoo_sync_tui.core.audit.events import AuditPage
from odoo_sync_tui.core.audit.export import ExportFormat
from odoo_sync_tui.core.audit.filter import parse_filter
from odoo_sync_tui.core.errors import StoreUnavailable
from odoo_sync_tui.tui.app import audit_actions
from odoo_sync_tui.tui.app.audit_actions import AuditExporter, Copier
from odoo_sync_tui.tui.model.audit_page import LoadedEvents
from odoo_sync_tui.tui.terminal.clipboard import Route
from tests.support.fake_backend.values import EVENTS, NOW
from tests.unit.tui.manual import Desk

HISTORY = LoadedEvents(query=parse_filter("", NOW))


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk().open()
    monkeypatch.setattr(desk.backend.overview_queries, "list_events", lambda *_: AuditPage(EVENTS, None), raising=False)
    return desk


def exporter(desk: Desk) -> AuditExporter:
    return AuditExporter(desk.store, desk.tasks, desk.ui, desk.poller)


@pytest.mark.parametrize(("as_json", "start"), [(False, "2026-11-23 12:28:08 UTC  sync_data_lake"), (True, "{\n")])
def test_an_event_goes_to_the_terminal(desk: Desk, monkeypatch: pytest.MonkeyPatch, as_json: bool, start: str) -> None:
    monkeypatch.setattr(audit_actions.clipboard, "choose_route", lambda *_: Route.TERMINAL)
    sent: list[str] = []
    Copier(desk.store, desk.tasks, desk.ui, sent.append).copy(EVENTS[0], as_json=as_json)
    assert [text.startswith(start) for text in sent] == [True]
    assert len(desk.ui.toasts) == 1


@pytest.mark.parametrize(
    ("route", "way"), [(Route.TMUX, "load_into_tmux"), (Route.FILE, "write_to_file")], ids=["tmux", "file"]
)
def test_an_event_takes_another_way_in_a_thread(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, route: Route, way: str
) -> None:
    monkeypatch.setattr(audit_actions.clipboard, "choose_route", lambda *_: route)
    monkeypatch.setattr(audit_actions.clipboard, way, lambda text, now: "It is there.")
    Copier(desk.store, desk.tasks, desk.ui, pytest.fail).copy(EVENTS[0], as_json=False)
    assert desk.ui.toasts == []
    desk.tasks.finish("clipboard")
    assert desk.ui.toasts == [("Row", "It is there.", "information")]


def test_an_export_asks_for_its_format_and_reports_the_file(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[tuple[object, ...]] = []

    def write(lines: object, *names: object) -> Path:
        written.append((len(list(lines)), *names))
        return Path("/exports/audit.csv")

    monkeypatch.setattr(audit_actions, "write_file", write)
    exporter(desk).ask(HISTORY)
    desk.ui.answer(ExportFormat.CSV)
    desk.tasks.finish("export")
    assert written == [(len(EVENTS) + 1, "audit", ExportFormat.CSV, NOW)]
    assert desk.ui.toasts[-1] == ("Export", "5 events written to /exports/audit.csv", "information")


def test_an_export_without_a_format_writes_nothing(desk: Desk) -> None:
    exporter(desk).ask(HISTORY)
    desk.ui.answer(None)
    assert (desk.tasks.pending, desk.ui.toasts) == ({}, [])


def test_an_export_that_fails_is_reported(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Path:
        raise StoreUnavailable("The disk is full.", "")

    monkeypatch.setattr(audit_actions, "write_file", fail)
    exporter(desk).ask(HISTORY)
    desk.ui.answer(ExportFormat.CSV)
    desk.tasks.finish("export")
    assert desk.ui.toasts[-1] == ("Export", "The disk is full.", "error")
