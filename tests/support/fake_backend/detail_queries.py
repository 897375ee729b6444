"""Queries of single runs, entities and documents, and what there is to be found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.core.cursor import Cursor
from odoo_sync_tui.core.entity import BrokenRule
from odoo_sync_tui.core.reports.details import (
    Dismissal,
    DocumentPage,
    DocumentSummary,
    EntityReport,
    QuarantinedRow,
    QuarantinePage,
    RunPage,
    RunReport,
    SharedValue,
    StoredDocument,
    ValueHolder,
)
from odoo_sync_tui.core.reports.overview import EntityCounts
from odoo_sync_tui.core.result import Notice, SyncResult
from odoo_sync_tui.core.run import Checkpoint, RunRecord
from odoo_sync_tui.core.scope import Mode, Scope
from tests.support.fake_backend.values import ANNA, BOB, ENTITIES, FIGURES, ago, record, result

ROWS = (
    QuarantinedRow(4711, "Odoo cannot read this row: ValueError in a computed field of res.partner.", "run-1",
                   ago(days=2), ago(minutes=3), 3, "data_lake:opportunities"),
    QuarantinedRow(4712, "field data.note: a text holds half of a surrogate pair, which is no character",
                   "run-1", ago(minutes=3), ago(minutes=3), 1, "data_lake:opportunities"),
)  # fmt: skip

QUARANTINED = (
    QuarantinedRow(4711, "Odoo cannot read this row: ValueError in a computed field of crm.lead.", "run-1",
                   ago(days=2), ago(minutes=3), 3, "data_lake:opportunities", BrokenRule.READABLE),
    QuarantinedRow(4712, 'Field probability: "many" is no number.', "run-1", ago(days=1), ago(minutes=3), 2,
                   "data_lake:opportunities", BrokenRule.VALUES,
                   {"id": 4712, "name": "Fleet of 20 vans", "probability": "many", "user_id": [7, "Ada"]}),
    QuarantinedRow(88, "The data.vat BE0477472701 must be unique (the index theirs of data_lake_serving), and document "
                   "odoo_account_9, Acme, Odoo id 9 has it. Change it for one of the two in Odoo.", "run-1",
                   ago(hours=5), ago(minutes=3), 9, "data_lake:accounts", BrokenRule.UNIQUE,
                   {"data": {"id": 88, "name": "名前が広い会社", "vat": "BE0477472701", "city": None}}),
    QuarantinedRow(90, "Odoo lists the record but does not show its fields.", "run-0", ago(days=9), ago(days=9), 4,
                   "data_lake:accounts", BrokenRule.VISIBLE,
                   dismissal=Dismissal("bert", ago(days=8), "a company of the other branch")),
)  # fmt: skip


def with_cursors(ended: SyncResult) -> SyncResult:
    """The result as it is when cursors have moved, or stayed."""
    before, after = ago(hours=3), ago(minutes=4)
    moved = replace(ended.entities["accounts"], cursor_before=before, cursor_after=after)
    stayed = replace(ended.entities["opportunities"], cursor_before=before)
    return replace(ended, entities={**ended.entities, "accounts": moved, "opportunities": stayed})


def ended_run(run_id: str = "run-1", outcome: Outcome = Outcome.PARTIAL) -> RunRecord:
    errors = (Notice("odoo_access", "The Odoo user may not read crm.lead.", "Give it the right.", "opportunities"),)
    warned = replace(with_cursors(result(outcome, errors=errors)), warnings=(
        Notice("quarantine", "1 rows could not be read or stored and are in quarantine.", "", "opportunities"),
    ))  # fmt: skip
    ended = record(ANNA, run_id=run_id, live=False, outcome=outcome, ended=warned, started_at=ago(minutes=4))
    return replace(ended, continues="run-0", scope=Scope(entities=("accounts", "opportunities"), mode=Mode.FULL))


def cut_off_run() -> RunRecord:
    points: Mapping[str, Checkpoint] = {"data_lake:opportunities": Checkpoint(30_000, FIGURES)}
    return replace(record(BOB, live=False, started_at=ago(hours=1)), checkpoints=points, interrupted_by="run-9")


def report_of(run: RunRecord) -> RunReport:
    events = (
        AuditEvent("s", run.action, "anna", run.started_at, {"event": "started"}, run.id),
        AuditEvent("w", run.action, "anna", ago(minutes=3, seconds=30), {"event": "retirement confirmed", "of": 12},
                   run.id),
        AuditEvent("f", run.action, "anna", ago(minutes=3), {"event": "finished"}, run.id, run.outcome),
    )  # fmt: skip
    return RunReport(run, events, QuarantinePage(ROWS[:1]))


def entity_report(counts: EntityCounts = ENTITIES[3], rows: tuple[QuarantinedRow, ...] = ROWS) -> EntityReport:
    return EntityReport(
        replace(counts, quarantined=len(rows)), "crm.lead", "data_lake_serving", (("type", "=", "opportunity"),),
        {"entity_type": "opportunity"}, {"archived": 1_200, "deleted": 38, "": 1},
        Cursor(ago(minutes=4), "basis", "access", "run-1", ago(minutes=3)), QuarantinePage(rows),
    )  # fmt: skip


SHARED = (
    SharedValue("info@acme.example", 23, (
        ValueHolder("7f3a", None, "Info desk", True), ValueHolder("odoo_employee_5", 5, "Ada", True),
        ValueHolder("odoo_employee_9", 9, "", False),
    )),
)  # fmt: skip


def documents(first: int = 1_000_000, number: int = 12) -> tuple[DocumentSummary, ...]:
    names = ("Solar roof for Nordwind Energie", "名前が広い会社", "Fleet of 20 vans", "")
    reasons = (None, "archived", "deleted", None)
    return tuple(
        DocumentSummary(first - n, names[n % 4], reasons[n % 4] is None, reasons[n % 4], ago(minutes=n * 50))
        for n in range(number)
    )


DOCUMENT = StoredDocument(1_000_000, {
    "_id": "odoo_opportunity_1000000",
    "entity_type": "opportunity",
    "data": {
        "id": 1_000_000, "name": "Solar roof for Nordwind Energie", "expected_revenue": Decimal("1234567.80"),
        "currency": "EUR", "create_date": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "date_deadline": "2026-12-24",
        "probability": 42.5, "stage_name": None, "tags": [3, 1], "won": False, "empty": [],
    },
    "is_active": True,
    "last_aggregated": ago(minutes=3),
    "deleted_at": None,
})  # fmt: skip


@dataclass
class FakeDetailQueries:
    """Answers from memory; an exception in ``raises`` is raised instead."""

    runs_shown: tuple[RunRecord, ...] = field(default_factory=lambda: (ended_run(), cut_off_run()))
    report: RunReport | None = field(default_factory=lambda: report_of(ended_run()))
    entity_shown: EntityReport = field(default_factory=entity_report)
    documents_shown: tuple[DocumentSummary, ...] = field(default_factory=documents)
    found: DocumentPage = field(default_factory=lambda: DocumentPage(documents(999_000, 2), None, 1_000_000))
    further: DocumentPage = field(default_factory=lambda: DocumentPage((), None, 5))
    document_shown: StoredDocument | None = DOCUMENT
    quarantined: tuple[QuarantinedRow, ...] = QUARANTINED
    raises: Exception | None = None
    asked: list[tuple[object, ...]] = field(default_factory=list[tuple[object, ...]])

    def list_runs(self, limit: int, after: str | None = None) -> RunPage:
        self._asked("runs", limit, after)
        ids = [run.id for run in self.runs_shown]
        start = ids.index(after) + 1 if after else 0
        page = self.runs_shown[start : start + limit]
        more = len(self.runs_shown) > start + limit
        return RunPage(page, page[-1].id if more else None)

    def get_run(self, run_id: str) -> RunReport | None:
        self._asked("run", run_id)
        return self.report

    def get_entity(self, entity_id: str) -> EntityReport:
        self._asked("entity", entity_id)
        return self.entity_shown

    def list_quarantine(
        self, entity_id: str, limit: int, after: int = 0, *, dismissed: bool | None = False
    ) -> QuarantinePage:
        self._asked("quarantine", entity_id, after)
        if dismissed is None:
            rows = [each for each in self.quarantined if each.entity == entity_id and each.odoo_id > after]
            return QuarantinePage(tuple(rows[:limit]), len(rows) > limit)
        return QuarantinePage(tuple(replace(ROWS[0], odoo_id=after + n) for n in range(1, 4)))

    def list_documents(self, entity_id: str, search: str, limit: int, after: int | None = None) -> DocumentPage:
        self._asked("documents", entity_id, search, after)
        if search:
            return self.found if after is None else self.further
        left = [line for line in self.documents_shown if after is None or line.odoo_id < after]
        page = tuple(left[:limit])
        return DocumentPage(page, page[-1].odoo_id if len(left) > limit else None)

    def get_document(self, entity_id: str, odoo_id: int) -> StoredDocument | None:
        self._asked("document", entity_id, odoo_id)
        return self.document_shown

    def _asked(self, *what: object) -> None:
        self.asked.append(what)
        if self.raises is not None:
            raise self.raises
