"""The border to Dask distributed, whose values have no types that hold: schedulers, TLS, and one connection."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol, cast

from odoo_sync_tui.pipeline.fleet.cluster.runs import (
    OUTCOMES,
    RESOURCE,
    RUNS_METRIC,
    Runs,
    run_source,
    stop_sources,
    zone_resource,
)
from odoo_sync_tui.pipeline.fleet.cluster.scheduler import (
    ClusterUnavailable,
    SchedulerConfig,
    Untyped,
    describe,
    load_distributed,
)

CONNECT_SECONDS = 5.0
"""How long one attempt to reach a scheduler may take. One that is there answers within milliseconds."""
WORKERS_TOPIC = "all"
"""Where a scheduler tells what becomes of its workers."""


@dataclass(frozen=True, slots=True)
class WorkerState:
    """One worker as the scheduler knows it.

    Attributes:
        address: where it says that it is.
        name: its name, which no other worker has.
        slots: how many runs it takes at once.
        keys: the runs that it had lately, those of others too.
        zones: resources of the zones that it serves.
    """

    address: str
    name: str
    slots: int
    keys: frozenset[str]
    zones: frozenset[str]


class Handle(Protocol):
    """A task that the scheduler keeps as long as this value lives."""

    def release(self) -> None:
        """Let the scheduler forget the task; what it began ends."""
        ...


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told what becomes of runs, in threads of Dask.

    Attributes:
        message: a worker's word about a run.
        worker_lost: address of a worker that is gone, and the keys of the runs that it had.
        ended: key, state and error of a task that has ended.
    """

    message: Callable[[Mapping[str, object]], None]
    worker_lost: Callable[[str, frozenset[str]], None]
    ended: Callable[[str, str, str], None]


@dataclass(frozen=True, slots=True)
class Opened:
    """A client of Dask, and all that ends with it."""

    client: Untyped
    resources: ExitStack


class Connection:
    """A connection to a scheduler, made anew when it is lost: a scheduler may go and come back.

    Args:
        open_client: makes a client; takes at most ``CONNECT_SECONDS``.
        listener: told what becomes of runs.
        notify: told when the connection is lost, and when it is back.
    """

    def __init__(self, open_client: Callable[[], Opened], listener: Listener, notify: Callable[[str], None]) -> None:
        self._open_client = open_client
        self._listener = listener
        self._notify = notify
        self._opener: threading.Thread | None = None
        self._is_lost = False
        self._opened = open_client()

    @property
    def is_open(self) -> bool:
        """Whether the scheduler is there, as far as is known."""
        return self._opened.client.status == "running"

    def submit(self, key: str, source: str, zone: str, user: str) -> Handle:
        """Hand one run over to the scheduler.

        Raises:
            ClusterUnavailable: it is away.
        """
        client = self._opened.client
        if not self.is_open:
            raise ClusterUnavailable("The scheduler is away.", "It is used again as soon as it is back.")
        # A client that finds its scheduler again by itself has no subscriptions there; to ask for one twice is free.
        client.subscribe_topic(OUTCOMES, self._hand_over)
        client.subscribe_topic(WORKERS_TOPIC, self._hand_over_worker)
        future = client.submit(
            run_source, key, source, zone, user, key=key, pure=False, retries=0, resources=make_resources(1, zone)
        )

        def hand_over_end(ended: Untyped) -> None:
            self._listener.ended(key, ended.status, _error_of(ended))

        future.add_done_callback(hand_over_end)
        return cast("Handle", future)

    def list_workers(self) -> tuple[WorkerState, ...]:
        """List the workers that take runs; none while the scheduler is away."""
        client = self._opened.client
        if self.is_open:
            with suppress(OSError):  # a TimeoutError too
                known = client.sync(client.scheduler.identity, callback_timeout=CONNECT_SECONDS)
                self._tell_found()
                return tuple(_read_workers(known["workers"]))
        self._recover()
        return ()

    def cancel(self, keys: Sequence[str], waiting: Sequence[Handle]) -> None:
        """Let runs end at their next page, and those that wait at the scheduler never begin."""
        addresses = [worker.address for worker in self.list_workers()]
        client = self._opened.client

        async def cancel() -> None:
            await client.cancel(waiting, asynchronous=True)

        if self.is_open:
            for address in addresses:
                load_distributed().fire_and_forget(
                    client.submit(stop_sources, list(keys), workers=[address], pure=False, retries=0)
                )
            with suppress(OSError):
                client.sync(cancel, callback_timeout=CONNECT_SECONDS)

    def close(self) -> None:
        """Give the connection back; what is still at work ends."""
        if self._opener:
            self._opener.join()
        client = self._opened.client
        if self.is_open:
            for topic in (OUTCOMES, WORKERS_TOPIC):  # a scheduler complains of listeners that are gone
                with suppress(ValueError):  # nothing was submitted
                    client.unsubscribe_topic(topic)
        self._opened.resources.close()

    def _recover(self) -> None:
        """Make another client, in a thread of its own, once this one has given up."""
        if not self._is_lost:
            self._is_lost = True
            self._notify("The connection to the scheduler is lost; trying again.")
        if self._opened.client.status == "closed" and not (self._opener and self._opener.is_alive()):
            self._opener = threading.Thread(target=self._reopen, name="scheduler", daemon=True)
            self._opener.start()

    def _reopen(self) -> None:
        with suppress(ClusterUnavailable):
            self._opened = self._open_client()

    def _tell_found(self) -> None:
        if self._is_lost:
            self._is_lost = False
            self._notify("The scheduler is back.")

    def _hand_over(self, event: tuple[float, Mapping[str, object]]) -> None:
        self._listener.message(event[1])

    def _hand_over_worker(self, event: tuple[float, Mapping[str, Any]]) -> None:
        message = event[1]
        if message.get("action") == "remove-worker":
            self._listener.worker_lost(str(message["worker"]), frozenset(message.get("processing-tasks", ())))


