"""Checks of ``doctor`` and their results; checks that depend on a failed one are skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from odoo_sync_tui.core.errors import RunCancelled, SyncError


class Health(StrEnum):
    """Outcome of a check."""

    OK = "ok"
    WARN = "warn"  # works, but the operator should know
    FAIL = "fail"  # has to be fixed, or to be waited for
    SKIPPED = "skipped"  # not checked, or not applicable


@dataclass(frozen=True, slots=True)
class Seen:
    """Result of one check: a message, and a hint what to do. ``passing``: the failure may go away by itself."""

    health: Health
    message: str
    hint: str = ""
    passing: bool = False


def fine(message: str) -> Seen:
    """Build the result of a check that succeeded."""
    return Seen(Health.OK, message)


def doubtful(message: str, hint: str) -> Seen:
    """Build the result of a check that succeeded with a drawback."""
    return Seen(Health.WARN, message, hint)


def wrong(message: str, hint: str, *, passing: bool = False) -> Seen:
    """Build the result of a check that failed."""
    return Seen(Health.FAIL, message, hint, passing)


def untold(message: str) -> Seen:
    """Build the result of a check that cannot be made, or does not apply."""
    return Seen(Health.SKIPPED, message)


@dataclass(frozen=True, slots=True)
class Check:
    """One finished check: its stable name (``"odoo.tls"``) and its result."""

    name: str
    health: Health
    message: str
    hint: str = ""
    passing: bool = False

    def as_dict(self) -> dict[str, object]:
        """Return the check as plain data."""
        return {
            "name": self.name,
            "health": str(self.health),
            "message": self.message,
            "hint": self.hint,
            "passing": self.passing,
        }


@dataclass(frozen=True, slots=True)
class Step:
    """One check to be made. ``needed``: if it fails, all later steps of the same sequence are skipped."""

    name: str
    look: Callable[[], Seen]
    needed: bool = False


def in_turn(steps: Iterable[Step], broken: str = "") -> Iterator[Check]:
    """Run the steps lazily, one by one, and yield a check for each. Never raises, whatever a step does.

    ``broken`` names an earlier failed check on which all of these depend.
    """
    for step in steps:
        if broken:
            yield Check(step.name, Health.SKIPPED, f"Not looked at, because {broken} failed.")
            continue
        result = _run_step(step)
        if step.needed and result.health is Health.FAIL:
            broken = step.name
        yield Check(step.name, result.health, result.message, result.hint, result.passing)


def _run_step(step: Step) -> Seen:
    try:
        return step.look()
    except RunCancelled as error:  # the time limit of the check
        return wrong(error.message, "Try again; if it lasts, look at the network and the server.", passing=True)
    except SyncError as error:
        return wrong(error.message, error.hint, passing=error.retryable)
    except Exception as error:  # noqa: BLE001 - shown as a failed check, so that one defect costs no other check
        return wrong(f"An unforeseen {type(error).__name__} ended this check.", "Please report it.")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All checks of one ``doctor`` run."""

    checks: tuple[Check, ...]

    @property
    def health(self) -> Health:
        """The worst health of all checks; a skipped check does not count, the failure that caused it does."""
        present = {check.health for check in self.checks}
        return next((health for health in (Health.FAIL, Health.WARN) if health in present), Health.OK)

    @property
    def only_passing(self) -> bool:
        """Whether every failure may go away by itself."""
        return all(check.passing for check in self.checks if check.health is Health.FAIL)

    def as_dict(self) -> dict[str, object]:
        """Return the object printed by ``doctor --json``."""
        return {
            "health": str(self.health),
            "only_passing": self.only_passing,
            "counts": {str(health): sum(check.health is health for check in self.checks) for health in Health},
            "checks": [check.as_dict() for check in self.checks],
        }
