"""What ``doctor`` looks at: checks, how they ended, and the rule that what depends on a failed one is skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from odoo_sync_tui.core.errors import RunCancelled, SyncError


class Health(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"  # works, but the operator should know
    FAIL = "fail"  # has to be set right, or has to pass
    SKIPPED = "skipped"  # cannot be told


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look brought: a sentence, and what to do. ``passing``: it may be better later by itself."""

    health: Health
    message: str
    hint: str = ""
    passing: bool = False


def fine(message: str) -> Seen:
    """All is well."""
    return Seen(Health.OK, message)


def doubtful(message: str, hint: str) -> Seen:
    """It works, with a drawback."""
    return Seen(Health.WARN, message, hint)


def wrong(message: str, hint: str, *, passing: bool = False) -> Seen:
    """It does not work."""
    return Seen(Health.FAIL, message, hint, passing)


def untold(message: str) -> Seen:
    """It cannot be told, or does not apply here."""
    return Seen(Health.SKIPPED, message)


@dataclass(frozen=True, slots=True)
class Check:
    """One check by its stable name (``"odoo.tls"``) and what it brought."""

    name: str
    health: Health
    message: str
    hint: str = ""
    passing: bool = False

    def as_dict(self) -> dict[str, object]:
        """The check as plain data."""
        return {
            "name": self.name,
            "health": str(self.health),
            "message": self.message,
            "hint": self.hint,
            "passing": self.passing,
        }


@dataclass(frozen=True, slots=True)
class Step:
    """A look to be taken. ``needed``: without its success, all later steps of its row are skipped."""

    name: str
    look: Callable[[], Seen]
    needed: bool = False


def in_turn(steps: Iterable[Step], broken: str = "") -> Iterator[Check]:
    """Take the looks, one after the other, each when its check is asked for. Never raises, whatever a look does.

    ``broken`` is an earlier check that failed and without which none of these can be made.
    """
    for step in steps:
        if broken:
            yield Check(step.name, Health.SKIPPED, f"Not looked at, because {broken} failed.")
            continue
        seen = _taken(step)
        if step.needed and seen.health is Health.FAIL:
            broken = step.name
        yield Check(step.name, seen.health, seen.message, seen.hint, seen.passing)


def _taken(step: Step) -> Seen:
    try:
        return step.look()
    except RunCancelled as error:  # its time was up
        return wrong(error.message, "Try again; if it lasts, look at the network and the server.", passing=True)
    except SyncError as error:
        return wrong(error.message, error.hint, passing=error.retryable)
    except Exception as error:  # noqa: BLE001 - shown as a failed check, so that one defect costs no other check
        return wrong(f"An unforeseen {type(error).__name__} ended this check.", "Please report it.")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All checks together."""

    checks: tuple[Check, ...]

    @property
    def health(self) -> Health:
        """The worst of all; what was skipped counts as well as the reason for it."""
        found = {check.health for check in self.checks}
        return next((health for health in (Health.FAIL, Health.WARN) if health in found), Health.OK)

    @property
    def only_passing(self) -> bool:
        """Whether everything that failed may be better later by itself."""
        return all(check.passing for check in self.checks if check.health is Health.FAIL)

    def as_dict(self) -> dict[str, object]:
        """The object that ``doctor --json`` prints."""
        return {
            "health": str(self.health),
            "only_passing": self.only_passing,
            "counts": {str(health): sum(check.health is health for check in self.checks) for health in Health},
            "checks": [check.as_dict() for check in self.checks],
        }
