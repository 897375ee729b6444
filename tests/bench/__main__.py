"""``python -m tests.bench``: measures everything side by side in one go, prints a table and writes JSON.

Against the demo Odoo, in a process of its own; with ``ODOO_TEST_URL``, ``ODOO_TEST_DB``, ``ODOO_TEST_LOGIN`` and
``ODOO_TEST_KEY`` set, against that Odoo. Ratios are what counts: both sides of a pair met the same machine.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import fleet, report, scenarios, screen
from tests.bench.place import Place, open_place
from tests.bench.processes import ROOT, BenchError
from tests.bench.report import Results, Sample, Series

PLACED: dict[str, Callable[[Place, int], scenarios.Round]] = {
    "leads": scenarios.leads,
    "lake": scenarios.lake,
    "declared": scenarios.declared,
    "changes": scenarios.changes,
    "startup": scenarios.startup,
    "cancel": scenarios.cancel,
    "paint": screen.first_paint,
    "dashboard": screen.beside_headless,
    "answers": screen.answers,
}
SLOW = ("growth", "audit", "fleet", "intervals")
REAL = ("ODOO_TEST_URL", "ODOO_TEST_DB", "ODOO_TEST_LOGIN", "ODOO_TEST_KEY")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure; the exit code: 0, or 1 when something that was measured did not work. A missed goal is no failure."""
    options = _parser().parse_args(argv)
    results, before, began = Results(), os.getloadavg(), datetime.now(UTC)
    try:
        about = _measure(options, results)
    except BenchError as error:
        scenarios.note(f"bench: {error}")
        return 1
    rows = results.rows()
    about |= {
        "began": began.isoformat(timespec="seconds"),
        "ended": datetime.now(UTC).isoformat(timespec="seconds"),
        "load_before": before,
        "load_after": os.getloadavg(),
        "commit": _commit(),
        "pairs": options.pairs,
        "machine": report.machine(),
    }
    sys.stdout.write(f"{_headline(about)}\n\n{report.table(rows)}\n")
    if options.json:
        options.json.write_text(json.dumps(about | {"rows": [row.as_dict() for row in rows]}, indent=1))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__, allow_abbrev=False)
    parser.add_argument("--records", type=int, default=20_000, help="accounts, leads and invoices of the demo Odoo")
    parser.add_argument("--pairs", type=int, default=3, help="how often each comparison is made")
    parser.add_argument("--only", action="append", choices=[*PLACED, *SLOW], help="only this; may be repeated")
    parser.add_argument("--slow", action="store_true", help="also what takes long: growth, audit, fleet and intervals")
    parser.add_argument("--sizes", type=_sizes, default=[50_000, 200_000, 1_000_000], help="leads, for growth")
    parser.add_argument("--events", type=int, default=1_000_000, help="events, for audit")
    parser.add_argument("--sources", type=int, default=200, help="Odoos, for fleet and intervals")
    parser.add_argument("--interval", type=int, default=fleet.INTERVAL_SECONDS, help="seconds, for intervals")
    parser.add_argument(
        "--change",
        action="store_true",
        help="on a real Odoo: rename one lead, and name it back at the end (needs a user who may write)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write all figures")
    return parser


def _sizes(text: str) -> list[int]:
    return [int(size) for size in text.split(",")]


def _measure(options: argparse.Namespace, results: Results) -> dict[str, object]:
    chosen = options.only or [*PLACED, *(SLOW if options.slow else ())]
    real = all(name in os.environ for name in REAL)
    about: dict[str, object] = {
        "odoo": f"{os.environ['ODOO_TEST_URL']} {os.environ['ODOO_TEST_DB']}" if real else "demo",
        "records": None if real else options.records,
    }
    with ExitStack() as stack:
        placed = [name for name in PLACED if name in chosen]
        if placed:
            place = stack.enter_context(open_place(0 if real else options.records))
            about["mongodb"] = place.mongodb
            place.rows("bare")  # the first call on a database is slow, and is nobody's fault
            _add(results, _rounds(placed, place, options, changes=options.change or not real))
    if "growth" in chosen:
        _add(results, scenarios.growth(options.sizes))
    if "audit" in chosen:
        _add(results, scenarios.audit(options.events))
    if "fleet" in chosen:
        _add(results, fleet.fleet(options.sources))
    if "intervals" in chosen:
        _add(results, fleet.intervals(options.sources, options.interval))
    return about


def _rounds(names: Sequence[str], place: Place, options: argparse.Namespace, *, changes: bool) -> scenarios.Round:
    for name in names:
        measure = PLACED[name]
        for turn in range(options.pairs):
            yield from scenarios.lake(place, turn, changes=changes) if name == "lake" else measure(place, turn)


def _add(results: Results, measured: Iterator[tuple[Series, Sample]]) -> None:
    for series, sample in measured:
        scenarios.note(f"{series.name}: {sample.value:.4g} {series.unit}")
        results.add(series, sample)


def _headline(about: dict[str, object]) -> str:
    load = " to ".join(f"{about[name][0]:.1f}" for name in ("load_before", "load_after"))
    machine = about["machine"]
    size = f" of {about['records']} records" if about["records"] else ""
    return (
        f"{about['began']}, {machine['cores']} cores of {machine['processor']}, Python {machine['python']}, "
        f"Odoo: {about['odoo']}{size}, MongoDB {about.get('mongodb', report.MISSING)}, {about['pairs']} pairs, "
        f"load average {load}, commit {about['commit']}"
    )


def _commit() -> str:
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    return told.stdout.strip() or report.MISSING


if __name__ == "__main__":
    sys.exit(main())
