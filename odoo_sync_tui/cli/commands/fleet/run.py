"""``fleet run``: keep all sources in step, on this machine or with others."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.output.progress import format_counts
from odoo_sync_tui.cli.output.stdout import emit, emit_json
from odoo_sync_tui.cli.parser import get_config_path, get_source, list_given_options
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.cli.signals import cancel_on_signal
from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.errors import ConfigurationError, RunCancelled, SyncError
from odoo_sync_tui.core.result import Counts
from odoo_sync_tui.core.text.coerce import as_text
from odoo_sync_tui.core.text.format import format_duration

if TYPE_CHECKING:  # the pipeline loads the drivers
    from odoo_sync_tui.pipeline.fleet.engine import Engine, RunOutcome
    from odoo_sync_tui.settings.model import Settings

_BY_WEIGHT = (Outcome.SUCCESS, Outcome.CANCELLED, Outcome.INTERRUPTED, Outcome.PARTIAL, Outcome.FAILED)


def run(session: Session) -> int:
    """Run whatever is due of all sources: until a signal comes, or what is due now; return the exit code.

    Raises:
        ConfigurationError: there are no sources, the main settings are wrong, or say that nothing is written.
        SyncError: the main database or the engine cannot be reached.
    """
    options = session.options
    if get_source(options):
        raise ConfigurationError(
            "fleet run keeps all sources in step, and --source names one.",
            "Choose some by --tag, or run one with: schedule run --source NAME.",
        )
    settings = session.load_settings({} if options.user is None else {"operator": options.user})
    settings.ensure_writable()
    return _FleetRun(session, settings).execute()


class _FleetRun:
    """One invocation."""

    def __init__(self, session: Session, settings: Settings) -> None:
        self._session = session
        self._settings = settings
        self._narrator = session.progress_writer
        self._codes: set[int] = set()

    def execute(self) -> int:
        """Run, and return the exit code.

        Raises:
            SyncError: there are no sources, or the main database or the engine cannot be reached.
        """
        from odoo_sync_tui.pipeline.fleet.due_sources import RunLimits
        from odoo_sync_tui.pipeline.fleet.roster import Roster, RosterHooks
        from odoo_sync_tui.pipeline.fleet.runner import FleetHooks, FleetRunner, RunnerOptions, RunnerToken
        from odoo_sync_tui.runtime.memory import freeze_and_enable_gc
        from odoo_sync_tui.settings.sources.files import list_source_names
        from odoo_sync_tui.store.fleet.store import open_fleet_store

        options, settings, token = self._session.options, self._settings, RunnerToken()
        config = get_config_path(options)
        if not list_source_names(config):
            raise ConfigurationError(
                "There are no sources.", "Write a file for each Odoo, sources.d/NAME.toml: odoo-sync-tui docs fleet."
            )
        roster = Roster(config, self._session.load_overrides(), RosterHooks(self._take_problem, self._narrator.print))
        scheduled = roster.read()
        hooks = FleetHooks(roster.read, self._take_outcome, self._tell_problem)
        operator = settings.current_operator()
        how = RunnerOptions(
            operator.host,
            RunLimits(settings.fleet.runs, settings.fleet.runs_of_tag),
            operator.name,
            frozenset(options.tag),
        )
        with (
            open_fleet_store(settings.build_mongo_config()) as store,
            cancel_on_signal(token, self._narrator.print) as signals,
            self._open_engine() as engine,
        ):
            freeze_and_enable_gc()
            if not options.once:
                self._narrator.print(f"Sources that are kept in step: {sum(map(how.choose, scheduled.values()))}.")
            runner = FleetRunner(store.sources, store.claims, engine, how, hooks, token)
            try:
                runner.run_due() if options.once else runner.run_forever()
            except RunCancelled:
                if signals.received is None:
                    raise
        if signals.received:
            return exit_codes.of_signal(signals.received)
        return exit_codes.get_worst(self._codes, exit_codes.FAILED)

    @contextmanager
    def _open_engine(self) -> Generator[Engine]:
        """Open the engine that executes the runs.

        Raises:
            SyncError: it cannot be used here.
        """
        options, fleet = self._session.options, self._settings.fleet
        given, processes = list_given_options(options), fleet.processes or os.cpu_count() or 1
        if (options.engine or fleet.engine) == "local":
            from odoo_sync_tui.pipeline.fleet.local_engine import LocalEngine

            opened: Engine = LocalEngine(given, processes)
        else:
            from odoo_sync_tui.pipeline.fleet.cluster.engine import Manner, open_local_engine, open_remote_engine
            from odoo_sync_tui.pipeline.fleet.cluster.scheduler import SchedulerConfig

            notify = self._narrator.print
            if fleet.scheduler:
                # One run that waits at the scheduler lets adaptive scaling know that another worker is wanted.
                manner = Manner(waits=False) if options.once else Manner(ahead=1)
                opened = open_remote_engine(SchedulerConfig.of(fleet), notify, manner)
            else:
                opened = open_local_engine(given, processes, notify)
        with closing(opened) as engine:
            yield engine

    def _take_outcome(self, outcome: RunOutcome) -> None:
        """Print how a run ended, in one line."""
        from odoo_sync_tui.pipeline.fleet.runner import is_held_up

        options = self._session.options
        self._codes.add(exit_codes.SUCCESS if is_held_up(outcome) else outcome.exit_code)
        if not (options.once or outcome.exit_code or outcome.results):
            return  # it was looked at whether something is due, as now and then of a source that is paused
        facts = _as_dict(outcome)
        if options.json:
            emit_json(facts)
        else:
            emit(_describe(outcome, facts))

    def _take_problem(self, name: str, error: ConfigurationError) -> None:
        """Print why a source cannot be run, as if its run had told that."""
        from odoo_sync_tui.pipeline.fleet.engine import RunOutcome

        if not name:
            self._narrator.print(f"The settings cannot be read again, and stay as they were. {error}")
            return
        answer = {"outcome": str(Outcome.FAILED), "error": error.message, "hint": error.hint, "kind": error.kind}
        self._take_outcome(RunOutcome(name, exit_codes.USAGE, (answer,)))

    def _tell_problem(self, error: SyncError) -> None:
        self._narrator.print(f"What runs goes on, nothing else begins: {error}")


def _as_dict(outcome: RunOutcome) -> dict[str, object]:
    """Return how the run of a source ended, with what each of its syncs counted."""
    runs = [each for each in outcome.results if "run_id" in each]
    none: Mapping[str, object] = {}
    problem = next((each for each in outcome.results if each.get("error")), none)
    lost = f"Nobody knows how it ended: {outcome.lost}." if outcome.lost else ""
    return {
        "source": outcome.source,
        "outcome": _judge(outcome),
        "exit_code": outcome.exit_code,
        "seconds": round(outcome.seconds, 1),
        "where": outcome.where,
        "results": [
            {
                "sync": each.get("action"),
                "run_id": each.get("run_id"),
                "outcome": each.get("outcome"),
                "counts": Counts.from_dict(each).as_dict(),
            }
            for each in runs
        ],
        "error": as_text(problem.get("error")) or lost or outcome.stderr_tail.rpartition("\n")[2] or None,
        "hint": as_text(problem.get("hint")),
        "kind": as_text(problem.get("kind")),
    }


def _judge(outcome: RunOutcome) -> Outcome:
    """Judge the run of a source: by the worst of its syncs, and by how its process ended."""
    told = {each.get("outcome") for each in outcome.results}
    if outcome.lost or (outcome.exit_code and not told):
        return Outcome.INTERRUPTED
    return next((each for each in reversed(_BY_WEIGHT) if each in told), Outcome.SUCCESS)


def _describe(outcome: RunOutcome, facts: Mapping[str, object]) -> str:
    counts = (Counts.from_dict(each) for each in outcome.results)
    total = sum(counts, Counts())
    done = format_counts(total) if any("run_id" in each for each in outcome.results) else "nothing was due"
    words = [f"{outcome.source}: {facts['outcome']} in {format_duration(outcome.seconds)}"]
    words += [f"exit code {outcome.exit_code}" if outcome.exit_code else done, *filter(None, [outcome.where])]
    return " ".join(filter(None, [f"{', '.join(words)}.", as_text(facts["error"]), as_text(facts["hint"])]))
