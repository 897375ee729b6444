"""The state of every source, for the screen of all of them and for scripts."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from odoo_sync_tui.core.errors import ConfigurationError, SyncError
from odoo_sync_tui.core.reports.fleet import MAX_REASON_LENGTH, FleetState, SourceState
from odoo_sync_tui.core.reports.health import HealthLevel
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.settings.sources.load import Source, Sources
from odoo_sync_tui.store.database import open_store
from odoo_sync_tui.store.fleet.store import FleetStore, open_fleet_store


class FleetOverview:
    """Reads the state of every source that has a settings file, with one query. A context manager.

    It connects at the first reading, one thread at a time.

    Args:
        sources: the settings of all sources; one that cannot be used is wrong, whatever its last run said.
    """

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._resources = ExitStack()
        self._store: FleetStore | None = None

    def use(self, sources: Sources) -> None:
        """Read these sources from now on; the connection stays."""
        self._sources = sources

    def read(self) -> FleetState:
        """Read the state of all sources, in the order of their names.

        Raises:
            SyncError: the database of the main settings cannot be read.
        """
        if not self._sources.sources:
            return FleetState(datetime.now(UTC))
        if self._store is None:
            self._store = self._resources.enter_context(open_fleet_store(self._sources.main.build_mongo_config()))
        fleet = self._store.sources.read()
        known = {state.name: state for state in fleet.sources}
        return FleetState(fleet.at, tuple(_merge(each, known.get(each.name)) for each in self._sources.sources))

    def request_cancel(self, runs: Mapping[str, str]) -> int:
        """Ask runs, each named by its source, to stop at their next page; return how many had not ended.

        Raises:
            SyncError: the run of a source could not be asked, and which; all others were.
        """
        settings = {each.name: each.settings for each in self._sources.sources if each.settings and each.name in runs}
        asked, failures = 0, list[SyncError]()
        for name, each in settings.items():
            try:
                each.ensure_writable()
                with open_store(each.build_mongo_config()) as store:
                    asked += store.runs.request_cancel(runs[name], each.operator_name)
            except SyncError as error:
                failures.append(SyncError(f"{name}: {error.message}", error.hint))
        if failures:
            raise failures[0]
        return asked

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resources.close()


def _merge(source: Source, known: SourceState | None) -> SourceState:
    """Build what is known of a source: what its runs wrote, and what its settings say now."""
    state = known or SourceState(source.name)
    if source.settings is not None:
        return replace(state, tags=source.settings.tags, zone=source.settings.zone)
    problem = source.problem or ConfigurationError("The settings cannot be used.")
    return replace(state, health=HealthLevel.WRONG, reason=sanitize(problem.message, MAX_REASON_LENGTH))
