"""What is measured through a terminal: first paint, what the dashboard costs a sync, its bytes and its answers."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.bench.place import OURS, Place
from tests.bench.processes import BenchError
from tests.bench.report import Goal, Sample, Series
from tests.bench.scenarios import Measured, Round
from tests.support.pty_program import PtyProgram

PAINTED = "Events"
READY = "never synced|in step"  # the health, once the store has been read
HELP_SHOWN = "archived rows are stored too|Bring departments in step"

MINIMAL = Series("first paint, minimal Textual app", unit="ms")
PAINT = Series("first paint, dashboard", MINIMAL.name, Goal(ratio_at_most=1.4), "ms")
HEADLESS = Series("lake, headless, by its own clock")
DASHBOARD = Series("lake, in the dashboard, by its own clock", HEADLESS.name, Goal(ratio_at_most=1.10))
BYTES = Series("bytes a second while syncing", goal=Goal(value_at_most=4000), unit="B/s")
IDLE = Series("bytes in 10 idle seconds", goal=Goal(value_at_most=200), unit="B")
IDLE_ANSWER = Series("key press to help, idle, median", unit="ms")
ANSWER = Series("key press to help, while syncing, median", IDLE_ANSWER.name, unit="ms")
SLOW_ANSWER = Series("key press to help, while syncing, p95", goal=Goal(value_at_most=100), unit="ms")

DRAWN = "Health"  # the dashboard, drawn anew as nothing covers it any more

IDLE_SECONDS = 10.0
PRESSES_AT_REST = 7
FEWEST_PRESSES = 10
LONGEST_RUN = 3600.0


class Terminal(PtyProgram):
    """A program on a terminal of 120x40, timed from its start."""

    def __init__(self, *arguments: str, environment: Mapping[str, str]) -> None:
        self.began = time.perf_counter()
        super().__init__(*arguments, columns=120, lines=40, **environment)

    def after(self, keys: str, pattern: str) -> float:
        """Press keys; seconds until the pattern is drawn."""
        self.output = ""
        began = time.perf_counter()
        self.type(keys)
        self.wait_for(pattern)
        return time.perf_counter() - began

    def drawn(self, seconds: float) -> int:
        """How many bytes it draws in so many seconds."""
        self.output = ""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self._read_once(left)
        return len(self.output.encode())


def first_paint(place: Place, turn: int) -> Round:
    """From the start of the process until the frame of the last panel is on the screen."""
    sides = [(MINIMAL, ("-m", "tests.bench.programs.minimal_app")), (PAINT, OURS)]
    for series, arguments in sides[::-1] if turn % 2 else sides:
        with place.database() as database:
            environment = place.environment(database)
            with Terminal(*arguments, environment=environment) as terminal:
                terminal.wait_for(PAINTED)
                seconds = time.perf_counter() - terminal.began
        yield series, Sample(seconds * 1000)


def beside_headless(place: Place, turn: int) -> Round:
    """The same first sync headless and in the dashboard."""
    sides = [_headless, _in_dashboard]
    for side in sides[::-1] if turn % 2 else sides:
        yield from side(place)


def answers(place: Place, turn: int) -> Round:
    """Idle bytes, and how soon the help is drawn at rest and while a run is at full speed."""
    del turn
    with _dashboard(place) as (_, terminal):
        terminal.drawn(3.0)
        yield IDLE, Sample(terminal.drawn(IDLE_SECONDS))
        yield IDLE_ANSWER, Sample(statistics.median(_help_shown(terminal) for _ in range(PRESSES_AT_REST)))
    at_work: list[float] = []
    while len(at_work) < FEWEST_PRESSES:
        at_work += _answers_at_work(place)
    yield ANSWER, Sample(statistics.median(at_work))
    yield SLOW_ANSWER, Sample(statistics.quantiles(at_work, n=20, method="inclusive")[-1])


@contextmanager
def _dashboard(place: Place) -> Iterator[tuple[str, Terminal]]:
    """A dashboard on a new database, ready for keys. It is ended by a signal: after a run ``q`` might ask first."""
    with place.database() as database, Terminal(*OURS, environment=place.environment(database)) as terminal:
        terminal.wait_for(READY)
        yield database, terminal


def _answers_at_work(place: Place) -> list[float]:
    """Milliseconds of each key press during one run."""
    waits: list[float] = []
    with _dashboard(place) as (database, terminal):
        terminal.after("l", "/s|ETA")
        while place.ask("run", database) is None:
            waits.append(_help_shown(terminal))
    if len(waits) < 2:
        raise BenchError("The run was over before a key could be pressed; more records are needed.")
    return waits[:-1]  # the last may have met the end of the run


def _help_shown(terminal: Terminal) -> float:
    """Milliseconds from the key press until the help is drawn; the help is closed again."""
    seconds = terminal.after("?", HELP_SHOWN)
    terminal.after("\x1b", DRAWN)
    terminal.drawn(0.2)
    return seconds * 1000


def _headless(place: Place) -> list[Measured]:
    with place.database() as database:
        ended, result = place.sync(database, "--full")
        return [(HEADLESS, Sample(result["duration_seconds"], ended.peak_mb, ended.cpu_seconds, result["created"]))]


def _in_dashboard(place: Place) -> list[Measured]:
    with _dashboard(place) as (database, terminal):
        terminal.drawn(1.0)
        terminal.type("l")
        drawn, began, result = 0, time.perf_counter(), None
        while result is None and time.perf_counter() - began < LONGEST_RUN:
            drawn += terminal.drawn(0.5)
            result = place.ask("run", database)
        seconds = time.perf_counter() - began
    told = _succeeded(result)
    return [(DASHBOARD, Sample(told["duration_seconds"], rows=told["created"])), (BYTES, Sample(drawn / seconds))]


def _succeeded(result: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if result is None or result["outcome"] != "success":
        raise BenchError(f"The run in the dashboard ended with {result and result['errors']}.")
    return result
