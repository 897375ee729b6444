"""Tell people about syncs: once for each change of their state, never so that a run fails of it."""

from __future__ import annotations

import logging
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from types import MappingProxyType

from odoo_sync_tui.core.actions import ALERT, Action, Outcome
from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.core.errors import ConfigurationError, RunCancelled, StoreError, SyncError
from odoo_sync_tui.core.reports.assessment import describe_end, format_action
from odoo_sync_tui.core.reports.overview import Standing
from odoo_sync_tui.core.result import SyncResult
from odoo_sync_tui.core.run import Operator
from odoo_sync_tui.core.schedule import PlannedSync, Punctuality
from odoo_sync_tui.core.text.times import format_local_time
from odoo_sync_tui.notify.delivery import Delivery, deliver, kill_commands
from odoo_sync_tui.notify.message import AlertMessage
from odoo_sync_tui.notify.targets import AlertKind, AlertTarget
from odoo_sync_tui.pipeline.run.request import RunRequest
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.threads import ChildCancelToken, start_thread
from odoo_sync_tui.store.database import Store
from odoo_sync_tui.store.runs.integrations import AlertState

LOG = logging.getLogger(__name__)

IN_STEP = ""
ALL_SYNCS = "all"
"""Stands for all syncs where it is kept what receivers know."""
MAX_SECONDS = 20.0
"""How long the receivers may take, all together."""
RETRY_INTERVAL = timedelta(minutes=15)
"""After how long it is tried again to tell what no run tells."""


@dataclass(frozen=True, slots=True)
class _Letter:
    """What one receiver is to know about one sync, or about all.

    Attributes:
        target: the receiver.
        action: the sync, or :data:`ALL_SYNCS`.
        message: what it is told; ``None``: it does not want to know.
        known: what is kept once it knows.
        is_repeated: whether it is tried again by a clock, if it cannot be told now; else by the next run.
    """

    target: AlertTarget
    action: str
    message: AlertMessage | None
    known: Mapping[str, object]
    is_repeated: bool = False


