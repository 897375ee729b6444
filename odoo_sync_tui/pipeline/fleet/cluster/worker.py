"""``fleet worker``: a worker of Dask in the foreground, which executes runs for whoever may use its scheduler."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module

from odoo_sync_tui.pipeline.fleet.child import PROGRAM
from odoo_sync_tui.pipeline.fleet.cluster.connection import (
    CONNECT_SECONDS,
    make_resources,
    private_settings,
    worker_options,
)
from odoo_sync_tui.pipeline.fleet.cluster.runs import Runs
from odoo_sync_tui.pipeline.fleet.cluster.scheduler import (
    SchedulerConfig,
    Untyped,
    describe,
    load_distributed,
)
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.threads import POLL_SECONDS

RETRY_SECONDS = 2.0

_DISTRIBUTED = load_distributed()
_RETIRING, _RETIRED = "closing_gracefully", "scheduler-close-worker"
"""Dask's words where a scheduler wants fewer workers: the state before it closes one, and a reason to close it."""


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    """What one worker is.

    Attributes:
        scheduler: whom it works for.
        runs: most runs at once.
        zone: whose sources it takes besides those without a zone.
        name: what it is called; no two may have one name.
        given_options: the options that name the settings on this machine.
        program: the program itself.
    """

    scheduler: SchedulerConfig
    runs: int
    zone: str = ""
    name: str = ""
    given_options: Sequence[str] = ()
    program: Sequence[str] = PROGRAM

    def describe(self) -> str:
        """Describe it in some words."""
        runs = "1 run at once" if self.runs == 1 else f"{self.runs} runs at once"
        return f"{runs}, zone {self.zone}" if self.zone else runs


class _Worker(_DISTRIBUTED.Worker):
    """A worker that knows whether its scheduler wants it no more, or is away, or thought that it was."""

    is_retired = False

    async def close(self, *arguments: Untyped, **named: Untyped) -> Untyped:
        status: Untyped = self.status
        self.is_retired |= status.name == _RETIRING or named.get("reason") == _RETIRED
        named["executor_wait"] = False  # what it has begun may take hours
        parent: Untyped = super()
        return await parent.close(*arguments, **named)


def serve(config: WorkerConfig, cancel: CancelToken, notify: Callable[[str], None]) -> None:
    """Execute runs until a stop is requested, or the scheduler retires this worker.

    Without its scheduler a worker tries to reach it again. What it has begun goes on under its own lease, although
    nobody waits for it, and takes room until it ends. With a stop a worker takes no other run, lets those at work end
    at their next page, and tells how.

    Raises:
        ConfigurationError: the address is not safe, or a certificate cannot be used.
    """
    config.scheduler.ensure_safe()
    security = config.scheduler.make_security()
    with private_settings():
        asyncio.run(_Serving(config, security, cancel, notify).run())


class _Serving:
    """One worker after the other, until one ends for good."""

    def __init__(
        self,
        config: WorkerConfig,
        security: Untyped,
        cancel: CancelToken,
        notify: Callable[[str], None],
    ) -> None:
        self._config = config
        self._security = security
        self._cancel = cancel
        self._notify = notify
        self._taken = 0
        self._left: list[Runs] = []  # at work for connections that were lost

    async def run(self) -> None:
        """Work, and connect again whenever the scheduler is lost."""
        address, told = self._config.scheduler.address, ""
        self._notify(f"Waiting for the scheduler {address}.")
        while not self._cancel.is_requested:
            runs = Runs(self._config.given_options, self._config.program)
            self._left = [each for each in self._left if each.list_keys()]
            try:
                worker = await self._connect(runs)
            except (OSError, ValueError) as error:  # the latter: the scheduler refuses the name
                problem = f"{address}: {describe(error)}. Trying again."
                if problem != told:
                    told = problem
                    self._notify(problem)
                await self._wait_for(asyncio.sleep(RETRY_SECONDS))
                continue
            if worker is None or await self._work(worker, runs):
                break
            self._left.append(runs)
            told = ""
        await self._stop(self._left)

    async def _connect(self, runs: Runs) -> Untyped:
        """Connect a worker; ``None`` if a stop was requested before the scheduler took it.

        Raises:
            OSError: the scheduler is away, or does not trust us, or we do not trust it.
            ValueError: the scheduler refuses it, as one that has a worker of this name.
        """
        config, scheduler = self._config, self._config.scheduler
        if not await self._wait_for(self._reach()):
            return None
        self._taken = self._count_left()
        worker: Untyped = _Worker(
            scheduler.address,
            name=config.name or f"{socket.gethostname()}:{os.getpid()}",
            security=self._security,
            host=scheduler.loopback_host or None,  # without TLS nobody else may reach it
            dashboard=False,
            dashboard_address="127.0.0.1:0",
            **worker_options(runs, config.runs),
            resources=self._resources(),
        )
        try:
            has_started = await self._wait_for(worker.start())
        except BaseException:
            await worker.close(nanny=False)
            raise
        if not has_started:
            await worker.close(nanny=False)
            return None
        self._notify(f"Connected with {scheduler.address} as {worker.name}: {config.describe()}.")
        return worker

    async def _reach(self) -> None:
        """Connect once by hand: a worker tries for ever, and does not say what is wrong."""
        connect: Untyped = import_module("distributed.comm").connect
        options = self._security.get_connection_args("worker")
        comm = await connect(self._config.scheduler.address, timeout=CONNECT_SECONDS, **options)
        await comm.close()

    async def _work(self, worker: Untyped, runs: Runs) -> bool:
        """Work until the worker has ended; return whether that is for good."""
        finished = asyncio.ensure_future(worker.finished())
        while not finished.done() and not self._cancel.is_requested:
            if self._taken != (taken := self._count_left()):
                self._taken = taken
                with suppress(OSError):  # the next connection has all of them
                    await worker.set_resources(**self._resources())
            await asyncio.wait([finished], timeout=POLL_SECONDS)
        if not finished.done():
            worker.status = import_module("distributed.core").Status.closing_gracefully  # is given no other run
            await self._stop([*self._left, runs])
            with suppress(OSError):
                await worker.close(nanny=False, timeout=CONNECT_SECONDS, reason="stopped by a signal")
            return True
        if worker.is_retired:
            self._notify("The scheduler needs this worker no more.")
            await self._stop([*self._left, runs])
            return True
        self._notify("The scheduler is away. What is at work goes on; trying again.")
        return False

    def _count_left(self) -> int:
        return sum(len(runs.list_keys()) for runs in self._left)

    def _resources(self) -> dict[str, int]:
        return make_resources(max(0, self._config.runs - self._taken), self._config.zone)

    async def _stop(self, all_runs: Sequence[Runs]) -> None:
        """Let runs end at their next page, and wait for that."""
        for runs in all_runs:
            runs.stop("the worker was stopped")
        while any(runs.list_keys() for runs in all_runs):
            await asyncio.sleep(POLL_SECONDS)

    async def _wait_for(self, work: Coroutine[Untyped, Untyped, object]) -> bool:
        """Wait for work to be done; give it up and return ``False`` where a stop is requested before.

        Raises:
            Exception: the error of the work.
        """
        task = asyncio.ensure_future(work)
        while not task.done() and not self._cancel.is_requested:
            await asyncio.wait([task], timeout=POLL_SECONDS)
        if not task.done():
            task.cancel()
            await asyncio.wait([task])
            return False
        await task
        return True
