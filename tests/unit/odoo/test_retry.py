"""What may pass is tried again: with growing pauses, within a budget, never after a cancel."""

from __future__ import annotations

import pytest

from odoo_sync_tui.core.errors import OdooNoAnswerError, OdooSetupError, OdooTransientError, RunCancelled
from odoo_sync_tui.core.progress import Trouble
from odoo_sync_tui.odoo.calls.retry import MAX_PAUSE, Retry
from tests.unit.odoo.fakes import ManualTime


class Attempts:
    """Fails as told, then answers 42."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.made = 0

    def __call__(self) -> int:
        self.made += 1
        if self.errors:
            raise self.errors.pop(0)
        return 42


def busy(retry_after: float | None = None) -> OdooTransientError:
    return OdooTransientError("busy", retry_after=retry_after)


def test_a_call_succeeds_after_pauses_that_double() -> None:
    time = ManualTime()
    told: list[Trouble | None] = []
    retry = Retry(60, told.append, time, jitter=lambda: 1.0)
    assert retry.run(Attempts(busy(), busy(), busy()), time) == 42
    assert time.slept == [0.5, 1.0, 2.0]
    assert [trouble and (trouble.message, trouble.attempt) for trouble in told] == [
        ("busy", 2), ("busy", 3), ("busy", 4), None,
    ]  # fmt: skip
    assert retry.count == 3


def test_a_trouble_says_when_the_next_try_is_and_when_the_last() -> None:
    time = ManualTime()
    told: list[Trouble | None] = []
    Retry(60, told.append, time, jitter=lambda: 1.0).run(Attempts(busy(retry_after=20)), time)
    trouble = told[0]
    assert trouble is not None
    assert trouble.next_at is not None
    assert trouble.gives_up_at is not None
    assert (trouble.gives_up_at - trouble.next_at).total_seconds() == 40


def test_any_answer_ends_the_trouble_of_another_call_and_no_answer_speaks_of_none() -> None:
    time = ManualTime()
    told: list[Trouble | None] = []
    retry = Retry(60, told.append, time)
    retry.run(Attempts(), time)
    assert told == []
    with pytest.raises(OdooSetupError):
        retry.run(Attempts(busy(), OdooSetupError("gone")), time)
    retry.run(Attempts(), time)
    retry.run(Attempts(), time)
    assert [trouble is None for trouble in told] == [False, True]


def test_jitter_halves_a_pause_at_most() -> None:
    time = ManualTime()
    Retry(60, clock=time, jitter=lambda: 0.0).run(Attempts(busy(), busy()), time)
    assert time.slept == [0.25, 0.5]


def test_pauses_do_not_grow_for_ever() -> None:
    time = ManualTime()
    Retry(10_000, clock=time, jitter=lambda: 1.0).run(Attempts(*[busy() for _ in range(20)]), time)
    assert max(time.slept) == MAX_PAUSE


def test_the_server_decides_how_long_to_wait_at_least() -> None:
    time = ManualTime()
    Retry(60, clock=time).run(Attempts(busy(retry_after=20)), time)
    assert time.slept == [20]


def test_a_wait_beyond_the_budget_is_not_begun() -> None:
    time = ManualTime()
    attempts = Attempts(busy(retry_after=61))
    with pytest.raises(OdooTransientError):
        Retry(60, clock=time).run(attempts, time)
    assert time.slept == []


def test_the_budget_ends_it() -> None:
    time = ManualTime()
    attempts = Attempts(*[busy() for _ in range(100)])
    with pytest.raises(OdooTransientError):
        Retry(10, clock=time, jitter=lambda: 1.0).run(attempts, time)
    assert 5 < time.now <= 10


def test_other_errors_are_final_at_once() -> None:
    attempts = Attempts(OdooSetupError("wrong key"))
    with pytest.raises(OdooSetupError):
        Retry(60).run(attempts, ManualTime())
    assert attempts.made == 1


def test_silence_counts_only_so_often() -> None:
    time = ManualTime()
    attempts = Attempts(OdooNoAnswerError("silent"), busy(), OdooNoAnswerError("silent"))
    with pytest.raises(OdooNoAnswerError):
        Retry(60, clock=time).run(attempts, time, max_unanswered=2)
    assert attempts.made == 3


def test_a_cancel_ends_it_before_the_next_attempt() -> None:
    time = ManualTime()
    attempts = Attempts(busy())
    with pytest.raises(RunCancelled):
        Retry(60, lambda _: time.request("cancelled by anna"), time).run(attempts, time)
    assert attempts.made == 1