def open_remote(config: SchedulerConfig) -> Opened:
    """Open a client of a scheduler.

    Raises:
        ClusterUnavailable: it cannot be reached.
        ConfigurationError: the address is not safe, or a certificate cannot be used.
    """
    config.ensure_safe()
    try:
        client = load_distributed().Client(
            config.address,
            timeout=CONNECT_SECONDS,
            security=config.make_security(),
            set_as_default=False,
            name="odoo-sync-fleet",
        )
    except OSError as error:
        raise ClusterUnavailable(
            f"The scheduler {config.address} cannot be reached: {describe(error)}.",
            "Start it with: dask scheduler. Its certificate and yours must be of the same authority.",
        ) from error
    resources = ExitStack()
    resources.callback(_close, client)
    return Opened(client, resources)


def open_local(runs: Runs, slots: int) -> Opened:
    """Open a client of a scheduler and a worker in this process, which nobody else reaches."""
    distributed = load_distributed()
    common = {"protocol": "inproc", "dashboard": False, "dashboard_address": "127.0.0.1:0"}
    worker = {**common, **worker_options(runs, slots), "resources": make_resources(slots, "")}
    with ExitStack() as opening:
        opening.enter_context(private_settings())
        cluster = distributed.SpecCluster(
            scheduler={"cls": distributed.Scheduler, "options": common},
            workers={"local": {"cls": distributed.Worker, "options": worker}},
            silence_logs=False,
        )
        opening.callback(_close, cluster)
        client = distributed.Client(cluster, set_as_default=False)
        opening.callback(_close, client)
        return Opened(client, opening.pop_all())


@contextmanager
def private_settings() -> Generator[None]:
    """Let Dask write into a directory of our own, serve no pages, and not watch our threads each 10 ms for one.

    It imports from where it writes: in the directory that all users of a machine share somebody may wait for that.
    """
    with tempfile.TemporaryDirectory(prefix="odoo-sync-dask-", ignore_cleanup_errors=True) as directory:
        settings: dict[str, object] = {
            "temporary-directory": directory,
            "distributed.scheduler.http.routes": [],
            "distributed.worker.http.routes": [],
            "distributed.worker.profile.enabled": False,
        }
        with import_module("dask").config.set(settings):
            yield


def worker_options(runs: Runs, slots: int) -> dict[str, object]:
    """Return what every worker of ours is given. Its runs are processes of their own: it needs no memory itself."""

    def list_keys(_worker: object) -> list[str]:
        return runs.list_keys()

    return {
        "nthreads": slots + 1,  # the last one is for what stops runs
        "plugins": (runs,),
        "memory_limit": 0,
        "metrics": {RUNS_METRIC: list_keys},
    }


def make_resources(count: int, zone: str) -> dict[str, int]:
    """Return what runs need, and what a worker has for them."""
    return {RESOURCE: count, **({zone_resource(zone): count} if zone else {})}


def _close(client_or_cluster: Untyped) -> None:
    with suppress(OSError):
        client_or_cluster.close(timeout=CONNECT_SECONDS)


def _error_of(future: Untyped) -> str:
    if future.status != "error":
        return ""
    error = future.exception()
    return f"{type(error).__name__}: {describe(error)}"


def _read_workers(workers: Mapping[str, Any]) -> Iterator[WorkerState]:
    for address, known in workers.items():
        resources: Mapping[str, float] = known.get("resources", {})
        if RESOURCE not in resources or known.get("status") != "running":
            continue  # a worker of somebody else, or one that is about to end
        zones = frozenset(name for name in resources if name.startswith(zone_resource("")))
        keys = frozenset(known.get("metrics", {}).get(RUNS_METRIC, ()))
        yield WorkerState(address, str(known["name"]), int(resources[RESOURCE]), keys, zones)
