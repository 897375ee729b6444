"""The port behind which runs of many sources are executed, here or on other machines, and one such run.

An engine may forget everything: what is due, what runs and how it ended is in MongoDB. Names travel, secrets do not:
whoever executes a run reads the settings of its source itself.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol, cast

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.errors import SyncError
from odoo_sync_tui.pipeline.fleet.child import PROGRAM, ChildError, run_child
from odoo_sync_tui.runtime.cancel import CancelToken

MAX_RESULTS = 20
"""How many results of one run are kept; a source has fewer syncs than that."""
MAX_RESULT_LENGTH = 64 * 1024

TRY_AGAIN = 3
"""Exit code of a run that could not begin, and may later; as everywhere in this program."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """One run of one source: whatever of it is due.

    Attributes:
        source: its name.
        zone: where it may be executed only; empty: anywhere.
        user: the operator, for the audit history; empty: whoever executes it.
    """

    source: str
    zone: str = ""
    user: str = ""


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How one run of one source ended.

    Attributes:
        source: its name.
        exit_code: that of the process.
        results: what the process printed, an object for each sync that was due.
        where: host and process that executed it.
        seconds: how long it took.
        lost: why nobody knows how it ended; empty: it is known.
        stderr_tail: its last words, where it failed without a result.
    """

    source: str
    exit_code: int
    results: tuple[Mapping[str, object], ...] = ()
    where: str = ""
    seconds: float = 0.0
    lost: str = ""
    stderr_tail: str = ""


class Engine(Protocol):
    """Executes runs, each in a process of its own. Its methods are called by one thread."""

    @property
    def name(self) -> str:
        """What the operator calls it."""
        ...

    def submit(self, assignment: Assignment) -> Future[RunOutcome]:
        """Execute a run as soon as there is room. A run that fails or is lost is an outcome, not an error."""
        ...

    def free(self, zone: str) -> int:
        """How many more runs of this zone would begin at once."""
        ...

    def cancel(self, reason: str) -> None:
        """Let every run end at its next page, and begin no other."""
        ...

    def close(self) -> None:
        """Cancel what is at work, wait until it has ended, and give back what the engine holds."""
        ...


def execute(
    assignment: Assignment, given_options: Sequence[str], cancel: CancelToken, program: Sequence[str] = PROGRAM
) -> RunOutcome:
    """Execute one run in a process of its own on this machine; never raises for a run that fails.

    Args:
        assignment: which source.
        given_options: those that name the settings on this machine: ``--config``, ``--set``.
        cancel: lets the run end at its next page.
        program: the program itself.
    """
    results: list[Mapping[str, object]] = []

    def keep(line: str) -> None:
        result = _parse(line)
        if result is not None and len(results) < MAX_RESULTS:
            results.append(result)

    begun = time.monotonic()
    try:
        child = run_child([*given_options, *_command(assignment)], cancel, keep, program=program)
    except ChildError as error:
        return refuse(assignment.source, error, socket.gethostname())
    return RunOutcome(
        assignment.source,
        child.exit_code,
        tuple(results),
        f"{socket.gethostname()}:{child.pid}",
        time.monotonic() - begun,
        stderr_tail=child.stderr_tail if child.exit_code and not results else "",
    )


def refuse(source: str, error: SyncError, where: str = "") -> RunOutcome:
    """Return the outcome of a run that could not begin, and may later."""
    failure = {"outcome": str(Outcome.FAILED), "error": error.message, "hint": error.hint, "kind": error.kind}
    return RunOutcome(source, TRY_AGAIN, (failure,), where)


def _command(assignment: Assignment) -> list[str]:
    user = [f"--user={assignment.user}"] if assignment.user else []
    return ["schedule", "run", "--once", f"--source={assignment.source}", "--json", *user]


def _parse(line: str) -> Mapping[str, object] | None:
    """Parse a line of JSON; ``None`` if it is no object, or longer than any result is."""
    if len(line) > MAX_RESULT_LENGTH:
        return None
    try:
        value: object = json.loads(line)
    except ValueError:
        return None
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else None
