"""Sources as the fleet's screen lists them: which are shown, and what each says."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from textual.content import Content

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.reports.fleet import FleetState, SourceState, Standing, find_standing, is_old, sort_worst_first
from odoo_sync_tui.tui.fleet.setup import FleetSync, SyncLook
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.layout import Entry
from odoo_sync_tui.tui.format.render import LinePart
from odoo_sync_tui.tui.model.glyphs import Glyphs

RUNNING, MARKED = "running", "marked"
"""What can be shown alone besides a standing."""

BAR_WIDTH = 8
MAX_NAMED = 3
"""Names of sources that a sentence tells."""


@dataclass(frozen=True, slots=True)
class FleetRow:
    """A source, how it stands, whether what is known of it is old, and whether it waits for its turn in a sync."""

    source: SourceState
    standing: Standing
    is_old: bool
    is_waiting: bool = False

    @property
    def name(self) -> str:
        """Its name."""
        return self.source.name

    @property
    def is_running(self) -> bool:
        """Whether a run is at work, as far as is known: one that has been silent for long may be dead."""
        return self.source.running is not None and not self.is_old


@dataclass(frozen=True, slots=True)
class FleetFilter:
    """Which sources are shown.

    Attributes:
        text: words that all have to occur in the name, the tags, the zone or the machine.
        only: a standing, :data:`RUNNING` or :data:`MARKED`; empty: all.
    """

    text: str = ""
    only: str = ""

    def matches(self, row: FleetRow, marked: Collection[str]) -> bool:
        """Whether a source is shown."""
        return self._matches_only(row, marked) and self._matches_text(row.source)

    def _matches_only(self, row: FleetRow, marked: Collection[str]) -> bool:
        match self.only:
            case "":
                return True
            case "running":
                return row.is_running
            case "marked":
                return row.name in marked
            case _:
                return row.standing == self.only

    def _matches_text(self, source: SourceState) -> bool:
        if not self.text:
            return True
        told = " ".join((source.name, *source.tags, source.zone, source.where)).lower()
        return all(word in told for word in self.text.lower().split())


@dataclass
class StartedSync:
    """A sync of several sources that the screen has started, when that was, and how far it has come, once looked at.

    Its answers come in the order of names; that a source has ended before is told by what its run wrote meanwhile.
    """

    sync: FleetSync
    begun: datetime
    names: frozenset[str]
    look: SyncLook | None = None

    def is_waiting(self, source: SourceState) -> bool:
        """Whether a source of it has not ended."""
        look = self.look
        if look is None or look.is_over or source.name not in self.names or source.name in look.problems:
            return False
        has_written = source.at is not None and source.at > self.begun and source.running is None
        return not has_written


@dataclass
class FleetMemory:
    """What the fleet's screen shows, kept while a dashboard is open.

    Attributes:
        fleet: what was read last; ``None``: nothing yet.
        read_at: when that was, by the clock of this machine.
        cursor: the name of the source under the cursor.
        marked: the names of the marked sources.
        filter: which sources are shown.
        syncs: syncs that this screen has started, while they are at work, and the last one that has ended.
        refusal: why the dashboard of a source could not be opened; empty once it was shown.
    """

    fleet: FleetState | None = None
    read_at: datetime | None = None
    cursor: str = ""
    marked: set[str] = field(default_factory=set[str])
    filter: FleetFilter = field(default_factory=FleetFilter)
    syncs: list[StartedSync] = field(default_factory=list[StartedSync])
    refusal: str = ""

    def find_now(self, local: datetime) -> datetime:
        """Find the time by the database server's clock, by which all times of the sources were written."""
        if self.fleet is None or self.read_at is None:
            return local
        return (self.fleet.at + (local - self.read_at)).astimezone(local.tzinfo)

    def list_rows(self, now: datetime) -> list[FleetRow]:
        """List all sources, the worst first."""
        sources = self.fleet.sources if self.fleet else ()
        return [
            FleetRow(each, find_standing(each, now), is_old(each, now), self._is_waiting(each))
            for each in sort_worst_first(sources, now)
        ]

    def _is_waiting(self, source: SourceState) -> bool:
        return any(started.is_waiting(source) for started in self.syncs)

    def take(self, fleet: FleetState, looks: Sequence[SyncLook], now: datetime) -> None:
        """Take what was read; of syncs that have ended only the newest is kept to be told of."""
        self.fleet, self.read_at = fleet, now
        for started, look in zip(self.syncs, looks, strict=False):
            started.look = look
        followed, others = self.syncs[: len(looks)], self.syncs[len(looks) :]
        self.syncs = [each for each in followed[:-1] if each.look and not each.look.is_over] + followed[-1:] + others

    def forget_others(self, names: Collection[str]) -> None:
        """Take the marks of sources away that are no more."""
        self.marked &= set(names)


def count_rows(rows: Sequence[FleetRow]) -> Mapping[str, int]:
    """Count the sources of each standing, and those with a run at work."""
    counts = dict.fromkeys([*map(str, Standing), RUNNING], 0)
    for row in rows:
        counts[row.standing] += 1
        counts[RUNNING] += row.is_running
    return counts


def choose_next_filter(shown: FleetFilter, counts: Mapping[str, int], marked: Collection[str]) -> FleetFilter:
    """Choose what is shown alone next: each kind that there is, and after the last all again."""
    offered = ["", *(kind for kind, count in counts.items() if count), *([MARKED] if marked else [])]
    index = offered.index(shown.only) if shown.only in offered else 0
    return replace(shown, only=offered[(index + 1) % len(offered)])


