"""What is measured headless. A round measures each side once, one right after the other; rounds alternate the order."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tests.bench.place import COUNTED, OURS, Place, open_place
from tests.bench.processes import BenchError, Ended
from tests.bench.report import Goal, Sample, Series

Measured = tuple[Series, Sample]
Round = Iterator[Measured]

LEADS = "opportunities"

BARE_LEADS = Series("leads, bare fetch")
READ_LEADS = Series("leads, read and decoded", BARE_LEADS.name)
SYNC_LEADS = Series("leads, first full sync", BARE_LEADS.name, Goal(ratio_at_most=1))
LEADS_AGAIN = Series("leads, incremental, nothing changed", BARE_LEADS.name, Goal(ratio_at_most=0.25))
CLIENT_LIB = Series("leads, odoo-client-lib", SYNC_LEADS.name, Goal(ratio_at_least=5.5))
ODOORPC = Series("leads, OdooRPC", SYNC_LEADS.name)

BARE_LAKE = Series("lake, bare fetch")
FIRST = Series("lake, first full sync", BARE_LAKE.name, Goal(ratio_at_most=0.80))
BARE_CPU = Series("lake, bare fetch, CPU of the servers")
FIRST_CPU = Series("lake, first full sync, CPU of the servers", BARE_CPU.name, Goal(ratio_at_most=0.40))
CALLS = Series("lake, first full sync, calls to Odoo", goal=Goal(value_at_most=60), unit="calls")
UNCHANGED = Series("lake, full, nothing changed", BARE_LAKE.name, Goal(ratio_at_most=0.60))
INCREMENTAL = Series("lake, incremental, nothing changed", BARE_LAKE.name, Goal(ratio_at_most=0.10))
ONE = Series("lake, incremental, one changed", BARE_LAKE.name, Goal(ratio_at_most=0.12))

WIDE, WIDE_MODEL = "deals", "crm.lead"
BARE_WIDE = Series("declared entity with every stored field, bare fetch")
SYNC_WIDE = Series("declared entity with every stored field, first full sync", BARE_WIDE.name, Goal(ratio_at_most=1))

_SILENT, _LOGGED = "without the change log", "with the change log"
CHANGES_FIRST = Series(f"leads, first full sync {_SILENT}, CPU")
CHANGES_FIRST_ON = Series(f"leads, first full sync {_LOGGED}, CPU", CHANGES_FIRST.name, Goal(ratio_at_most=1.05))
CHANGES_LOADED = Series("leads, first full sync, logged, CPU", CHANGES_FIRST.name)
CHANGES_EDITED = Series(f"leads, a fifth edited, {_SILENT}, CPU")
CHANGES_EDITED_ON = Series(f"leads, a fifth edited, {_LOGGED}, CPU", CHANGES_EDITED.name, Goal(ratio_at_most=1.5))
CHANGES_NONE = Series(f"leads, nothing changed, {_SILENT}, CPU")
CHANGES_NONE_ON = Series(f"leads, nothing changed, {_LOGGED}, CPU", CHANGES_NONE.name, Goal(ratio_at_most=1.05))
EDITED_SHARE = 5

NOTHING = Series("python -c pass", unit="ms")
HELP = Series("--help", NOTHING.name, Goal(ratio_at_most=3), "ms")
STARTS = 7

CANCEL = Series("cancel at full speed, to exit", goal=Goal(value_at_most=1000), unit="ms")
ENOUGH_DOCUMENTS = 1500

OVERVIEW = Series("dashboard's reading of the store", goal=Goal(value_at_most=50), unit="ms")
AUDIT = Series("audit log, newest page", goal=Goal(value_at_most=300), unit="ms")


def leads(place: Place, turn: int) -> Round:
    """The first full sync of the leads, against the bare fetch and against other clients."""
    sides = [_bare_leads, _read_leads, _sync_leads, _client_lib, _odoorpc]
    measured = [each for side in _alternating(sides, turn) for each in side(place)]
    _same_rows([each for each in measured if each[0] is not LEADS_AGAIN])
    yield from measured


def _bare_leads(place: Place) -> list[Measured]:
    return [(BARE_LEADS, _read(place.rows("bare", LEADS)))]


def _read_leads(place: Place) -> list[Measured]:
    return [(READ_LEADS, _read(place.rows("read", LEADS)))]


def _sync_leads(place: Place) -> list[Measured]:
    with place.database() as database:
        first = _first(place.sync(database, "--full", "--entity", LEADS))
        again = _with_changes(place.sync(database, "--entity", LEADS), 0)
    return [(SYNC_LEADS, first), (LEADS_AGAIN, again)]


def _client_lib(place: Place) -> list[Measured]:
    return [(CLIENT_LIB, _peer(place, "odoo-client-lib"))]


def _odoorpc(place: Place) -> list[Measured]:
    return [(ODOORPC, _peer(place, "odoorpc"))]


def _peer(place: Place, name: str) -> Sample:
    with place.database() as database:
        ended, rows = place.rows("peers", name, database=database)
        if place.ask("documents", database) != rows:
            raise BenchError(f"{name} read {rows} rows and stored another number.")
    return _read((ended, rows))


def lake(place: Place, turn: int, *, changes: bool) -> Round:
    """The whole data lake: first, again, incremental, and with one changed record, against the bare fetch."""
    sides: list[Callable[[], list[Measured]]] = [lambda: _bare_lake(place), lambda: _lake_syncs(place, changes)]
    measured = [each for side in _alternating(sides, turn) for each in side()]
    _same_rows([each for each in measured if each[0] in (BARE_LAKE, FIRST)])
    yield from measured


def _bare_lake(place: Place) -> list[Measured]:
    ended, rows = place.rows("bare")
    return [(BARE_LAKE, _read((ended, rows))), *_server_cpu(BARE_CPU, ended)]


def _lake_syncs(place: Place, changes: bool) -> list[Measured]:
    with place.database() as database:
        ended, result = place.sync(database, "--full", program=COUNTED)
        measured = [
            (FIRST, _first((ended, result))),
            *_server_cpu(FIRST_CPU, ended),
            (CALLS, Sample(int(ended.stderr.split()[-1]))),
            (UNCHANGED, _with_changes(place.sync(database, "--full"), 0)),
            (INCREMENTAL, _with_changes(place.sync(database), 0)),
        ]
        if changes:
            place.ask("change")
            measured.append((ONE, _with_changes(place.sync(database), 1)))
        return measured


def declared(place: Place, turn: int) -> Round:
    """An entity that the settings declare, with every stored field of its model, against the bare fetch of the same."""
    measured = [each for side in _alternating([_bare_wide, _sync_wide], turn) for each in side(place)]
    _same_rows(measured)
    yield from measured


def _bare_wide(place: Place) -> list[Measured]:
    return [(BARE_WIDE, _read(place.rows("bare", f"{WIDE}={WIDE_MODEL}")))]


def _sync_wide(place: Place) -> list[Measured]:
    with place.database() as database:
        declare = ("--set", f"entities.{WIDE}.model={WIDE_MODEL}")
        return [(SYNC_WIDE, _first(place.sync(database, "--full", "--entity", WIDE, *declare)))]


def _server_cpu(series: Series, ended: Ended) -> list[Measured]:
    return [] if ended.server_seconds is None else [(series, Sample(ended.server_seconds))]


def changes(place: Place, turn: int) -> Round:
    """Syncs with the change log against those without: processor time of the program and of the mongod."""
    sides: list[tuple[tuple[Series, Series, Series], str]] = [
        ((CHANGES_FIRST, CHANGES_EDITED, CHANGES_NONE), "changes.enabled=false"),
        ((CHANGES_FIRST_ON, CHANGES_EDITED_ON, CHANGES_NONE_ON), "changes.enabled=true"),
    ]
    for (first, edited, unchanged), setting in _alternating(sides, turn):
        with place.database() as database:
            yield first, _first(_with_mongod(place, database, setting))
            changed = place.ask("change", EDITED_SHARE)
            yield edited, _with_changes(_with_mongod(place, database, setting), changed)
            yield unchanged, _with_changes(_with_mongod(place, database, setting), 0)
    with place.database() as database:
        yield CHANGES_LOADED, _first(_with_mongod(place, database, "changes.first_load=true"))


def _with_mongod(place: Place, database: str, setting: str) -> tuple[Ended, Mapping[str, Any]]:
    """Sync the leads; the seconds are those that the program and the mongod have computed."""
    before = place.ask("mongod")
    ended, result = place.sync(database, "--entity", LEADS, "--set", setting)
    after = place.ask("mongod")
    if before is None or after is None:
        raise BenchError("This system does not tell what the mongod computes.")
    return replace(ended, seconds=ended.cpu_seconds + after - before), result


def startup(place: Place, turn: int) -> Round:
    """``--help`` against an interpreter that does nothing."""
    for again in range(STARTS):
        sides = [(NOTHING, ("-c", "pass")), (HELP, (*OURS, "--help"))]
        for series, arguments in _alternating(sides, turn + again):
            ended = place.run(arguments)
            yield series, Sample(ended.seconds * 1000)


def cancel(place: Place, turn: int) -> Round:
    """From a request to stop until a run at full speed has ended and the process is gone."""
    del turn
    with place.database() as database:
        running = place.start([*OURS, "sync", "data-lake", "--full", "--json"], database)
        while place.ask("documents", database) < ENOUGH_DOCUMENTS:
            time.sleep(0.02)
        asked = time.perf_counter()
        running.signal(signal.SIGTERM)
        ended = running.wait()
        milliseconds = (time.perf_counter() - asked) * 1000
        if ended.code != 128 + signal.SIGTERM:
            raise BenchError(f"A run that was asked to stop ended with exit code {ended.code}: {ended.stderr}")
    yield CANCEL, Sample(milliseconds, ended.peak_mb)


def growth(sizes: Sequence[int]) -> Round:
    """First and incremental sync of more and more leads of the demo Odoo: time, and peak memory; slow."""
    smallest = min(sizes)
    for size in sorted(sizes):
        name = f"{size:,} leads".replace(",", " ")
        base = None if size == smallest else f"{smallest:,} leads".replace(",", " ")
        linear = Goal(ratio_at_most=1.10) if base else None
        flat = Goal(ratio_at_most=1.15 if base else None, value_at_most=110)
        slower = Goal(ratio_at_most=2.5) if base else None
        with open_place(size) as place, place.database() as database:
            ended, result = place.sync(database, "--full", "--entity", LEADS)
            if result["created"] != size:
                raise BenchError(f"{size} leads were to be created, {result['created']} were.")
            again = _with_changes(place.sync(database, "--entity", LEADS), 0)
            per_row = ended.seconds / size * 1e6
            yield Series(f"{name}, time per row", base and f"{base}, time per row", linear, "µs"), Sample(per_row)
            yield Series(f"{name}, peak memory", base and f"{base}, peak memory", flat, "MB"), Sample(ended.peak_mb)
            yield Series(f"{name}, nothing changed", base and f"{base}, nothing changed", slower), again
            if size == max(sizes):
                yield OVERVIEW, Sample(place.ask("overview", database))


def audit(events: int) -> Round:
    """The first page of a long history; slow to prepare."""
    with open_place(20) as place, place.database() as database:
        yield AUDIT, Sample(place.ask("audit", database, events))


def _alternating(sides: Sequence[Any], turn: int) -> Sequence[Any]:
    return sides[::-1] if turn % 2 else sides


def _read(told: tuple[Ended, int]) -> Sample:
    ended, rows = told
    return Sample(ended.seconds, ended.peak_mb, ended.cpu_seconds, rows)


def _first(told: tuple[Ended, Mapping[str, Any]]) -> Sample:
    ended, result = told
    if not result["created"] == result["synced"] > 0:
        raise BenchError(f"Of {result['synced']} records a first sync created {result['created']}.")
    return Sample(ended.seconds, ended.peak_mb, ended.cpu_seconds, result["created"])


def _with_changes(told: tuple[Ended, Mapping[str, Any]], changes: int) -> Sample:
    ended, result = told
    done = {name: result[name] for name in ("created", "updated", "reactivated", "deactivated", "quarantined")}
    if done != dict.fromkeys(done, 0) | {"updated": changes} or not result["unchanged"]:
        raise BenchError(f"A sync with {changes} changed records did {done}, unchanged {result['unchanged']}.")
    return Sample(ended.seconds, ended.peak_mb, ended.cpu_seconds)


def _same_rows(measured: Sequence[Measured]) -> None:
    if len({sample.rows for _, sample in measured}) != 1:
        told = ", ".join(f"{series.name}: {sample.rows}" for series, sample in measured)
        raise BenchError(f"They did not read the same rows: {told}.")


def note(text: str) -> None:
    """Tell what is going on."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
