"""Examine everything between the operator and the two servers, with a hint for each fault."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from odoo_sync_tui.core.changes.policy import ChangeLogState, ChangePolicy
from odoo_sync_tui.core.cursor import Cursor
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.errors import ConfigurationError, StoreError
from odoo_sync_tui.core.reports.diagnosis import Check, CheckResult, Step, failure, ok, run_checks, skipped, warning
from odoo_sync_tui.core.reports.overview import describe_left_over
from odoo_sync_tui.core.run import OdooSource
from odoo_sync_tui.core.text.format import format_span
from odoo_sync_tui.core.text.times import format_local_time
from odoo_sync_tui.entities.catalog import EntityCatalog
from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.odoo.calls.throttle import HostGate
from odoo_sync_tui.odoo.config import OdooConfig
from odoo_sync_tui.odoo.doctor import OdooDoctor
from odoo_sync_tui.pipeline.catalog import build_catalog, build_change_policy
from odoo_sync_tui.pipeline.doctor.fleet import FleetDoctor
from odoo_sync_tui.pipeline.doctor.terminal import TerminalDoctor
from odoo_sync_tui.pipeline.run.removal.drop_entity import list_left_over
from odoo_sync_tui.pipeline.run.store_guard import ensure_mask_key, ensure_same_source
from odoo_sync_tui.pipeline.task import make_host_gate
from odoo_sync_tui.runtime.paths import config_file
from odoo_sync_tui.settings.layers import find_settings_file
from odoo_sync_tui.settings.model import Settings
from odoo_sync_tui.settings.sources.files import list_source_names
from odoo_sync_tui.settings.sources.load import Source
from odoo_sync_tui.store.config import MongoConfig
from odoo_sync_tui.store.database import Store
from odoo_sync_tui.store.doctor import StoreDoctor

MIN_FREE_BYTES = 100 * 1024**2
MAX_CLOCK_SKEW_SECONDS = 30.0
"""Clocks further apart than this mislead a reader who compares times of two of them."""

_CHECKS_OF_A_LAKE = frozenset({"mongodb.indexes", "mongodb.lease"})
_NO_ODOO = "The main settings name no Odoo: each source has its own (doctor --source NAME, doctor --all)."


class Doctor:
    """Examine everything once.

    Args:
        load_settings: loads the settings of this process, or raises ConfigurationError.
        config_path: the settings file that was named; ``None``: look in the usual places.
        log_path: the log file of this process; ``None``: none could be written.
        load_sources: loads the settings of all sources, or raises ConfigurationError.
    """

    def __init__(
        self,
        load_settings: Callable[[], Settings],
        config_path: Path | None,
        log_path: Path | None,
        load_sources: Callable[[], Sequence[Source]] | None = None,
    ) -> None:
        self._load = load_settings
        self._settings: Settings | None = None
        self._catalog = BUILT_IN  # until the settings are known
        self._file = find_settings_file(config_path)
        self._log = log_path
        self._list_sources = (lambda: list_source_names(config_path)) if load_sources else tuple[str, ...]
        self._load_sources = load_sources or tuple[Source, ...]

    def checks(self) -> Iterator[Check]:
        """Run all checks, each when the iterator reaches it. Never raises for a failed check."""
        yield from run_checks(self._own_steps())
        yield from run_checks(TerminalDoctor(os.environ).steps())
        store = StoreDoctor(self._mongo_config, lambda: self._loaded_settings().is_read_only)
        odoo = OdooDoctor(lambda: self._odoo_config(store), self._catalog.entities, lambda: self._make_host_gate(store))
        try:
            broken = "" if self._settings else "settings.values"
            fleet = self._settings and FleetDoctor(self._settings, self._list_sources, self._load_sources, store)
            if fleet and fleet.has_only_sources:
                yield from run_checks(each for each in store.steps() if each.name not in _CHECKS_OF_A_LAKE)
                yield from run_checks([Step("odoo.settings", lambda: skipped(_NO_ODOO))])
            else:
                yield from run_checks(store.steps(), broken)
                yield from run_checks(odoo.steps(), broken)
                yield from run_checks(self._lake_steps(store, odoo))
            yield from run_checks(fleet.steps() if fleet else ())
        finally:
            odoo.close()
            store.close()
        yield from run_checks(
            [Step("clocks", lambda: _clocks({"Odoo": odoo.clock_offset, "MongoDB": store.clock_offset}))]
        )

    def _lake_steps(self, store: StoreDoctor, odoo: OdooDoctor) -> list[Step]:
        return [
            Step("store.source", lambda: _source(store.stored_source(), odoo.read_source())),
            Step("store.entities", lambda: _entities(store.make_store(), self._catalog)),
            Step("store.masks", lambda: _masks(store.make_store(), self._catalog)),
            Step("store.columns", lambda: _columns(store.stored_cursors(), self._catalog)),
            Step("store.changes", lambda: self._changes(store.make_store())),
        ]

    # ------------------------------------------------------------------------------------------------ this machine

    def _own_steps(self) -> list[Step]:
        return [
            Step("settings.file", self._settings_file),
            Step("settings.values", self._settings_values),
            Step("machine.log", self._log_file),
            Step("machine.tmp", _temporary_directory),
            Step("machine.metrics", lambda: _metrics_file(self._settings)),
        ]

    def _settings_file(self) -> CheckResult:
        """Check who may read and change the file. Loading already refuses a file with a secret that others may read."""
        path = self._file
        if path is None:
            return ok(f"There is none (it would be {config_file()}); environment variables and defaults count.")
        try:
            state = path.stat()
        except OSError as error:
            return failure(f"{path} cannot be read: {error.strerror}.", "Check the path and its permissions.")
        mode = stat.S_IMODE(state.st_mode)
        text = f"{path} (mode {mode:04o})"
        if mode & (stat.S_IWGRP | stat.S_IWOTH):
            return warning(f"{text}: others may change it.", f"Run: chmod 600 {shlex.quote(str(path))}")
        if mode & (stat.S_IRGRP | stat.S_IROTH):
            return ok(f"{text}: others may read it, and it holds no secret as long as its values are accepted.")
        return ok(f"{text}: yours alone.")

    def _settings_values(self) -> CheckResult:
        settings = self._load()
        self._catalog = build_catalog(settings)
        self._settings = settings
        if settings.notices:
            return warning("All are accepted.", " ".join(settings.notices))
        return ok(f"All are accepted. The operator is {settings.operator_name}.")

    def _log_file(self) -> CheckResult:
        if self._log is None:
            return warning("No log file can be written.", "Give yourself the right to write in the state directory.")
        return ok(f"{self._log}.")

    # ------------------------------------------------------------------------------------------------ the two servers

    def _changes(self, store: Store | None) -> CheckResult:
        """Check since when the change log tells everything, and how long."""
        if store is None:
            return skipped("MongoDB was not reached.")
        policy = build_change_policy(self._loaded_settings(), self._catalog)
        if not policy.enabled:
            return skipped("The settings have the change log off (changes.enabled).")
        return _change_log(store.change_log.read_state(), policy, self._catalog)

    def _loaded_settings(self) -> Settings:
        if self._settings is None:
            raise ConfigurationError("The settings are not known.", "Load them first.")
        return self._settings

    def _mongo_config(self) -> MongoConfig:
        return self._loaded_settings().build_mongo_config()

    def _make_host_gate(self, store: StoreDoctor) -> HostGate | None:
        return make_host_gate(self._loaded_settings(), store.make_store())

    def _odoo_config(self, store: StoreDoctor) -> OdooConfig:
        """Build the config as a run does; from the settings alone where the store cannot be read."""
        try:
            stored = store.stored_config()
        except StoreError:
            stored = None  # the checks of MongoDB have reported the reason
        return self._loaded_settings().build_odoo_config(stored)


def check_connections(settings: Settings) -> Iterator[Check]:
    """Check the way to both servers as far as the login: what a first settings file must get right.

    The settings alone count, not what the database says of Odoo. Never raises for a failed check.
    """
    store = StoreDoctor(settings.build_mongo_config, lambda: settings.is_read_only)
    odoo = OdooDoctor(lambda: settings.build_odoo_config(None), (), lambda: make_host_gate(settings))
    try:
        for steps in (odoo.steps(), store.steps()):
            yield from run_checks(step for step in steps if step.required)
    finally:
        odoo.close()
        store.close()


def _temporary_directory() -> CheckResult:
    place = Path(tempfile.gettempdir())
    free = shutil.disk_usage(place).free
    text = f"{place}: {free / 1024**3:.1f} GB free."
    if free < MIN_FREE_BYTES:
        return warning(text, "Make room there: sockets and the demo need some.")
    return ok(text)


def _metrics_file(settings: Settings | None) -> CheckResult:
    """Check whether runs of this user can write the file of the metrics."""
    path = settings.metrics.textfile if settings else None
    if path is None:
        return skipped("The settings name no file for metrics.")
    if not path.parent.is_dir():
        return failure(f"{path} cannot be written: there is no such directory.", "Make it, or correct the path.")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        return failure(f"{path} cannot be written by this user.", "Give it the right to write in that directory.")
    return ok(f"{path} can be written.")


def _source(stored: OdooSource | None, source: OdooSource | None) -> CheckResult:
    """Check that the Odoo of the settings is the one whose records the store holds."""
    if source is None:
        return skipped("Odoo was not reached.")
    if stored is None:
        return ok(f"The store does not know its Odoo yet; the first run tells it: {source}.")
    ensure_same_source(stored, source)
    return ok(f"The store holds records of {stored}.")


def _entities(store: Store | None, catalog: EntityCatalog) -> CheckResult:
    """Check whether the store has documents of entities that are synced no more."""
    if store is None:
        return skipped("MongoDB was not reached.")
    left_over = list_left_over(store, catalog)
    if not left_over:
        return ok("There are no documents of entities that are not synced.")
    droppable = [each.name for each in left_over if each.can_be_dropped]
    delete = f" To delete documents: odoo-sync-tui entities drop {droppable[0]}." if droppable else ""
    return warning(
        f"Nothing keeps these documents in step: {', '.join(map(describe_left_over, left_over))}.",
        f"To sync them again, declare the entity, or set enabled = true in its table.{delete}",
    )


def _masks(store: Store | None, catalog: EntityCatalog) -> CheckResult:
    """Check the key of the masks, and whether what the settings mask is masked in the store."""
    if store is None:
        return skipped("MongoDB was not reached.")
    stored = store.masks.fields_by_entity()
    masker = ensure_mask_key(store, catalog)
    if masker is None:
        kept = [entity.title for entity in catalog if stored.get(entity.id)]
        if kept:
            return warning(f"Fields of {', '.join(kept)} are masked, and the settings mask none.", "Sync them anew.")
        return ok("The settings mask no field.")
    due = [
        entity.title
        for entity in catalog
        if entity.masking
        and entity.masking.fields
        and not any(fingerprint == masker.fingerprint for _, _, fingerprint in stored.get(entity.id, ()))
    ]
    if due:
        return warning(f"Values that the settings mask are stored as they are: {', '.join(due)}.", "Sync them.")
    fields = sum(len(stored.get(entity.id, ())) for entity in catalog)
    return ok(f"{fields} fields are masked, with the key whose fingerprint is {masker.fingerprint}.")


def _columns(cursors: Mapping[str, Cursor], entities: Iterable[Entity]) -> CheckResult:
    """Check which fields runs read by rows, because they differ when Odoo answers whole columns."""
    synced = [(entity, cursors[entity.id]) for entity in entities if entity.id in cursors]
    found = [(entity, verdict) for entity, cursor in synced if (verdict := cursor.columns)]
    if not found:
        return skipped("No run has read whole columns yet.")
    differing = [f"{entity.title}: {', '.join(verdict.differing)}" for entity, verdict in found if verdict.differing]
    if differing:
        return warning(
            f"Fields that differ when Odoo answers whole columns are read row by row. {'; '.join(differing)}.",
            "A module of Odoo changes how rows are read, but not columns. Runs take longer, and documents are right.",
        )
    return ok(f"Whole columns hold what rows hold: {', '.join(entity.title for entity, _ in found)}.")


def _change_log(state: ChangeLogState, policy: ChangePolicy, catalog: EntityCatalog) -> CheckResult:
    if idle := policy.find_idle_fields(catalog):
        return warning(
            f"changes.fields names what no logged entity has: {', '.join(idle)}.",
            "No change of it is logged: look at the names in the manual, odoo-sync-tui docs data.",
        )
    if state.kept is None:
        return ok("No run has logged changes yet; the next one does.")
    since = {entity.title: state.complete_since.get(entity.id) for entity in catalog}
    complete = [f"{title} since {format_local_time(moment)}" for title, moment in since.items() if moment]
    words = [
        f"Complete: {', '.join(complete) or 'of no entity'}.",
        f"Kept for {format_span(state.kept.total_seconds())}.",
    ]
    if state.kept != policy.keep:
        words.append(f"The settings say {format_span(policy.keep.total_seconds())}: the next sync applies that.")
    if state.pending:
        words.append(f"{state.pending} documents carry changes that are not in the log yet; the next sync moves them.")
    return ok(" ".join(words))


def _clocks(ahead: dict[str, float | None]) -> CheckResult:
    """Check how far the servers' clocks are from ours and from each other."""
    known = {name: seconds for name, seconds in ahead.items() if seconds is not None}
    if not known:
        return skipped("Neither server told its time.")
    text = ", ".join(f"{name} {_signed(seconds)}" for name, seconds in known.items())
    spread = max(*known.values(), 0.0) - min(*known.values(), 0.0)
    if spread > MAX_CLOCK_SKEW_SECONDS:
        return warning(
            f"Against this machine: {text}.",
            "Set the clocks by a time server (NTP). Records are safe: a sync goes by Odoo's clock and a lease by "
            "MongoDB's; but times on the screen mislead.",
        )
    return ok(f"Against this machine: {text}.")


def _signed(seconds: float) -> str:
    return f"{round(seconds, 1) + 0.0:+.1f} s"  # adding zero turns "-0.0" into "+0.0"
