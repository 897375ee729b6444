"""Queries of the change log, and what there is to be found."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from odoo_sync_tui.core.changes.entry import FieldChange, LoggedChange, LoggedKind
from odoo_sync_tui.core.changes.reading import DocumentHistory, DocumentVersion
from tests.support.fake_backend.values import ago

LEADS = "data_lake:opportunities"


def logged(number: int, *fields: FieldChange, kind: LoggedKind = LoggedKind.UPDATED, at: datetime) -> LoggedChange:
    return LoggedChange(
        number, "opportunity", kind, LEADS, 4711, "odoo_opportunity_4711", f"run-{number}", at, fields=fields
    )


VERSIONS = (
    DocumentVersion(
        logged(1, FieldChange("data.name", new="Roof"), kind=LoggedKind.CREATED, at=ago(days=3)), "anna"
    ),
    DocumentVersion(
        logged(2, FieldChange("data.stage_id", 1, 2), FieldChange("data.name", "Roof", "Solar roof"), at=ago(days=2)),
        "bob",
    ),
    DocumentVersion(logged(3, FieldChange("data.stage_id", 2, 3), at=ago(days=1)), "anna"),
    DocumentVersion(
        logged(4, FieldChange("data.name", "Solar roof", "Solar roof for Nordwind"), at=ago(minutes=50)), "anna"
    ),
)  # fmt: skip
HISTORY = DocumentHistory(LEADS, 4711, "Solar roof for Nordwind", VERSIONS, ago(days=30))


@dataclass
class FakeChangeQueries:
    """Answers from memory; an exception in ``raises`` is raised instead."""

    history: DocumentHistory = HISTORY
    changes: tuple[LoggedChange, ...] = tuple(
        replace(each.change, odoo_id=4700 + each.change.number) for each in VERSIONS
    )
    raises: Exception | None = None
    asked: list[tuple[object, ...]] = field(default_factory=list[tuple[object, ...]])

    def get_history(self, name: str, odoo_id: int) -> DocumentHistory:
        self.asked.append((name, odoo_id))
        if self.raises is not None:
            raise self.raises
        return self.history

    def list_run_page(self, run_id: str, limit: int, after: int = 0) -> list[LoggedChange]:
        self.asked.append((run_id, after))
        return [change for change in self.changes if change.number > after][:limit]
