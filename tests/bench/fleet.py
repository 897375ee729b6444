"""Many Odoos: all of them synced by ``fleet run``, beside a shell loop that syncs them one after another.

On both sides each run is a process of its own, and each source a first sync into a database of its own. The sources
share one demo Odoo: what is compared is what is around the runs. The sides take turns, a quarter of the sources
each time: within minutes a machine gets slower or faster by more than what is measured.

And all of them kept in step for some intervals: how long one waited, and what its host was asked in its busiest second.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

from tests.bench.place import OURS, Place, clean_environment, open_place
from tests.bench.processes import ROOT, BenchError
from tests.bench.report import Goal, Sample, Series

RECORDS = 322
"""Accounts of the demo Odoo; with its leads, invoices and people about a thousand rows a source."""

TURNS = 4

LOOP = Series("many Odoos, shell loop")
ONE_BY_ONE = Series("many Odoos, fleet run, one at a time", LOOP.name, Goal(ratio_at_most=1.05, peak_mb_at_most=80))
LOCAL = Series("many Odoos, fleet run", LOOP.name, Goal(peak_mb_at_most=80))
DASK = Series("many Odoos, fleet run with Dask, one at a time", LOOP.name, Goal(ratio_at_most=1.10))

INTERVAL_SECONDS, INTERVALS = 240, 2
CALLS_PER_SECOND, CALLS_IN_FLIGHT = 80, 4
FEW_RECORDS = 60
KEPT = Series("many Odoos, longest wait of one", goal=Goal(value_at_most=2, peak_mb_at_most=80), unit="intervals")
RATE = Series("many Odoos, calls in the busiest second", goal=Goal(value_at_most=CALLS_PER_SECOND), unit="calls")

_HIGH_WATER = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Fleet:
    """Settings of so many sources, and the databases of their lakes."""

    config: Path
    names: Sequence[str]
    databases: Sequence[str]
    environment: Mapping[str, str]

    def in_turn(self, turn: int) -> Sequence[str]:
        """The names of the sources that are synced in this turn."""
        return self.names[turn::TURNS]


def fleet(sources: int) -> Iterator[tuple[Series, Sample]]:
    """All sides in turn, each on databases of its own; the order turns, too."""
    sides: list[tuple[Series, Callable[[Fleet, int], Sample]]] = [
        (LOOP, _loop),
        (ONE_BY_ONE, partial(_fleet_run, "local", 1)),
        (LOCAL, partial(_fleet_run, "local", None)),
        (DASK, partial(_fleet_run, "dask", 1)),
    ]
    with ExitStack() as stack:
        # A mongod of its own for each: two hundred lakes have 10,000 files, and a mongod may not open many more.
        places = [stack.enter_context(open_place(RECORDS)) for _ in sides]
        fleets = [stack.enter_context(_made(place, sources)) for place in places]
        turns = [(series, partial(measure, made)) for (series, measure), made in zip(sides, fleets, strict=True)]
        for turn in range(TURNS):
            for series, measure in turns[::-1] if turn % 2 else turns:
                yield series, measure(turn)


def intervals(sources: int, seconds: int = INTERVAL_SECONDS) -> Iterator[tuple[Series, Sample]]:
    """All sources on one host with a limit, kept in step for some intervals of so many seconds, and some more."""
    limit = f"[fleet]\ncalls_per_second = {CALLS_PER_SECOND}\ncalls_in_flight = {CALLS_IN_FLIGHT}\n"
    with open_place(FEW_RECORDS) as place, _made(place, sources, seconds, limit) as made:
        place.ask("count_calls")
        command = [sys.executable, *OURS, f"--config={made.config}", "fleet", "run", "--json"]
        ended = _run(command, made, stop_after=(INTERVALS + 0.1) * seconds)
        starts = [[ended.began, *place.ask("starts", database), ended.ended] for database in made.databases]
        waits = [later - sooner for each in starts for sooner, later in pairwise(each)]
        yield KEPT, Sample(max(waits) / seconds, ended.own_peak_mb, ended.cpu_seconds)
        yield RATE, Sample(place.ask("busiest_second"))


@contextmanager
def _made(place: Place, count: int, every: int = 900, more: str = "") -> Iterator[Fleet]:
    told = place.ask("where")["environment"]
    names = [f"s{number:03d}" for number in range(count)]
    with tempfile.TemporaryDirectory(prefix="ost-fleet-") as directory:
        root = Path(directory)
        prefix = root.name.replace("-", "_")[:30]
        made = Fleet(root / "settings.toml", names, [f"{prefix}_{name}" for name in names], clean_environment(root))
        _write(made.config, f'[mongo]\nuri = "{told["ODOO_SYNC_MONGO__URI"]}"\ndatabase = "{prefix}"\n')
        with made.config.open("a") as file:
            file.write(f'[schedule.data_lake]\nevery = "{every}s"\n{more}')
        (root / "sources.d").mkdir(mode=0o700)
        login = {key: told[f"ODOO_SYNC_ODOO__{key.upper()}"] for key in ("url", "database", "username", "api_key")}
        lines = "\n".join(f'{key} = "{value}"' for key, value in login.items())
        for number, (name, database) in enumerate(zip(names, made.databases, strict=True)):
            text = f'tags = ["turn{number % TURNS}"]\n[odoo]\n{lines}\n[mongo]\ndatabase = "{database}"\n'
            _write(root / "sources.d" / f"{name}.toml", text)
        yield made


def _write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)


def _loop(made: Fleet, turn: int) -> Sample:
    program = shlex.join([sys.executable, *OURS, f"--config={made.config}"])
    lines = [f"{program} schedule run --once --source={name} --json || exit 1" for name in made.in_turn(turn)]
    ended = _run(["/bin/sh", "-c", "\n".join(lines)], made)
    return _sample(ended, made, turn)


def _fleet_run(engine: str, processes: int | None, made: Fleet, turn: int) -> Sample:
    options = [] if processes is None else [f"--set=fleet.processes={processes}"]
    command = [sys.executable, *OURS, f"--config={made.config}", *options, "fleet", "run", "--once"]
    ended = _run([*command, f"--engine={engine}", f"--tag=turn{turn}", "--json"], made)
    return _sample(ended, made, turn)


@dataclass(frozen=True, slots=True)
class _Ended:
    began: float
    ended: float
    cpu_seconds: float
    own_peak_mb: float
    lines: Sequence[Mapping[str, object]]

    @property
    def seconds(self) -> float:
        return self.ended - self.began


def _run(command: Sequence[str], made: Fleet, stop_after: float | None = None) -> _Ended:
    """Run to the end, or for so many seconds; peak memory is that of the process alone, without those of the runs."""
    began = time.time()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(command, stdout=out, stderr=err, env=dict(made.environment), cwd=ROOT)
        peaks: list[float] = [0.0]
        over = threading.Event()
        watcher = threading.Thread(target=_watch_memory, args=(process.pid, over, peaks))
        watcher.start()
        if stop_after is not None:
            time.sleep(stop_after)
            process.terminate()
        _, status, usage = os.wait4(process.pid, 0)
        ended = time.time()
        process.returncode = os.waitstatus_to_exitcode(status)
        over.set()
        watcher.join()
        out.seek(0)
        told = [json.loads(line) for line in out.read().decode().splitlines()]
        err.seek(0)
        words = err.read().decode(errors="replace")[-2000:]
    if process.returncode != (0 if stop_after is None else 128 + signal.SIGTERM):
        raise BenchError(f"{command[0]} … ended with exit code {process.returncode}: {words}")
    return _Ended(began, ended, usage.ru_utime + usage.ru_stime, peaks[0], told)


def _watch_memory(pid: int, over: threading.Event, peaks: list[float]) -> None:
    while not over.wait(0.2):
        try:
            found = _HIGH_WATER.search(Path(f"/proc/{pid}/status").read_text())
        except OSError:
            return
        if found:
            peaks[0] = max(peaks[0], int(found[1]) * 1024 / 1e6)


def _sample(ended: _Ended, made: Fleet, turn: int) -> Sample:
    wanted = made.in_turn(turn)
    if len(ended.lines) != len(wanted):
        raise BenchError(f"{len(wanted)} sources were to be synced, {len(ended.lines)} were.")
    return Sample(ended.seconds, ended.own_peak_mb, ended.cpu_seconds)
