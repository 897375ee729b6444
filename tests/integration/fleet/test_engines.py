"""What every engine does with the runs that it is given."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from odoo_sync_tui.pipeline.fleet.child import PROGRAM
from odoo_sync_tui.pipeline.fleet.cluster.engine import open_local_engine
from odoo_sync_tui.pipeline.fleet.engine import Assignment, Engine
from odoo_sync_tui.pipeline.fleet.local_engine import LocalEngine
from tests.integration.fleet.conftest import Sources
from tests.support.slow import slow
from tests.support.world import wait_until

Open = Callable[..., Engine]
SECONDS = 120.0
DIES = "import os; os.kill(os.getpid(), 9)"
GATE = """
import json, os, pathlib, sys, time
begun, gate = (pathlib.Path(each) for each in sys.argv[1:3])
with begun.open("a") as file:
    file.write("x")
while not gate.exists():
    time.sleep(0.01)
print(json.dumps({"source": sys.argv[6]}))
"""


def open_local(given_options: Sequence[str], slots: int, program: Sequence[str]) -> Engine:
    return LocalEngine(given_options, slots, program)


def open_dask(given_options: Sequence[str], slots: int, program: Sequence[str]) -> Engine:
    return open_local_engine(given_options, slots, print, program)


ENGINES = [open_local, open_dask]


@pytest.fixture(params=ENGINES, ids=lambda each: each.__name__.removeprefix("open_"))
def start(request: pytest.FixtureRequest, sources: Sources) -> Iterator[Open]:
    """Opens an engine of each kind, which is closed after the test."""
    opened: list[Engine] = []

    def open_engine(slots: int = 2, script: str = "", given: Sequence[str] = ()) -> Engine:
        program = (sys.executable, "-I", "-S", "-c", script) if script else PROGRAM
        opened.append(request.param(given or [f"--config={sources.config}"], slots, program))
        return opened[-1]

    yield open_engine
    for engine in opened:
        engine.close()


def test_runs_succeed_and_fail_each_for_itself_and_leave_what_is_due_next(sources: Sources, start: Open) -> None:
    sources.add("acme")
    sources.write("sick", sources.odoos["acme"]).write_text("[odoo\n")
    engine = start()
    runs = [engine.submit(Assignment(name, user="anna")) for name in ("acme", "sick", "nobody")]
    acme, sick, nobody = (run.result(SECONDS) for run in runs)
    assert (acme.exit_code, acme.lost, acme.source) == (0, "", "acme")
    assert [(each["action"], each["outcome"]) for each in acme.results] == [("sync_departments", "success")]
    assert acme.where.rpartition(":")[2].isdigit()
    assert [(each.exit_code, each.results[0]["kind"]) for each in (sick, nobody)] == [(2, "configuration")] * 2
    assert [each["operator"]["name"] for each in sources.runs("acme")] == ["anna"]
    due_at = sources.state("acme").due_at
    assert due_at is not None
    assert engine.submit(Assignment("acme")).result(SECONDS).results == ()
    assert sources.state("acme").due_at == due_at


def test_the_death_of_a_run_is_its_outcome(start: Open) -> None:
    outcome = start(script=DIES).submit(Assignment("acme")).result(SECONDS)
    assert (outcome.exit_code, outcome.results) == (128 + signal.SIGKILL, ())


def test_more_runs_than_there_is_room_for_wait_for_it(tmp_path: Path, start: Open) -> None:
    begun, gate = tmp_path / "begun", tmp_path / "gate"
    engine = start(3, GATE, [str(begun), str(gate)])
    wait_until(lambda: engine.free("") == 3)
    runs = [engine.submit(Assignment(f"s{number}")) for number in range(8)]
    wait_until(lambda: begun.exists() and begun.read_text() == "xxx")
    assert engine.free("") == 0
    assert not any(run.done() for run in runs)
    gate.touch()
    expected = [({"source": f"--source=s{number}"},) for number in range(8)]
    assert [run.result(SECONDS).results for run in runs] == expected
    wait_until(lambda: engine.free("") == 3)


@pytest.mark.parametrize("start", [open_dask, *slow([open_local])], indirect=True)  # a runner's end shows the other
def test_a_cancelled_run_ends_at_its_next_page_and_the_next_one_goes_on_from_there(
    sources: Sources, start: Open
) -> None:
    sources.add("acme")
    release = sources.hold("acme")
    engine = start()
    run = engine.submit(Assignment("acme"))
    sources.wait_for_question("acme")
    engine.cancel("enough")
    assert run.result(SECONDS).exit_code == 128 + signal.SIGTERM
    assert [each["outcome"] for each in sources.runs("acme")] == ["cancelled"]
    late = engine.submit(Assignment("acme")).result(SECONDS)
    assert (late.exit_code, late.results) == (128 + signal.SIGTERM, ())
    release()
    assert start().submit(Assignment("acme")).result(SECONDS).exit_code == 0


def test_the_end_of_an_engine_is_that_of_its_runs(tmp_path: Path, start: Open) -> None:
    begun = tmp_path / "begun"
    engine = start(1, GATE, [str(begun), str(tmp_path / "never")])
    run = engine.submit(Assignment("acme"))
    wait_until(begun.exists)
    engine.close()
    assert run.result(0).exit_code == 128 + signal.SIGTERM
