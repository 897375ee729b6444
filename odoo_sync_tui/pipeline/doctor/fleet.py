"""Examine what many Odoos share: the main database, the limits of hosts, and the files that one mongod may open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from odoo_sync_tui.core.errors import ConfigurationError, SyncError
from odoo_sync_tui.core.reports.diagnosis import CheckResult, Step, failure, ok, skipped, warning
from odoo_sync_tui.core.reports.fleet import HostLimit
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.settings.model import Settings
from odoo_sync_tui.settings.sections.membership import FleetMembership
from odoo_sync_tui.settings.sources.load import Source
from odoo_sync_tui.store.doctor import StoreDoctor
from odoo_sync_tui.store.fleet.host_limits import HostUse
from odoo_sync_tui.store.fleet.store import open_fleet_store

MAX_SHOWN_HOSTS = 5

_CHECK_KEY = "doctor"
"""Key of a booking that nobody makes: giving it back changes nothing, and shows who may write."""


class FleetDoctor:
    """Examine the fleet that the settings belong to. Without sources there is nothing to examine.

    Args:
        settings: the main settings, or those of a source.
        list_names: lists the names of all sources, or raises ConfigurationError.
        load_sources: loads all sources, or raises ConfigurationError; not called for those of one source.
        store: the examined MongoDB of the settings.
    """

    def __init__(
        self,
        settings: Settings,
        list_names: Callable[[], Sequence[str]],
        load_sources: Callable[[], Sequence[Source]],
        store: StoreDoctor,
    ) -> None:
        self._settings = settings
        self._store = store
        self._sources: Sequence[Source] = ()
        self._error: ConfigurationError | None = None
        self._use = HostUse(0, 0)
        try:
            self._names = list_names()
            if self._names and settings.membership is None:
                self._sources = load_sources()
        except ConfigurationError as error:
            self._error = error

    @property
    def has_only_sources(self) -> bool:
        """Whether the settings are main settings that name no Odoo of their own."""
        return bool(self._sources) and self._settings.odoo.url is None

    def steps(self) -> list[Step]:
        """List all steps, in their order."""
        error, member = self._error, self._settings.membership
        if error is not None:
            return [Step("fleet.sources", partial(_tell, error))]
        if member is not None:
            return [
                Step("fleet.main", partial(self._check_main, member)),
                Step("fleet.host", partial(self._check_host, member.host_limit)),
                Step("mongodb.files", partial(self._store.check_open_files, len(self._names))),
            ]
        if not self._sources:
            return []
        return [
            Step("fleet.sources", self._check_sources),
            *(
                Step(f"fleet.sources.{each.name}", partial(_tell, each.problem))
                for each in self._sources
                if each.problem
            ),
            Step("fleet.hosts", self._check_hosts),
            Step("mongodb.files", lambda: self._store.check_open_files(sum(map(self._is_here, self._sources)))),
        ]

    def _check_main(self, member: FleetMembership) -> CheckResult:
        """Check whether bookings and states can be read and written. A run fails of neither."""
        try:
            with open_fleet_store(member.main, beside=self._store.make_store()) as fleet:
                self._use = fleet.host_limits.read(member.host_limit.host)
                if not self._settings.is_read_only:
                    fleet.host_limits.release(member.host_limit.host, _CHECK_KEY)
        except SyncError as error:
            return warning(
                f"{error.message} Runs go on; other machines do not see them, and the limit of the host is not shared.",
                error.hint or "See the database of the main settings.",
            )
        return ok(f"The database {member.main.database} of the main settings can be read and written.")

    def _check_host(self, limit: HostLimit) -> CheckResult:
        use = f"; {self._use.held} under way now, {self._use.waiting} processes wait" if self._use.held else ""
        return ok(f"{_describe(limit)} by all sources and machines together{use}.")

    def _check_sources(self) -> CheckResult:
        usable = sum(each.settings is not None for each in self._sources)
        if usable == len(self._sources):
            return ok(f"{usable} sources: the settings of all can be used.")
        return ok(f"The settings of {usable} of {len(self._sources)} sources can be used; the others follow.")

    def _check_hosts(self) -> CheckResult:
        """Tell which sources share the limit of a host."""
        members = [each.settings.membership for each in self._sources if each.settings]
        limits = {each.host_limit.host: each.host_limit for each in members if each}
        counts = Counter(each.host_limit.host for each in members if each)
        shared = [f"{count} share {_describe(limits[host])}" for host, count in counts.most_common() if count > 1]
        if not counts:
            return skipped("No source can be used.")
        if not shared:
            return ok("Each source has a host of its own.")
        more = f", and {len(shared) - MAX_SHOWN_HOSTS} more hosts are shared" if len(shared) > MAX_SHOWN_HOSTS else ""
        return ok(f"Of {counts.total()} sources, {', '.join(shared[:MAX_SHOWN_HOSTS])}{more}.")

    def _is_here(self, source: Source) -> bool:
        """Whether the lake of a source is on the server of the main settings."""
        here = self._settings.build_mongo_config()
        return source.settings is not None and source.settings.build_mongo_config().is_same_server(here)


def _tell(problem: ConfigurationError) -> CheckResult:
    return failure(problem.message, problem.hint)


def _describe(limit: HostLimit) -> str:
    rate = f"{limit.calls_per_second:g} a second" if limit.calls_per_second else "as many a second as come"
    return f"{sanitize(limit.host)} ({limit.calls_in_flight} calls at once, {rate})"
