"""Many sources in memory, for the fleet's screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.errors import SyncError
from odoo_sync_tui.core.reports.fleet import FleetState, SourceProgress, SourceState
from odoo_sync_tui.core.reports.health import HealthLevel
from odoo_sync_tui.tui.commands.registry import COMMANDS
from odoo_sync_tui.tui.fleet.setup import FleetSetup, SyncLook
from tests.support.fake_backend.options import OPTIONS
from tests.support.fake_backend.values import ANNA, NOW

TOWNS = ("antwerp", "bergen", "cordoba", "dresden", "evora", "florence", "gent", "halle", "izmir", "jena")
KINDS = ("bakery", "clinic", "foundry", "garage", "hotel", "museum", "press", "school", "winery", "works")


def make_source(number: int) -> SourceState:
    """A source: in step, but for one in 40 that is wrong, one in 30 that is late, one in 15 that needs attention."""
    name = f"{KINDS[number // 10 % 10]}-{TOWNS[number % 10]}" + (f"-{number // 100}" if number >= 100 else "")
    ago = timedelta(minutes=3 + number * 7 % 50)
    source = SourceState(
        name,
        HealthLevel.IN_STEP,
        last_success=NOW - ago,
        documents=1_000 + number * 7919 % 90_000,
        due_at=NOW - ago + timedelta(hours=1),
        late_at=NOW - ago + timedelta(hours=3),
        where=f"worker-{number % 4}",
        tags=("gold",) if number % 5 == 0 else ("retail", "be") if number % 7 == 0 else (),
        zone="eu" if number % 3 else "us",
        at=NOW - ago,
    )
    return _with_trouble(source, number)


def _with_trouble(source: SourceState, number: int) -> SourceState:
    from dataclasses import replace

    if number % 40 == 7:
        reason = "Odoo refuses the key of sync@example.com: it has expired"
        return replace(source, health=HealthLevel.WRONG, reason=reason, last_success=NOW - timedelta(days=2))
    if number % 30 == 11:
        return replace(source, late_at=NOW - timedelta(hours=2), at=NOW - timedelta(hours=5))
    if number % 15 == 4:
        return replace(source, health=HealthLevel.ATTENTION, reason="3 rows of invoices are in quarantine")
    if number % 50 == 49:
        return SourceState(source.name, tags=source.tags)
    if number % 25 == 3:
        run = SourceProgress("sync_data_lake", f"run-{number}", NOW - timedelta(minutes=4), number * 400, 90_000)
        return replace(source, running=run, at=NOW)
    return source


@dataclass
class FakeSync:
    """A sync of several sources that goes on until it is told what became of each."""

    action: Action
    names: tuple[str, ...]
    problems: dict[str, str] = field(default_factory=dict[str, str])

    def look(self) -> SyncLook:
        return SyncLook(self.action, self.names, dict(self.problems), len(self.problems) == len(self.names), "/log")

    def stop(self) -> None:
        self.problems = dict.fromkeys(self.names, "cancelled") | self.problems


@dataclass
class FakeFleet:
    """Sources, what can be wrong with reading them, and what was started."""

    sources: Sequence[SourceState] = field(default_factory=lambda: tuple(make_source(each) for each in range(200)))
    broken: dict[str, SyncError] = field(default_factory=dict[str, SyncError])
    problem: SyncError | None = None
    stops_syncs: bool = False
    reads: int = 0
    syncs: list[FakeSync] = field(default_factory=list[FakeSync])
    cancelled: dict[str, str] = field(default_factory=dict[str, str])
    change: Callable[[Sequence[SourceState]], Sequence[SourceState]] = lambda sources: sources

    def read(self) -> FleetState:
        self.reads += 1
        if self.problem:
            raise self.problem
        self.sources = self.change(self.sources)
        return FleetState(NOW, tuple(self.sources))

    def start(self, action: Action, names: Sequence[str]) -> FakeSync:
        self.syncs.append(FakeSync(action, tuple(names)))
        return self.syncs[-1]

    def cancel(self, runs: Mapping[str, str]) -> int:
        self.cancelled |= runs
        return len(runs)

    def make_setup(self) -> FleetSetup:
        names = tuple(source.name for source in self.sources)
        stops = self.stops_syncs
        return FleetSetup(
            names, self.broken, self.read, self.start, self.cancel, OPTIONS, ANNA, COMMANDS, stops_syncs=stops
        )