class Announcer:
    """Tells receivers what they do not know yet; what cannot be told now is told later.

    Args:
        store: knows what each receiver was told.
        targets: the receivers.
        log_event: writes to the audit log.
        operator: who tells.
        database: the Odoo database, as messages name it.
        cancel: ends the waiting for receivers.
    """

    def __init__(
        self,
        store: Store,
        targets: Sequence[AlertTarget],
        log_event: Callable[[AuditEvent], None],
        operator: Operator,
        database: str,
        cancel: CancelToken,
    ) -> None:
        self._store = store
        self._targets = targets
        self._log_event = log_event
        self._operator = operator
        self._database = database
        self._cancel = cancel
        self._has_announced = False

    def announce_run(self, request: RunRequest, result: SyncResult, read_standing: Callable[[], Standing]) -> None:
        """Tell about a run that has ended, and how all syncs stand by now."""
        self._has_announced = True
        if not (request.scope.dry_run or request.scope.is_filtered):
            self._tell(lambda: self._write_after_run(request, result, read_standing))

    def announce_refusal(self, action: Action, error: SyncError) -> None:
        """Tell that a run could not begin, unless it began and its end has been told."""
        if not self._has_announced:
            message = self._make_message(action, problems={error.kind: 1})
            self._tell(lambda: self._write_state(action, AlertKind.FAILED, message))

    def announce_standing(self, standing: Standing) -> None:
        """Tell which syncs are late, and what ends soon."""
        self._tell(lambda: self._write_standing(standing))

    # ---------------------------------------------------------------------------------------------- what is news

    def _write_after_run(
        self, request: RunRequest, result: SyncResult, read_standing: Callable[[], Standing]
    ) -> Iterator[_Letter]:
        action, message = result.action, make_message(None, result, self._operator, self._database)
        if result.outcome is Outcome.SUCCESS:
            yield from (_Letter(each, action, message, {}) for each in self._targets if each.ping)
        state = _find_state(result, set(request.catalog.ids(action)) <= set(result.entities))
        if state is not None:
            yield from self._write_state(action, state, message)
        drift_at = self._find_newest_drift(request)
        for target, known in self._list_known(action):
            if drift_at is not None and (known.drift_at is None or drift_at > known.drift_at):
                yield _make_letter(target, action, AlertKind.DRIFT, message, {"drift_at": drift_at})
        # A success of the whole sync ends its lateness, too, and has been told.
        yield from self._write_standing(read_standing(), except_of=action if state == IN_STEP else None)

    def _write_state(self, action: str, state: str, message: AlertMessage) -> Iterator[_Letter]:
        for target, known in self._list_known(action):
            if state == IN_STEP and (known.state or known.late):
                yield _make_letter(target, action, AlertKind.RECOVERED, message, {"state": IN_STEP, "late": False})
            elif state not in {IN_STEP, known.state}:
                yield _make_letter(target, action, AlertKind(state), message, {"state": state})

    def _write_standing(self, standing: Standing, except_of: str | None = None) -> Iterator[_Letter]:
        now = datetime.now(UTC)
        for planned in standing.planned:
            if planned.action != except_of:
                yield from self._write_lateness(planned, now)
        near = {f"{thing} {end:%Y-%m-%d}": (thing, end) for thing, end in standing.expiries.list_near(now)}
        for target, known in self._list_known(ALL_SYNCS):
            news = [describe_end(thing, end, now) for key, (thing, end) in near.items() if key not in known.ends]
            if news and not _was_tried(known, now):
                message = self._make_message("", note="; ".join(news))
                ends = {"ends": sorted(near)}
                yield _make_letter(target, ALL_SYNCS, AlertKind.EXPIRES, message, ends, is_repeated=True)

    def _write_lateness(self, planned: PlannedSync, now: datetime) -> Iterator[_Letter]:
        is_late = planned.punctuality is Punctuality.LATE
        for target, known in self._list_known(planned.action):
            if is_late == known.late or planned.punctuality is None or _was_tried(known, now):
                continue
            kind = AlertKind.LATE if is_late else AlertKind.RECOVERED
            since = format_local_time(planned.last_success, UTC) if planned.last_success else ""
            message = self._make_message(planned.action, note=f"no success since {since}" if is_late else "")
            letter = _make_letter(target, planned.action, kind, message, {"late": is_late}, is_repeated=True)
            # What still failed when it came back in time was told to have failed, and has not recovered.
            yield letter if is_late or not known.state else replace(letter, message=None)

    def _list_known(self, action: str) -> Iterator[tuple[AlertTarget, AlertState]]:
        """Yield each receiver but pings with what it knows."""
        known = self._store.integrations.alerts(action)
        return ((each, known.get(each.key, AlertState())) for each in self._targets if not each.ping)

    def _find_newest_drift(self, request: RunRequest) -> datetime | None:
        """Find when the newest change of fields was found that nobody has seen."""
        ids = {entity.id for entity in request.entities}
        statistics = self._store.integrations.entity_statistics()
        return max((each.found_at for name in ids & statistics.keys() for each in statistics[name].drift), default=None)

    def _make_message(
        self, action: str, problems: Mapping[str, int] = MappingProxyType({}), note: str = ""
    ) -> AlertMessage:
        sync, operator = format_action(action), self._operator
        parts = operator.name, operator.host, datetime.now(UTC), self._database
        return AlertMessage(None, sync, "", *parts, problems=problems, note=note)

    # ---------------------------------------------------------------------------------------------- telling it

    def _tell(self, write: Callable[[], Iterable[_Letter]]) -> None:
        """Write letters, deliver them, and keep who knows what."""
        if not self._targets or self._cancel.is_requested:
            return
        try:
            letters = list(write())
            for letter, delivery in self._deliver([each for each in letters if each.message]):
                self._keep(letter, delivery)
            for letter in letters:
                if letter.message is None:
                    self._keep(letter, Delivery(0))
        except StoreError as error:  # the run is over, and its end stands in the store
            LOG.warning("Not everybody could be told: %s", error)

    def _deliver(self, letters: Sequence[_Letter]) -> Iterator[tuple[_Letter, Delivery]]:
        """Deliver to all receivers side by side; none is waited for beyond the time, or the end of the program."""
        ends_at = time.monotonic() + MAX_SECONDS
        patience = _Patience(self._cancel, ends_at + 1)
        by_target: dict[str, list[_Letter]] = {}
        for letter in letters:
            by_target.setdefault(letter.target.name, []).append(letter)
        done: dict[int, Delivery] = {}
        works = [start_thread(partial(_deliver_in_turn, each, done, ends_at), "alerts") for each in by_target.values()]
        failure = ""
        for work in works:
            try:
                work.result(patience)
            except RunCancelled as error:
                failure = error.message.rstrip(".")
                kill_commands()
        yield from ((each, done.get(id(each), Delivery(1, failure))) for each in letters)

    def _keep(self, letter: _Letter, delivery: Delivery) -> None:
        message, is_told = letter.message, not delivery.failure
        if message and (message.kind or delivery.failure):  # a ping that arrives is no news
            self._log_event(_make_event(self._operator, letter.target, message, delivery))
        known = dict(letter.known) if is_told else {}
        if letter.is_repeated:
            known["failed_at"] = None if is_told else datetime.now(UTC)
        if known:
            self._store.integrations.save_alert(letter.action, letter.target.key, known)


class _Patience(ChildCancelToken):
    """Ends a waiting when its time is over, or the end of the run was requested."""

    def __init__(self, parent: CancelToken, ends_at: float) -> None:
        super().__init__(parent)
        self._ends_at = ends_at

    def raise_if_requested(self) -> None:
        """Stop here if the time is over, or a stop was requested.

        Raises:
            RunCancelled: it is so.
        """
        if self._parent.is_requested:
            raise RunCancelled("the program was asked to end meanwhile")
        if time.monotonic() >= self._ends_at:
            raise RunCancelled(f"it took longer than {MAX_SECONDS:g} s")


def _make_letter(
    target: AlertTarget,
    action: str,
    kind: AlertKind,
    message: AlertMessage,
    known: Mapping[str, object],
    *,
    is_repeated: bool = False,
) -> _Letter:
    told = replace(message, kind=kind) if kind in target.kinds else None
    return _Letter(target, action, told, known, is_repeated)


def _deliver_in_turn(letters: Iterable[_Letter], done: dict[int, Delivery], ends_at: float) -> None:
    for letter in letters:
        if letter.message:
            done[id(letter)] = deliver(letter.target, letter.message, ends_at=ends_at)


def _was_tried(known: AlertState, now: datetime) -> bool:
    return known.failed_at is not None and timedelta(0) <= now - known.failed_at < RETRY_INTERVAL


def make_message(kind: AlertKind | None, result: SyncResult, operator: Operator, database: str) -> AlertMessage:
    """Make the message about a run: names, states and kinds of errors; never what an error says, nor a value."""
    problems = Counter(notice.kind for notice in (*result.errors, *result.warnings))
    return AlertMessage(
        kind,
        format_action(result.action),
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
