"""Tell people about a sync: once for each change of its state, never so that the run fails of it."""

from __future__ import annotations

import logging
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime

from odoo_sync_tui.core.actions import ALERT, Outcome
from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.core.errors import ConfigurationError, StoreError
from odoo_sync_tui.core.result import SyncResult
from odoo_sync_tui.core.run import Operator
from odoo_sync_tui.notify.delivery import Delivery, Pause, deliver
from odoo_sync_tui.notify.message import AlertMessage
from odoo_sync_tui.notify.targets import AlertKind, AlertTarget
from odoo_sync_tui.pipeline.run.request import RunRequest
from odoo_sync_tui.store.database import Store
from odoo_sync_tui.store.runs.integrations import AlertState

LOG = logging.getLogger(__name__)

IN_STEP = ""


class Announcer:
    """Sends the messages of one run. Made for one use.

    Args:
        store: knows what each receiver was told.
        targets: the receivers.
        log_event: writes to the audit log.
        request: the run.
        database: the Odoo database, as messages name it.
        pause: waits between two tries.
    """

    def __init__(
        self,
        store: Store,
        targets: Sequence[AlertTarget],
        log_event: Callable[[AuditEvent], None],
        request: RunRequest,
        database: str,
        pause: Pause = time.sleep,
    ) -> None:
        self._store = store
        self._targets = targets
        self._log_event = log_event
        self._request = request
        self._database = database
        self._pause = pause

    def announce(self, result: SyncResult) -> None:
        """Tell each receiver what it does not know yet; what cannot be told now is told after the next run."""
        scope = self._request.scope
        if not self._targets or scope.dry_run or scope.is_filtered:
            return
        try:
            known = self._store.integrations.alerts(result.action)
            drift_at = self._find_newest_drift()
            for target in self._targets:
                self._tell(target, result, known.get(target.key, AlertState()), drift_at)
        except StoreError as error:  # the run is over, and its end stands in the store
            LOG.warning("Not everybody could be told about run %s: %s", result.run_id, error)

    def _tell(self, target: AlertTarget, result: SyncResult, known: AlertState, drift_at: datetime | None) -> None:
        if target.ping:
            if result.outcome is Outcome.SUCCESS:
                self._deliver(target, make_message(None, result, self._request.operator, self._database))
            return
        state = _find_state(result, self._covers_all(result))
        if state is not None and state != known.state:
            kind = AlertKind(state) if state else AlertKind.RECOVERED
            if self._is_told(target, kind, result):
                known = replace(known, state=state)
                self._store.integrations.save_alert(result.action, target.key, known)
        is_news = drift_at is not None and (known.drift_at is None or drift_at > known.drift_at)
        if is_news and self._is_told(target, AlertKind.DRIFT, result):
            self._store.integrations.save_alert(result.action, target.key, replace(known, drift_at=drift_at))

    def _is_told(self, target: AlertTarget, kind: AlertKind, result: SyncResult) -> bool:
        """Tell it, unless the receiver does not want to know; return whether nothing is left to tell."""
        if kind not in target.kinds:
            return True
        message = make_message(kind, result, self._request.operator, self._database)
        return not self._deliver(target, message).failure

    def _deliver(self, target: AlertTarget, message: AlertMessage) -> Delivery:
        delivery = deliver(target, message, self._pause)
        if message.kind or delivery.failure:  # a ping that arrives is no news
            self._log_event(_make_event(self._request.operator, target, message, delivery))
        return delivery

    def _covers_all(self, result: SyncResult) -> bool:
        return set(self._request.catalog.ids(result.action)) <= set(result.entities)

    def _find_newest_drift(self) -> datetime | None:
        """Find when the newest change of fields was found that nobody has seen."""
        ids = {entity.id for entity in self._request.entities}
        statistics = self._store.integrations.entity_statistics()
        return max((each.found_at for name in ids & statistics.keys() for each in statistics[name].drift), default=None)


def make_message(kind: AlertKind | None, result: SyncResult, operator: Operator, database: str) -> AlertMessage:
    """Make the message about a run: names, states and kinds of errors; never what an error says, nor a value."""
    problems = Counter(notice.kind for notice in (*result.errors, *result.warnings))
    return AlertMessage(
        kind,
        result.action.removeprefix("sync_").replace("_", "-"),
        result.run_id,
        operator.name,
        operator.host,
        datetime.now(UTC),
        database,
        {name: str(entity.state) for name, entity in result.entities.items()},
        dict(problems),
    )


def send_tests(targets: Sequence[AlertTarget], operator: Operator) -> dict[str, str]:
    """Send a test to each receiver, in one try; return why it was not taken by name, empty where it was.

    Raises:
        ConfigurationError: there is no receiver.
    """
    if not targets:
        raise ConfigurationError(
            "The settings name nobody to tell.", "Write a table [[alerts]]: odoo-sync-tui docs alerts"
        )
    message = AlertMessage(None, "test", "", operator.name, operator.host, datetime.now(UTC))
    return {target.name: deliver(target, message, pauses=()).failure for target in targets}


def _find_state(result: SyncResult, covers_all: bool) -> str | None:
    """Find the state of the sync after a run; ``None``: the run does not tell."""
    match result.outcome:
        case Outcome.SUCCESS:
            return IN_STEP if covers_all else None
        case Outcome.PARTIAL:
            is_withheld = any(entity.withheld for entity in result.entities.values())
            return AlertKind.WITHHELD if is_withheld else AlertKind.PARTIAL
        case Outcome.FAILED:
            return AlertKind.FAILED
        case _:
            return None


def _make_event(operator: Operator, target: AlertTarget, message: AlertMessage, delivery: Delivery) -> AuditEvent:
    origin = {name: value for name, value in asdict(operator).items() if name != "name" and value is not None}
    details: dict[str, object] = {
        "event": "alert_failed" if delivery.failure else "alert_sent",
        "about": str(message.kind or "ping"),
        "sync": message.sync,
        "of_run": message.run_id,
        "to": f"{target.name} ({target.way})",
        "tries": delivery.tries,
        **origin,
    }
    if delivery.failure:
        details["errors"] = [f"{target.name}: {delivery.failure}."]
    outcome = Outcome.FAILED if delivery.failure else None
    return AuditEvent(str(uuid.uuid4()), ALERT, operator.name, datetime.now(UTC), details, outcome=outcome)
