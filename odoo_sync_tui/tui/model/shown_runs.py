"""The runs on the screen: the one at work, and the newest finished one."""

from __future__ import annotations

from dataclasses import dataclass

from odoo_sync_tui.tui.model.run_summary import LiveRun, RunSummary, find_last_run, find_live_run
from odoo_sync_tui.tui.model.state import DashboardState


@dataclass(frozen=True, slots=True)
class ShownRuns:
    """Runs that follow from a state. Finding the last run parses its stored result, so it is done once per state.

    Attributes:
        live: the run at work: our own, or the holder of the lease.
        last: the newest finished run.
        run_id: id of the run to open: the live one, else the last; ``None`` while the store has no record of it.
    """

    live: LiveRun | None = None
    last: RunSummary | None = None
    run_id: str | None = None


def find_shown_runs(state: DashboardState) -> ShownRuns:
    """Find the runs that a state shows."""
    last = find_last_run(state)
    return ShownRuns(find_live_run(state), last, _find_run_id(state, last))


def _find_run_id(state: DashboardState, last: RunSummary | None) -> str | None:
    if state.own_run is not None:
        return state.own_run.progress.run_id if state.own_run.progress else None
    record = state.foreign_run
    return record.id if record else last and last.run_id