def _format_run(row: FleetRow, glyphs: Glyphs) -> Content:
    """Format the run at work: a bar and the share that is done, or the number of rows while none is known."""
    run = row.source.running
    if run is None:
        word = "waiting" if row.is_waiting else "paused" if row.source.paused else ""
        return Content.styled(f"{glyphs.get_state_sign('waiting')} {word}" if word else "", render.MUTED)
    sign = (f"{glyphs.get_state_sign('running')} ", render.ACCENT)
    if not run.total:
        return render.assemble(sign, f"{render.format_number(run.done, glyphs)} rows" if run.done else "begins")
    share = min(run.done / run.total, 1.0)
    return render.assemble(sign, render.format_bar(share, BAR_WIDTH, render.ACCENT, glyphs), f" {int(share * 100):3} %")


def format_now(row: FleetRow, now: datetime, glyphs: Glyphs) -> Content:
    """Format what is going on: the run at work, that what is known is old, that it is late, and what is wrong."""
    source, parts = row.source, [_format_run(row, glyphs)]
    if row.is_old:
        sign = f"{glyphs.get_state_sign('running')} " if source.running else ""
        parts = [Content.styled(f"{sign}no word for {format_age(now, source.at)}", render.MUTED)]
    if source.is_late(now):
        age = format_age(now, source.late_at)
        parts.append(Content("late" if age == "now" else f"late for {age}"))
    if source.reason:
        color = render.BAD if row.standing is Standing.WRONG else ""
        parts.append(Content.styled(render.safe_text(source.reason, glyphs, 200), color))
    return Content(f" {glyphs.separator} ").join(part for part in parts if part)


def format_age(now: datetime, then: datetime | None) -> str:
    """Format an age by whole minutes of the clock, so that all ages on the screen change together, once a minute."""
    return render.format_short_age(_to_minute(now), then and _to_minute(then))


def _to_minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def format_due(source: SourceState, now: datetime) -> str:
    """Format when the next scheduled run begins: "in 12 min", "now"; empty where nothing is scheduled."""
    if source.due_at is None or source.paused or source.running:
        return ""
    age = format_age(source.due_at, now)
    return "now" if source.due_at <= now or age == "now" else f"in {age}"


def describe_row(row: FleetRow, now: datetime, glyphs: Glyphs) -> list[Entry]:
    """Describe all that is known of a source, for a page to read."""
    source, claim = row.source, row.source.claim
    run = source.running
    facts: dict[str, object] = {
        "tags": ", ".join(source.tags),
        "zone": source.zone,
        "in step": render.format_age(now, source.last_success),
        "rows": render.format_number(source.documents, glyphs),
        "next run": render.format_full_time(now, source.due_at) if source.due_at else "nothing is scheduled",
        "late from": render.format_full_time(now, source.late_at) if source.late_at else "",
        "pause": "what is scheduled waits" if source.paused else "",
        "at work": f"{run.action} since {render.format_full_time(now, run.since)}, run {run.run_id}" if run else "",
        "machine": source.where,
        "claimed by": f"fleet run on {claim.host} ({claim.engine})" if claim and claim.live else "",
        "not before": _format_future(now, source.retry_at),
        "known since": render.format_age(now, source.at) if source.at else "no run has written anything yet",
    }
    entries = [Entry(render.format_state(row.standing, glyphs), _label("state"))]
    if source.reason:
        entries.append(Entry(Content(render.safe_text(source.reason, glyphs)), _label("why")))
    shown = ((label, render.safe_text(value, glyphs)) for label, value in facts.items())
    return entries + [Entry(Content(text), _label(label)) for label, text in shown if text]


def _format_future(now: datetime, then: datetime | None) -> str:
    return render.format_full_time(now, then) if then and then > now else ""


def _label(text: str) -> Content:
    return render.assemble((text, render.MUTED))


def format_sync(started: StartedSync, rows: Sequence[FleetRow], glyphs: Glyphs) -> Content:
    """Format how far a sync of several sources has come, and what did not go well."""
    look = started.look
    if look is None:
        return Content(f"starting {glyphs.ellipsis}")
    what = look.names[0] if len(look.names) == 1 else f"{len(look.names)} sources"
    title = f"{render.ACTION_TITLES[look.action]} of {render.safe_text(what, glyphs, 64)}"
    left = sum(started.is_waiting(row.source) for row in rows)
    text = f"{title}: {len(look.names) - left} of {len(look.names)} done"
    if look.is_over:
        text = f"{title}: done"
    cancelled = [name for name in look.failed if look.problems.get(name) == Outcome.CANCELLED]
    parts: list[LinePart] = [text, f"; {len(cancelled)} cancelled" if cancelled else ""]
    if failed := [name for name in look.failed if name not in cancelled]:
        names = ", ".join(f"{name} ({look.problems.get(name, 'not begun')})" for name in failed[:MAX_NAMED])
        more = f" and {len(failed) - MAX_NAMED} more" if len(failed) > MAX_NAMED else ""
        told = f"; {len(failed)} not in step: {render.safe_text(names, glyphs, 300)}{more}; log: {look.log}"
        parts.append((render.safe_text(told, glyphs, 500), render.WARN))
    return render.assemble(*parts)
