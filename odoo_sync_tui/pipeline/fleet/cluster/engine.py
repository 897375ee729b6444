"""Engine ``dask``: hands runs over to a scheduler, and waits for what their workers tell.

Dask tries nothing again. A run that has begun on a worker which is gone is lost for this engine, and due again when the
store of its source says so; one that has not begun is given to another worker.
"""

from __future__ import annotations

import itertools
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field, replace
from uuid import uuid4

from odoo_sync_tui.core.errors import SyncError
from odoo_sync_tui.pipeline.fleet.child import GRACE_SECONDS, PROGRAM
from odoo_sync_tui.pipeline.fleet.cluster.connection import (
    CONNECT_SECONDS,
    ClusterUnavailable,
    Connection,
    Handle,
    Listener,
    SchedulerConfig,
    WorkerState,
    open_local,
    open_remote,
)
from odoo_sync_tui.pipeline.fleet.cluster.runs import Runs, read_outcome, zone_resource
from odoo_sync_tui.pipeline.fleet.engine import TRY_AGAIN, Assignment, RunOutcome, refuse
from odoo_sync_tui.runtime.signals import EXIT_CODE_BASE

LOOK_SECONDS = 1.0
"""How old the list of workers may be."""
END_SECONDS = GRACE_SECONDS + 2 * CONNECT_SECONDS
"""How long a cancelled run may take to tell its end: its process is killed before that."""

Notify = Callable[[str], None]


@dataclass(slots=True)
class _Run:
    assignment: Assignment
    zone: str
    since: float = field(default_factory=time.monotonic)
    outcome: Future[RunOutcome] = field(default_factory=Future[RunOutcome])
    handle: Handle | None = None
    worker: str = ""  # once it has begun


@dataclass(frozen=True, slots=True)
class Manner:
    """How an engine deals with its workers.

    Attributes:
        zones: a source with a zone is executed by workers of that zone only.
        waits: a source for which there is no worker waits for one; else its run ends at once, as one that is lost.
        ahead: how many runs may wait at the scheduler for room: only by them it can know that more workers are wanted.
    """

    zones: bool = True
    waits: bool = True
    ahead: int = 0


