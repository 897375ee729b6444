"""What a worker of Dask does for us: one run of one source, in a process of its own.

Another version of this program may be at the other end: names and arguments of :func:`run_source` and
:func:`stop_sources` and the form of a message are an interface. How a run ended is sent on the worker's own connection
to the scheduler: nobody ever has to reach a worker, and nothing is lost with one that ends in good order.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, cast

from odoo_sync_tui.pipeline.fleet.child import PROGRAM
from odoo_sync_tui.pipeline.fleet.cluster.scheduler import Untyped, load_distributed
from odoo_sync_tui.pipeline.fleet.engine import Assignment, RunOutcome, execute
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.threads import ChildCancelToken

OUTCOMES = "odoo-sync-outcomes"
"""Topic of the scheduler on which workers tell of runs. One for all, because a scheduler never forgets a topic."""
RESOURCE = "odoo-sync-run"
"""Resource of which a worker has one for each run at once: no worker of somebody else is given a run."""
RUNS_METRIC = "odoo_sync_runs"
PLUGIN = "odoo-sync-runs"

_DISTRIBUTED = load_distributed()  # raises ConfigurationError where it is not installed
_CANCELLED = "the run was cancelled"


def zone_resource(zone: str) -> str:
    """Name the resource that workers of a zone have."""
    return f"odoo-sync-zone:{zone}"


class Runs(_DISTRIBUTED.WorkerPlugin):
    """The runs at work on one worker, and how they are stopped.

    Args:
        given_options: the options that name the settings on this machine: ``--config``, ``--set``.
        program: the program itself.
    """

    name = PLUGIN

    def __init__(self, given_options: Sequence[str], program: Sequence[str] = PROGRAM) -> None:
        self._given_options = given_options
        self._program = program
        self._all = CancelToken()
        self._lock = threading.Lock()
        self._tokens: dict[str, CancelToken] = {}
        self._unwanted: set[str] = set()

    def list_keys(self) -> list[str]:
        """List the keys of the runs at work."""
        with self._lock:
            return list(self._tokens)

    def stop(self, reason: str) -> None:
        """Let every run end at its next page, and begin no other."""
        self._all.request(reason)

    def execute(self, key: str, assignment: Assignment) -> RunOutcome:
        """Execute one run, and wait for its end."""
        token = ChildCancelToken(self._all)
        with self._lock:
            self._tokens[key] = token
            if key in self._unwanted:
                token.request(_CANCELLED)
        try:
            return execute(assignment, self._given_options, token, self._program)
        finally:
            with self._lock:
                del self._tokens[key]
                self._unwanted.discard(key)

    def stop_runs(self, keys: Sequence[str]) -> None:
        """Let these runs end at their next page, also those that are about to begin."""
        with self._lock:
            self._unwanted.update(keys)
            tokens = [self._tokens[key] for key in keys if key in self._tokens]
        for token in tokens:
            token.request(_CANCELLED)


def run_source(key: str, source: str, zone: str, user: str) -> None:
    """Execute one run on this worker, and tell when it begins and how it ended. The function that a scheduler starts.

    Raises:
        RuntimeError: this worker was not started by this program.
    """
    worker: Untyped = _DISTRIBUTED.get_worker()
    runs = worker.plugins.get(PLUGIN)
    if runs is None:
        raise RuntimeError("this worker of Dask was started by another program")
    worker.log_event(OUTCOMES, {"key": key, "begun": str(worker.name)})
    outcome = cast("Runs", runs).execute(key, Assignment(source, zone, user))
    worker.log_event(OUTCOMES, {"key": key, "outcome": json.dumps(asdict(outcome))})


def stop_sources(keys: list[str]) -> None:
    """Let these runs end at their next page, if they are at work on this worker. A scheduler starts this, too.

    A cancelled task would not do: a worker cannot tell that from a client that is gone for a moment.
    """
    worker: Untyped = _DISTRIBUTED.get_worker()
    if runs := worker.plugins.get(PLUGIN):
        cast("Runs", runs).stop_runs(keys)


def read_outcome(message: Mapping[str, object]) -> RunOutcome | None:
    """Read how a run ended out of a worker's message; ``None`` if it says something else."""
    if not isinstance(text := message.get("outcome"), str):
        return None
    fields = cast("dict[str, Any]", json.loads(text))
    known = {name: value for name, value in fields.items() if name in RunOutcome.__dataclass_fields__}
    known["results"] = tuple(fields.get("results", ()))
    return RunOutcome(**known)
