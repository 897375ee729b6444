"""The engine ``local``: what it makes of the process that executes a run. More in the tests that all engines pass."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator

import pytest

from odoo_sync_tui.pipeline.fleet.engine import MAX_RESULTS, Assignment
from odoo_sync_tui.pipeline.fleet.local_engine import LocalEngine
from tests.support.world import wait_until

Start = Callable[..., LocalEngine]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts an engine whose program is a script."""
    engines: list[LocalEngine] = []

    def start_one(script: str, processes: int = 2, given: tuple[str, ...] = ()) -> LocalEngine:
        engines.append(LocalEngine(given, processes, (sys.executable, "-I", "-S", "-c", script)))
        return engines[-1]

    yield start_one
    for engine in engines:
        engine.close()


def test_the_source_runs_what_is_due_with_the_settings_of_this_machine_and_the_operators_name(start: Start) -> None:
    engine = start("import json, sys; print(json.dumps({'command': sys.argv[1:]}))", given=("--config=x.toml",))
    (result,) = engine.submit(Assignment("acme", user="anna")).result().results
    expected = ["--config=x.toml", "schedule", "run", "--once", "--source=acme", "--json", "--user=anna"]
    assert result == {"command": expected}


def test_results_are_bounded_and_what_is_none_is_left_out(start: Start) -> None:
    outcome = start("print('[1]'); print('{'); [print('{\"n\": %d}' % n) for n in range(99)]").submit(Assignment("a"))
    assert outcome.result().results == tuple({"n": n} for n in range(MAX_RESULTS))


def test_a_child_that_dies_without_a_result_leaves_its_last_words(start: Start) -> None:
    script = "import os, sys; print('no memory', file=sys.stderr, flush=True); os.kill(os.getpid(), 9)"
    outcome = start(script).submit(Assignment("acme")).result()
    assert (outcome.exit_code, outcome.stderr_tail, outcome.lost) == (128 + signal.SIGKILL, "no memory", "")


def test_what_cannot_be_started_is_an_outcome_that_may_be_tried_again() -> None:
    engine = LocalEngine([], 1, ["/nowhere/python"])
    outcome = engine.submit(Assignment("acme")).result()
    engine.close()
    assert outcome.exit_code == 3
    assert outcome.results[0]["kind"] == "child"


def test_more_than_there_is_room_for_waits_and_never_begins_after_a_stop(start: Start, tmp_path) -> None:
    begun = tmp_path / "begun"
    engine = start(f"import time; open({str(begun)!r}, 'a').write('x'); time.sleep(99)", processes=1)
    assert engine.free("") == 1
    runs = [engine.submit(Assignment(name)) for name in ("acme", "beta")]
    assert engine.free("eu") == 0
    wait_until(begun.exists)
    engine.cancel("enough")
    assert [run.result().exit_code for run in runs] == [128 + signal.SIGTERM] * 2
    assert begun.read_text() == "x"
    wait_until(lambda: engine.free("") == 1)
