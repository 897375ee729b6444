"""An Odoo with some models, which answers as a test wants."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self

from odoo_sync_tui.core.errors import RunCancelled, SyncError
from odoo_sync_tui.core.reports.discovery import FieldReading, FieldReport, ModelDetails, ModelList, ModelReport
from odoo_sync_tui.entities.declaration import EntityChanges, EntityDeclaration, EntityTable
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.tui.backend import DiscoveryFactory
from tests.support.fake_backend.overview_queries import answering
from tests.support.fake_backend.values import ago

COLUMNS, ROWS = FieldReading.COLUMNS, FieldReading.ROWS
MODELS = ModelList((
    ModelReport("sale.order", "Sales Order"),
    ModelReport("sale.order.line", "Sales Order Line"),
    ModelReport("res.partner", "Contact", ("accounts",)),
    ModelReport("helpdesk.ticket", "Ticket", ("tickets",)),
    ModelReport("account.bank.statement.line.reconciliation", "Line to reconcile"),
    ModelReport("mail.blacklist", None),
))  # fmt: skip
ROWS_BY_MODEL = {"sale.order": 1_204, "sale.order.line": 130_417, "res.partner": 62, "mail.blacklist": 0}


def known(
    name: str, label: str, kind: str, filled: int, reading: FieldReading = COLUMNS, **more: object
) -> FieldReport:
    return replace(FieldReport(name, label, kind, None, True, False, True, filled, 100, reading), **more)


ORDER_FIELDS = (
    known("access_token", "Security Token", "char", 41),
    known("amount_total", "Total", "monetary", 100),
    known("display_name", "Display Name", "char", 100, ROWS, is_stored=False),
    FieldReport("image", "Image", "binary", sample=100),
    known("margin", "Margin", "monetary", 97),
    known("name", "Order Reference", "char", 100),
    known("note", "Terms and conditions", "html", 12),
    known("order_line", "Order Lines", "one2many", 100, ROWS, relation="sale.order.line"),
    known("partner_id", "Customer", "many2one", 100, relation="res.partner"),
    known("state", "Status", "selection", 100),
    FieldReport("team_secret", "Secret", "char", None, True, False, False, None, 100),
    known("x_region", "Region", "selection", 64, is_custom=True),
    known("x_score", "Score", "integer", 3, ROWS, is_stored=False, is_custom=True),
)
PARTNER_FIELDS = (
    known("barcode", "Barcode", "char", 7),
    known("email", "Email", "char", 80),
    known("name", "Name", "char", 100),
    known("x_segment", "Segment", "char", 9, is_custom=True),
)
TICKETS = EntityDeclaration("tickets", "helpdesk.ticket", (["active", "=", True],), ("name", "x_*", "-x_score"))
FIELDS: Mapping[str, tuple[FieldReport, ...]] = {
    "sale.order": ORDER_FIELDS,
    "res.partner": PARTNER_FIELDS,
    "helpdesk.ticket": ORDER_FIELDS,
}
TABLES: Mapping[str, tuple[EntityTable, ...]] = {
    "res.partner": (EntityChanges("data_lake:accounts"),),
    "helpdesk.ticket": (TICKETS,),
}


@dataclass
class FakeDiscovery:
    """Connects to it.

    Attributes:
        models: what is listed.
        fields: the fields of its models.
        tables: what the settings say of its models.
        refuses: what is raised, for everything (``""``) or for a model.
        goes_on: while it is cleared, nothing is answered.
        asked: what was asked: "models", "counts", or a model.
        stopped: of what was asked, what was stopped.
    """

    models: ModelList = MODELS
    fields: Mapping[str, Sequence[FieldReport]] = field(default_factory=lambda: FIELDS)
    tables: Mapping[str, Sequence[EntityTable]] = field(default_factory=lambda: TABLES)
    refuses: dict[str, SyncError] = field(default_factory=dict[str, SyncError])
    goes_on: threading.Event = field(default_factory=answering)
    asked: list[str] = field(default_factory=list[str])
    stopped: list[str] = field(default_factory=list[str])

    def __call__(self, cancel: CancelToken) -> FakeSession:
        if "" in self.refuses:
            raise self.refuses[""]
        return FakeSession(self, cancel)


@dataclass
class FakeSession:
    """A connection to it."""

    odoo: FakeDiscovery
    cancel: CancelToken

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def list_models(self, *, on_counted: Callable[[ModelReport, int, int], None] | None = None) -> ModelList:
        if on_counted is None:
            self._wait("models")
            return self.odoo.models
        counted = [replace(each, rows=ROWS_BY_MODEL.get(each.model)) for each in self.odoo.models.models]
        for done, each in enumerate(counted[:2], 1):
            on_counted(each, done, len(counted))
        self._wait("counts")
        return replace(self.odoo.models, models=tuple(counted)).sort_empty_last()

    def describe_model(self, model: str) -> ModelDetails:
        self._wait(model)
        report = next(each for each in self.odoo.models.models if each.model == model)
        rows = ROWS_BY_MODEL.get(model, 1)
        report = replace(report, label=None, rows=rows, newest=ago(hours=3))
        return ModelDetails(report, tuple(self.odoo.fields[model]))

    def list_tables(self, model: str) -> Sequence[EntityTable]:
        return self.odoo.tables.get(model, ())

    def _wait(self, question: str) -> None:
        self.odoo.asked.append(question)
        try:
            while not self.odoo.goes_on.is_set():
                self.cancel.sleep(0.01)
        except RunCancelled:
            self.odoo.stopped.append(question)
            raise
        if question in self.odoo.refuses:
            raise self.odoo.refuses[question]


# The type checker compares each method with the dashboard's protocols here.
AS_THE_DASHBOARD_SEES_IT: DiscoveryFactory = FakeDiscovery()
