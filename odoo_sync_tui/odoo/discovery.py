"""Discovery of what an Odoo holds: the models that its user may read, and the fields of one. It only reads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar, cast

from odoo_sync_tui.core.errors import (
    OdooAccessError,
    OdooContractError,
    OdooMissingModelError,
    OdooNoAnswerError,
    OdooPoisonRowError,
    OdooTooBigError,
)
from odoo_sync_tui.core.reports.discovery import FieldReading, FieldReport, ModelDetails, ModelList, ModelReport
from odoo_sync_tui.odoo.calls.client import FIELD_ATTRIBUTES
from odoo_sync_tui.odoo.calls.page_size import AdaptivePageSize, BatchRequest
from odoo_sync_tui.odoo.calls.throttle import HostGate
from odoo_sync_tui.odoo.config import OdooConfig
from odoo_sync_tui.odoo.connection import Connection
from odoo_sync_tui.odoo.connector import OdooConnector
from odoo_sync_tui.odoo.rows.columns import MIN_VERSION_WITH_TRANSLATED_COLUMNS, list_column_fields
from odoo_sync_tui.odoo.rows.field_plan import find_forbidden_fields
from odoo_sync_tui.odoo.rows.ids import RowSummary
from odoo_sync_tui.odoo.rows.values import FieldInfo, parse_field_infos
from odoo_sync_tui.odoo.transport.http import WireRow
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.threads import ChildCancelToken, OrderedResults

R = TypeVar("R")

KNOWN_MODELS = (
    "account.account", "account.analytic.account", "account.analytic.line", "account.asset", "account.bank.statement",
    "account.bank.statement.line", "account.journal", "account.move", "account.move.line", "account.payment",
    "account.payment.term", "account.tax", "calendar.event", "crm.lead", "crm.lost.reason", "crm.stage", "crm.tag",
    "crm.team", "event.event", "event.registration", "fleet.vehicle", "helpdesk.ticket", "hr.applicant",
    "hr.attendance", "hr.contract", "hr.department", "hr.employee", "hr.employee.public", "hr.expense", "hr.job",
    "hr.leave", "hr.leave.allocation", "hr.payslip", "hr.version", "mail.activity", "mail.message",
    "maintenance.request", "mrp.bom", "mrp.production", "mrp.workorder", "pos.order", "pos.order.line",
    "product.category", "product.pricelist", "product.pricelist.item", "product.product", "product.supplierinfo",
    "product.template", "project.milestone", "project.project", "project.tags", "project.task", "purchase.order",
    "purchase.order.line", "quality.check", "repair.order", "res.bank", "res.company", "res.country",
    "res.country.state", "res.currency", "res.currency.rate", "res.partner", "res.partner.bank",
    "res.partner.category", "res.partner.industry", "res.users", "resource.calendar", "resource.resource",
    "sale.order", "sale.order.line", "stock.location", "stock.lot", "stock.move", "stock.move.line", "stock.picking",
    "stock.picking.type", "stock.production.lot", "stock.quant", "stock.warehouse", "survey.survey",
    "survey.user_input", "uom.uom", "utm.campaign", "utm.medium", "utm.source",
)  # fmt: skip
"""Models that are tried where Odoo lists none to its user."""

MIN_VERSION_WITHOUT_TRANSIENT = 19
"""First Odoo version whose list of available models is known to hold no transient ones."""
SAMPLE_ROWS = 100
MAX_RETRY_SECONDS = 10.0
"""Retry budget of a call: an operator waits for the answer."""

_FIELD_ATTRIBUTES = (*FIELD_ATTRIBUTES, "manual")
_CUSTOM_PREFIX = "x_"
_BINARY_TYPES = frozenset({"binary", "image"})
_REFUSALS = (OdooAccessError, OdooContractError, OdooPoisonRowError, OdooTooBigError)
"""Errors of which one field of a call may be the cause."""


@dataclass(frozen=True, slots=True)
class _Sample:
    """Some rows: the values of the fields that could be read, and the names of those that the user may not read."""

    ids: Sequence[int]
    values: dict[str, Sequence[object]] = field(default_factory=dict[str, Sequence[object]])
    refused: set[str] = field(default_factory=set[str])


class OdooDiscovery(OdooConnector):
    """Connection that finds out what could be synced. Opened and closed like every :class:`OdooConnector`."""

    def __init__(
        self, config: OdooConfig, cancel: CancelToken | None = None, *, host_gate: HostGate | None = None
    ) -> None:
        seconds = min(config.retry_seconds, MAX_RETRY_SECONDS)
        super().__init__(replace(config, retry_seconds=seconds), cancel, host_gate=host_gate)

    # -------------------------------------------------------------------------------------------- models

    def list_models(self, wanted: Collection[str] = ()) -> ModelList:
        """List the models that the user may read, without abstract and transient ones.

        Odoo from 16 on lists them to every internal user, in an order of its own: documents that people discuss come
        first. Where it does not, those of ``ir.model`` are tried, or :data:`KNOWN_MODELS` if that is closed too.
        Before 19 that list has transient ones too, which stay in it where ``ir.model`` is closed.

        Args:
            wanted: models that are tried too where they are not listed: of some, users may read public parts.
        """
        connection = self._require_connection()
        listed = self.models.list_available()
        is_complete = listed and connection.version.major >= MIN_VERSION_WITHOUT_TRANSIENT
        labels = {} if is_complete else self.models.list_all()
        if listed:
            kept = {model: label for model, label in listed.items() if not labels or model in labels}
            more = self._select_readable(sorted({*wanted}.difference(kept)))
            return _make_list({**kept, **dict.fromkeys(more)})
        names = sorted({*(labels or KNOWN_MODELS), *wanted})
        return _make_list({name: labels.get(name) for name in self._select_readable(names)}, is_partial=not labels)

    def summarize_models(self, models: Sequence[str]) -> Iterator[tuple[str, RowSummary | None]]:
        """Yield each model with number and newest change of its rows; ``None`` where Odoo cannot count them."""

        def summarize(model: str) -> RowSummary | None:
            try:
                return self._read_summary(model)
            except (*_REFUSALS, OdooMissingModelError, OdooNoAnswerError):
                return None

        return self._map_models(models, summarize)

    def _select_readable(self, models: Sequence[str]) -> list[str]:
        connection = self._require_connection()

        def is_readable(model: str) -> bool:
            try:
                connection.client.ping(model, connection.cancel)
            except (*_REFUSALS, OdooMissingModelError):
                return False
            return True

        return [model for model, found in self._map_models(models, is_readable) if found]

    def _map_models(self, models: Sequence[str], work: Callable[[str], R]) -> Iterator[tuple[str, R]]:
        """Yield each model with the result of ``work``, with as many calls under way as the server is allowed."""
        connection = self._require_connection()
        pool, max_calls = connection.thread_pool, self._config.max_calls_in_flight
        token = ChildCancelToken(self._cancel)
        return OrderedResults(models, lambda model: pool.submit(partial(work, model)), lambda: max_calls, token)

    def _read_summary(self, model: str) -> RowSummary:
        """Read number and newest change of the rows; some models do not record when a row was changed."""
        connection = self._require_connection()
        try:
            return connection.id_reader.read_summary(model, ())
        except OdooContractError:
            return RowSummary(connection.client.count(model, (), connection.cancel), None)

    # -------------------------------------------------------------------------------------------- one model

    def describe_model(self, model: str) -> ModelDetails:
        """Describe a model and its fields, from what Odoo declares and from the values of some rows.

        Raises:
            OdooMissingModelError: there is no such model.
            OdooAccessError: the user may not read it.
        """
        connection = self._require_connection()
        return self._run_in_pool(lambda: self._describe(connection, model))

    def _describe(self, connection: Connection, model: str) -> ModelDetails:
        summary = self._read_summary(model)
        declared = connection.client.fields_get(model, (), connection.cancel, _FIELD_ATTRIBUTES)
        infos = {name: info for name, info in sorted(parse_field_infos(declared).items()) if name != "id"}
        sample = _read_sample(connection, model, infos.values())
        columns = self._find_columns(connection, model, sample, infos.values())
        fields = (_make_report(info, declared[name], sample, columns) for name, info in infos.items())
        label = self.models.list_available().get(model)
        return ModelDetails(ModelReport(model, label, rows=summary.count, newest=summary.newest), tuple(fields))

    def _find_columns(
        self, connection: Connection, model: str, sample: _Sample, infos: Collection[FieldInfo]
    ) -> frozenset[str]:
        """Find the fields that Odoo answers as whole columns; a sync compares the values before it relies on them."""
        if not connection.may_read_columns:
            return frozenset()
        has_translations = (
            self._config.language is None or connection.version.major >= MIN_VERSION_WITH_TRANSLATED_COLUMNS
        )
        candidates = [
            info.name
            for info in list_column_fields(infos)
            if info.is_stored and info.name in sample.values and (has_translations or not info.is_translated)
        ]
        domain = (("id", "in", list(sample.ids)),)

        def can_read(names: Sequence[str]) -> bool:
            batch, major = _make_batch(sample.ids), connection.version.major
            try:
                connection.client.read_columns(model, domain, ["id", *names], major, batch, connection.cancel)
            except (*_REFUSALS, OdooNoAnswerError):
                return False
            return True

        if not can_read([]):
            return frozenset()
        return frozenset(candidates).difference(find_forbidden_fields(candidates, can_read))


# -------------------------------------------------------------------------------------------- models


def _make_list(labels: Mapping[str, str | None], *, is_partial: bool = False) -> ModelList:
    return ModelList(tuple(ModelReport(model, label) for model, label in labels.items()), is_partial)


# -------------------------------------------------------------------------------------------- fields


def _make_report(info: FieldInfo, declared: WireRow, sample: _Sample, columns: frozenset[str]) -> FieldReport:
    values, label = sample.values.get(info.name), declared.get("string")
    reading = FieldReading.COLUMNS if info.name in columns else FieldReading.ROWS
    return FieldReport(
        name=info.name,
        label=label if isinstance(label, str) else "",
        type=info.type,
        relation=info.relation,
        is_stored=info.is_stored,
        is_custom=info.name.startswith(_CUSTOM_PREFIX) or declared.get("manual") is True,
        is_readable=True if values is not None else False if info.name in sample.refused else None,
        filled=None if values is None else sum(map(bool, values)),  # what Odoo answers for an empty field is false
        sample=len(sample.ids),
        reading=None if values is None else reading,
    )


def _make_batch(ids: Sequence[int]) -> BatchRequest:
    return BatchRequest(len(ids), AdaptivePageSize(max(1, len(ids))), is_weighed=False)


def _read_sample(connection: Connection, model: str, infos: Collection[FieldInfo]) -> _Sample:
    """Read the oldest and the newest rows, binary fields aside.

    Computed fields are asked for apart, because they may be slow, or fail.
    """
    ids: set[int] = set()
    for order in ("id", "id desc"):
        rows = connection.client.search_read(model, (), ["id"], connection.cancel, order=order, limit=SAMPLE_ROWS // 2)
        ids.update(cast("int", row["id"]) for row in rows)
    sample = _Sample(sorted(ids))
    for is_stored in (True, False):
        names = [info.name for info in infos if info.is_stored is is_stored and info.type not in _BINARY_TYPES]
        _read_fields(connection, model, sample, names)
    return sample


def _read_fields(connection: Connection, model: str, sample: _Sample, names: Sequence[str]) -> None:
    """Read fields of the sample, ever fewer at once while that fails: one refused field makes the whole call fail."""
    if not names:
        return
    client, major, batch = connection.client, connection.version.major, _make_batch(sample.ids)
    try:
        rows = client.read_matching(model, (("id", "in", list(sample.ids)),), names, major, batch, connection.cancel)
        if sample.ids and not rows:  # so Odoo 19 answers for some fields of records of which a part is public
            raise OdooAccessError(f"Odoo does not show {names[0]}.")
    except OdooNoAnswerError:
        return  # parts of it would make the server work as long again
    except _REFUSALS as error:
        middle = len(names) // 2
        for part in (names[:middle], names[middle:]) if middle else ():
            _read_fields(connection, model, sample, part)
        if not middle and isinstance(error, OdooAccessError):
            sample.refused.update(names)
    else:
        sample.values.update({name: [row.get(name) for row in rows] for name in names})
