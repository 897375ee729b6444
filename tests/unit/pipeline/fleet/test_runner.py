"""What keeps all sources in step, with a main database and an engine in the memory, and no time that passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from odoo_sync_tui.core.errors import ConfigurationError, RunCancelled, StoreUnavailable, SyncError
from odoo_sync_tui.core.reports.fleet import FleetState, SourceState
from odoo_sync_tui.pipeline.fleet.due_sources import Member, RunLimits
from odoo_sync_tui.pipeline.fleet.engine import RunOutcome
from odoo_sync_tui.pipeline.fleet.runner import CLAIM_SECONDS, FleetHooks, FleetRunner, RunnerOptions, RunnerToken
from tests.unit.pipeline.fleet.fakes import NOON, FakeEngine, MainDatabase

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
Step = Callable[[], object]
NO_LIMITS = RunLimits()
AWAY = StoreUnavailable("MongoDB is away.")


class Script(RunnerToken):
    """Each time that the runner waits, the next step happens, and the clock goes on by what it waits."""

    def __init__(self, database: MainDatabase, steps: Iterator[Step]) -> None:
        super().__init__()
        self._database = database
        self._steps = steps
        self.waited: list[float] = []
        self.woken = 0
        self.rested: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.rested.append(seconds)

    def wake(self) -> None:
        self.woken += 1

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        step = next(self._steps, None)
        if step is None:
            self.request("the script is over")
        else:
            step()
        self._database.pass_time(seconds)


@dataclass
class Fleet:
    """One runner and its surroundings."""

    database: MainDatabase = field(default_factory=MainDatabase)
    engine: FakeEngine = field(default_factory=FakeEngine)
    members: dict[str, Member] = field(default_factory=dict)
    ended: list[RunOutcome] = field(default_factory=list)
    problems: list[SyncError] = field(default_factory=list)
    token: RunnerToken | None = None

    def add(self, *names: str, every: timedelta = HOUR, **fields: object) -> None:
        self.members.update({name: Member(name, every, **fields) for name in names})

    def end(self, name: str, exit_code: int = 0, *results: dict[str, object], due: timedelta = HOUR) -> None:
        """A run ends, and has told its state."""
        if exit_code == 0:
            self.database.know(name, due_at=self.database.now + due)
        self.engine.end(name, exit_code, *results)

    def runner(self, *steps: Step, limits: RunLimits = NO_LIMITS, **options: object) -> FleetRunner:
        self.token = Script(self.database, iter(steps))
        hooks = FleetHooks(lambda: self.members, self.ended.append, self.problems.append)
        chosen = RunnerOptions(
            "here", limits, jitter=lambda _: timedelta(), clock=lambda: self.database.now.timestamp(), **options
        )
        return FleetRunner(self.database, self.database, self.engine, chosen, hooks, self.token)

    def run_forever(self, *steps: Step, **options: object) -> None:
        with pytest.raises(RunCancelled, match="the script is over"):
            self.runner(*steps, **options).run_forever()

    @property
    def begun(self) -> list[str]:
        return [each.source for each in self.engine.begun]


@pytest.fixture
def fleet() -> Fleet:
    return Fleet()


def test_once_runs_everything_that_is_due_and_then_ends(fleet: Fleet) -> None:
    fleet.add("acme", "beta", "cora", "late")
    fleet.database.know("cora", due_at=NOON + HOUR)
    fleet.database.know("late", due_at=NOON - HOUR)
    steps = [lambda: (fleet.end("acme", 1), fleet.end("beta")), lambda: fleet.end("late")]
    fleet.runner(*steps, user="anna").run_due()
    assert fleet.begun == ["late", "acme", "beta"]
    assert {each.user for each in fleet.engine.begun} == {"anna"}
    assert fleet.token.woken == 3, "it does not sleep on when a run has ended"
    assert [(each.source, each.exit_code) for each in fleet.ended] == [("acme", 1), ("beta", 0), ("late", 0)]
    assert fleet.database.taken() == set()


def test_a_runner_that_waits_is_woken_by_the_end_of_a_run_and_by_a_request_to_stop() -> None:
    token = RunnerToken()
    for news in (token.wake, lambda: token.request("enough")):
        news()
        token.wait(3600)


def test_once_leaves_out_what_another_runner_has_taken_and_does_not_wait_for_it(fleet: Fleet) -> None:
    fleet.add("acme", "beta")
    fleet.database.claim("acme", "another", "there", "local", 60)
    fleet.runner(lambda: fleet.end("beta")).run_due()
    assert fleet.begun == ["beta"]


def test_only_sources_with_a_chosen_tag_run(fleet: Fleet) -> None:
    fleet.add("acme", tags=("gold", "eu"))
    fleet.add("beta", tags=("silver",))
    fleet.runner(lambda: fleet.end("acme"), tags=frozenset({"gold"})).run_due()
    assert fleet.begun == ["acme"]


def test_a_source_runs_again_when_it_is_due_again_and_the_runner_waits_no_longer(fleet: Fleet) -> None:
    fleet.add("acme")
    soon = timedelta(seconds=3)
    fleet.run_forever(lambda: fleet.end("acme", due=soon), lambda: None, lambda: None, lambda: None)
    assert fleet.begun == ["acme", "acme"]
    assert fleet.token.waited[:3] == [2.0, 1.0, 2.0]  # it was due again one second after the first second look


def test_a_list_that_takes_long_to_read_is_not_read_all_the_time(fleet: Fleet) -> None:
    read = fleet.database.read

    def read_slowly() -> FleetState:
        fleet.database.pass_time(0.5)
        return read()

    fleet.run_forever(lambda: None)
    assert fleet.token.rested == []
    fleet.database.read = read_slowly  # type: ignore[method-assign]
    fleet.run_forever(lambda: None)
    assert fleet.token.rested == [pytest.approx(0.5)]


def test_a_new_source_is_run_without_a_restart_and_one_that_is_gone_no_more(fleet: Fleet) -> None:
    fleet.add("acme")
    fleet.run_forever(
        lambda: (fleet.end("acme", due=timedelta()), fleet.members.clear(), fleet.add("nova")),
        lambda: fleet.end("nova"),
    )
    assert fleet.begun == ["acme", "nova"]


def test_an_engine_without_room_for_a_zone_does_not_hold_up_another_zone(fleet: Fleet) -> None:
    fleet.engine.slots = {"eu": 1, "us": 1}
    fleet.add("alba", "bern", zone="eu")
    fleet.add("utah", zone="us")
    steps = [lambda: fleet.end("alba"), lambda: (fleet.end("bern"), fleet.end("utah"))]
    fleet.runner(*steps).run_due()
    assert fleet.begun == ["alba", "utah", "bern"]
    assert fleet.engine.begun[1].zone == "us"


def test_limits_count_what_runs_on_all_machines(fleet: Fleet) -> None:
    fleet.add("acme", "beta", tags=("gold",))
    fleet.add("cora")
    fleet.database.states["others"] = SourceState("others", tags=("gold",), at=NOON, due_at=NOON)
    fleet.database.claim("others", "another", "there", "local", 3)
    steps = [lambda: fleet.end("cora"), lambda: fleet.end("acme"), lambda: fleet.end("beta"), lambda: None]
    limits = RunLimits(runs_of_tag={"gold": 1})
    fleet.runner(lambda: None, *steps, limits=limits).run_due()
    assert fleet.begun == ["cora", "acme", "beta"]


def test_of_two_that_take_the_last_place_at_once_one_gives_its_source_back(fleet: Fleet) -> None:
    fleet.add("acme")
    claim = fleet.database.claim

    def claim_late(name: str, *arguments: object) -> bool:
        """Another runner was faster, after this one had counted."""
        claim("beta", "another", "there", "local", 1)
        return claim(name, *arguments)

    fleet.database.claim = claim_late  # type: ignore[method-assign]
    fleet.run_forever(lambda: None, limits=RunLimits(runs=1))
    assert fleet.begun == []
    assert fleet.database.taken() <= {"beta"}


def test_claims_are_renewed_while_runs_are_at_work_and_given_back_at_their_end(fleet: Fleet) -> None:
    fleet.add("acme", "beta")
    held: list[set[str]] = []
    rounds = int(2 * CLAIM_SECONDS / 2)
    fleet.run_forever(*[lambda: held.append(fleet.database.taken())] * rounds)
    assert held == [{"acme", "beta"}] * rounds
    assert len(fleet.database.renewed) == pytest.approx(6, abs=1)
    assert fleet.database.taken() == set()


def test_a_stop_ends_all_runs_and_gives_their_sources_back_for_the_next_runner_at_once(fleet: Fleet) -> None:
    fleet.add("acme", "beta")
    fleet.run_forever()
    assert fleet.engine.cancelled == "the fleet run ends"
    assert [each.exit_code for each in fleet.ended] == [143, 143]
    assert fleet.database.taken() == set()
    assert [each.retry_at for each in fleet.database.states.values()] == [None, None]


@pytest.mark.parametrize(
    ("exit_code", "results", "every", "seconds"),
    [
        (0, [{"outcome": "success"}], HOUR, None),
        (2, [{"kind": "configuration"}], HOUR, 600),
        (2, [{"kind": "configuration"}], MINUTE, 60),
        (3, [{"kind": "lease_held"}], HOUR, 60),
        (137, [{}], timedelta(seconds=15), 15),
    ],
)
def test_a_source_whose_run_could_not_begin_is_not_tried_again_at_once(
    fleet, exit_code, results, every, seconds
) -> None:
    fleet.add("acme", every=every)
    fleet.runner(lambda: fleet.engine.end("acme", exit_code, *results)).run_due()
    expected = None if seconds is None else fleet.database.now + timedelta(seconds=seconds)
    assert fleet.database.states["acme"].retry_at == expected


def test_nothing_that_was_due_after_all_does_not_make_the_runner_spin(fleet: Fleet) -> None:
    fleet.add("acme")
    fleet.database.know("acme", due_at=NOON - MINUTE)
    fleet.run_forever(lambda: fleet.engine.at_work.pop("acme").set_result(RunOutcome("acme", 0)), *[lambda: None] * 9)
    assert fleet.begun == ["acme"]


@pytest.mark.parametrize("error", [AWAY, ConfigurationError("The password was changed.")])
def test_while_the_main_database_is_away_runs_go_on_and_it_is_told_once(fleet: Fleet, error: SyncError) -> None:
    fleet.add("acme", "beta")

    def go(*, away: bool) -> None:
        fleet.database.away = error if away else None

    fleet.run_forever(
        lambda: go(away=True),
        lambda: fleet.engine.end("acme"),
        lambda: None,
        lambda: (go(away=False), fleet.database.know("acme", due_at=NOON + HOUR)),
        lambda: fleet.end("beta"),
    )
    assert [str(each) for each in fleet.problems] == [error.message]
    assert [(each.source, each.exit_code) for each in fleet.ended] == [("acme", 0), ("beta", 0)]
    assert fleet.begun == ["acme", "beta"]
    assert fleet.database.taken() == set()


def test_once_cannot_say_what_is_due_without_the_main_database(fleet: Fleet) -> None:
    fleet.add("acme")
    fleet.database.away = AWAY
    with pytest.raises(StoreUnavailable):
        fleet.runner().run_due()


def test_a_stop_while_the_main_database_is_away_still_ends_the_runner(fleet: Fleet) -> None:
    fleet.add("acme")
    fleet.run_forever(lambda: setattr(fleet.database, "away", AWAY))
    assert fleet.ended[0].exit_code == 143
