"""Checks of ``doctor`` and their results; checks that depend on a failed one are skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from odoo_sync_tui.core.errors import RunCancelled, SyncError


class Grade(StrEnum):
    """Grade of a check; in JSON its key is ``health``."""

    OK = "ok"
    WARN = "warn"  # works, but the operator should know
    FAIL = "fail"  # has to be fixed, or to be waited for
    SKIPPED = "skipped"  # not checked, or not applicable


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Result of one check: a message, and a hint what to do. ``transient``: the failure may go away by itself."""

    health: Grade
    message: str
    hint: str = ""
    transient: bool = False


def ok(message: str) -> CheckResult:
    """Build the result of a check that succeeded."""
    return CheckResult(Grade.OK, message)


def warning(message: str, hint: str) -> CheckResult:
    """Build the result of a check that succeeded with a drawback."""
    return CheckResult(Grade.WARN, message, hint)


def failure(message: str, hint: str, *, transient: bool = False) -> CheckResult:
    """Build the result of a check that failed."""
    return CheckResult(Grade.FAIL, message, hint, transient)


def skipped(message: str) -> CheckResult:
    """Build the result of a check that cannot be made, or does not apply."""
    return CheckResult(Grade.SKIPPED, message)


@dataclass(frozen=True, slots=True)
class Check:
    """One finished check: its stable name (``"odoo.tls"``) and its result."""

    name: str
    health: Grade
    message: str
    hint: str = ""
    transient: bool = False

    def as_dict(self) -> dict[str, object]:
        """Return the check as plain data."""
        return {
            "name": self.name,
            "health": str(self.health),
            "message": self.message,
            "hint": self.hint,
            "passing": self.transient,
        }


def sort_worst_first(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Sort the checks for a reader: failures, then warnings, then all others, each group in the order of the checks."""
    return tuple(sorted(checks, key=lambda check: {Grade.FAIL: 0, Grade.WARN: 1}.get(check.health, 2)))


@dataclass(frozen=True, slots=True)
class Step:
    """One check to be made. ``required``: if it fails, all later steps of the same sequence are skipped."""

    name: str
    run: Callable[[], CheckResult]
    required: bool = False


def run_checks(steps: Iterable[Step], failed_check: str = "") -> Iterator[Check]:
    """Run the steps lazily, one by one, and yield a check for each. Never raises, whatever a step does.

    ``failed_check`` names an earlier failed check on which all of these depend.
    """
    for step in steps:
        if failed_check:
            yield Check(step.name, Grade.SKIPPED, f"Not looked at, because {failed_check} failed.")
            continue
        result = _run_step(step)
        if step.required and result.health is Grade.FAIL:
            failed_check = step.name
        yield Check(step.name, result.health, result.message, result.hint, result.transient)


def _run_step(step: Step) -> CheckResult:
    try:
        return step.run()
    except RunCancelled as error:  # the time limit of the check
        return failure(error.message, "Try again; if it lasts, look at the network and the server.", transient=True)
    except SyncError as error:
        return failure(error.message, error.hint, transient=error.retryable)
    except Exception as error:  # noqa: BLE001 - shown as a failed check, so that one defect costs no other check
        return failure(f"An unforeseen {type(error).__name__} ended this check.", "Please report it.")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All checks of one ``doctor`` run."""

    checks: tuple[Check, ...]

    @property
    def health(self) -> Grade:
        """The worst health of all checks; a skipped check does not count, the failure that caused it does."""
        present = {check.health for check in self.checks}
        return next((health for health in (Grade.FAIL, Grade.WARN) if health in present), Grade.OK)

    @property
    def has_only_transient_failures(self) -> bool:
        """Whether every failure may go away by itself."""
        return all(check.transient for check in self.checks if check.health is Grade.FAIL)

    def as_dict(self) -> dict[str, object]:
        """Return the object printed by ``doctor --json``."""
        return {
            "health": str(self.health),
            "only_passing": self.has_only_transient_failures,
            "counts": {str(health): sum(check.health is health for check in self.checks) for health in Grade},
            "checks": [check.as_dict() for check in self.checks],
        }