class DaskEngine:
    """Executes runs on the workers of a scheduler.

    Args:
        connect: connects with a scheduler, for somebody who is told what becomes of runs.
        notify: told what an operator has to know: no worker of a zone, a scheduler that is away.
        manner: how it deals with workers.

    Raises:
        ClusterUnavailable: the scheduler cannot be reached.
        ConfigurationError: its address is not safe, or Dask is not installed.
    """

    def __init__(self, connect: Callable[[Listener, Notify], Connection], notify: Notify, manner: Manner) -> None:
        self._notify = notify
        self._manner = manner
        self._prefix = f"odoo-sync-run-{uuid4().hex}-"  # of a key Dask keeps the words before the first number for ever
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._runs: dict[str, _Run] = {}
        self._lost: set[str] = set()
        self._is_cancelled = False
        self._timer = threading.Timer(END_SECONDS, self._lose_all)
        self._timer.daemon = True
        self._empty_zones: set[str] = set()
        self._workers: tuple[WorkerState, ...] = ()
        self._looked_at = float("-inf")
        self._connection = connect(Listener(self._take_message, self._worker_lost, self._task_ended), notify)

    @property
    def name(self) -> str:
        """What the operator calls it."""
        return "dask"

    def submit(self, assignment: Assignment) -> Future[RunOutcome]:
        """Execute a run as soon as a worker of its zone has room."""
        run = _Run(assignment, assignment.zone if self._manner.zones else "")
        key = f"{self._prefix}{next(self._numbers)}"
        run.outcome.set_running_or_notify_cancel()
        with self._lock:
            self._runs[key] = run
        if self._is_cancelled:
            self._end(key, _not_begun(run))
        elif not self._manner.waits and not self._find_workers(run.zone) and self._connection.is_open:
            self._refuse(key, _no_worker(run.zone))
        else:
            try:
                run.handle = self._connection.submit(key, assignment.source, run.zone, assignment.user)
            except ClusterUnavailable as error:
                self._refuse(key, error)
        return run.outcome

    def free(self, zone: str) -> int:
        """How many more runs of this zone would begin at once, and those that may wait for room."""
        if self._is_cancelled:
            return 0
        zone = zone if self._manner.zones else ""
        workers = self._find_workers(zone)
        if not workers and not self._manner.waits:
            return 1  # to end at once
        if not self._connection.is_open:
            return 0
        self._tell_zone(zone, is_empty=not workers)
        with self._lock:
            runs = list(self._runs.values())
        at_work = Counter(run.worker for run in runs if run.worker)
        waiting = sum(not run.worker and zone in (run.zone, "") for run in runs)
        room = sum(max(0, each.slots - at_work[each.name] - self._count_others(each)) for each in workers)
        return max(0, room + self._manner.ahead - waiting)

    def cancel(self, reason: str) -> None:  # noqa: ARG002 -- a process is stopped by a signal, which bears no reason
        """Let every run end at its next page, and begin no other."""
        if self._is_cancelled:
            return
        self._is_cancelled = True
        with self._lock:
            runs = dict(self._runs)
        self._connection.cancel(list(runs), [run.handle for run in runs.values() if run.handle and not run.worker])
        for key, run in runs.items():
            if not run.worker:
                self._end(key, _not_begun(run))
        self._timer.start()

    def close(self) -> None:
        """Cancel what is at work, wait until it has ended, and give back the connection."""
        self.cancel("the engine was closed")
        with self._lock:
            at_work = [run.outcome for run in self._runs.values()]
        wait(at_work)
        self._timer.cancel()
        self._connection.close()

    def _find_workers(self, zone: str) -> list[WorkerState]:
        """Find the workers that take runs of a zone."""
        if not self._connection.is_open or time.monotonic() - self._looked_at >= LOOK_SECONDS:
            self._workers = self._connection.list_workers()
            self._looked_at = time.monotonic()
        return [each for each in self._workers if not zone or zone_resource(zone) in each.zones]

    def _count_others(self, worker: WorkerState) -> int:
        """Count the runs of other clients, and lost ones of ours; of our others we know more than a worker tells."""
        return sum(key in self._lost or not key.startswith(self._prefix) for key in worker.keys)

    def _tell_zone(self, zone: str, *, is_empty: bool) -> None:
        if not is_empty:
            self._empty_zones.discard(zone)
        elif zone not in self._empty_zones:
            self._empty_zones.add(zone)
            self._notify(f"{_no_worker(zone)} Until then its sources wait.")

    def _take_message(self, message: Mapping[str, object]) -> None:
        key = str(message.get("key"))
        with self._lock:
            run = self._runs.get(key)
        if run is None:
            return  # of another fleet run
        if outcome := read_outcome(message):
            self._end(key, replace(outcome, source=run.assignment.source))
        elif not run.worker:
            run.worker = str(message.get("begun"))

    def _worker_lost(self, address: str, keys: frozenset[str]) -> None:
        with self._lock:
            lost = {key: run for key, run in self._runs.items() if key in keys and run.worker}
        for key, run in lost.items():
            self._lose(key, f"the worker {run.worker} ({address}) is gone")

    def _task_ended(self, key: str, status: str, error: str) -> None:
        with self._lock:
            run = self._runs.get(key)
        if run is None or (status == "cancelled" and self._is_cancelled):
            return  # its worker tells how it ends
        self._lose(key, error if status == "error" else "the connection to the scheduler was lost")

    def _lose_all(self) -> None:
        with self._lock:
            keys = list(self._runs)
        for key in keys:
            self._lose(key, "nothing was heard of its end")

    def _refuse(self, key: str, error: SyncError) -> None:
        """End a run that was never handed over."""
        with self._lock:
            source = self._runs[key].assignment.source
        self._end(key, refuse(source, error))

    def _lose(self, key: str, why: str) -> None:
        with self._lock:
            run = self._runs.get(key)
        if run:
            source = run.assignment.source
            self._lost.add(key)  # its process may be at work still
            self._end(key, RunOutcome(source, TRY_AGAIN, where=run.worker, seconds=_seconds(run), lost=why))

    def _end(self, key: str, outcome: RunOutcome) -> None:
        with self._lock:
            run = self._runs.pop(key, None)
        if run is None:
            return
        if run.handle:
            run.handle.release()
        run.outcome.set_result(outcome)


def open_remote_engine(config: SchedulerConfig, notify: Notify, manner: Manner) -> DaskEngine:
    """Open the engine on the workers of a scheduler.

    Raises:
        ClusterUnavailable: the scheduler cannot be reached.
        ConfigurationError: its address is not safe, or Dask is not installed.
    """
    return DaskEngine(lambda listener, tell: Connection(lambda: open_remote(config), listener, tell), notify, manner)


def open_local_engine(
    given_options: Sequence[str], slots: int, notify: Notify, program: Sequence[str] = PROGRAM
) -> DaskEngine:
    """Open the engine on a scheduler and a worker in this process.

    Args:
        given_options: the options that name the settings: ``--config``, ``--set``.
        slots: most runs at once.
        notify: told what an operator has to know.
        program: the program itself.

    Raises:
        ConfigurationError: Dask is not installed.
    """

    def connect(listener: Listener, tell: Notify) -> Connection:
        runs = Runs(given_options, program)
        return Connection(lambda: open_local(runs, slots), listener, tell)

    return DaskEngine(connect, notify, Manner(zones=False))


def _no_worker(zone: str) -> ClusterUnavailable:
    of_zone, option = (f" of zone {zone}", f" --zone {zone}") if zone else ("", "")
    return ClusterUnavailable(f"There is no worker{of_zone}.", f"Start one with: odoo-sync-tui fleet worker{option}.")


def _not_begun(run: _Run) -> RunOutcome:
    return RunOutcome(run.assignment.source, EXIT_CODE_BASE + signal.SIGTERM, seconds=_seconds(run))


def _seconds(run: _Run) -> float:
    return time.monotonic() - run.since
