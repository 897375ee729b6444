"""What a run and a verification are made of: an open store, the settings, a listener, and a way to stop."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial

from odoo_sync_tui.core.progress import ProgressListener
from odoo_sync_tui.core.reports.overview import Standing
from odoo_sync_tui.entities.catalog import EntityCatalog
from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.odoo.calls.retry import OnTrouble
from odoo_sync_tui.odoo.calls.throttle import HostGate
from odoo_sync_tui.odoo.connector import OdooConnector
from odoo_sync_tui.pipeline.entity.mapper import CODE_FINGERPRINT
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.settings.model import Settings
from odoo_sync_tui.store.database import Store
from odoo_sync_tui.store.fleet.host_gate import SharedHostGate
from odoo_sync_tui.store.fleet.store import open_fleet_store


def make_connector(
    settings: Settings, store: Store, cancel: CancelToken, on_trouble: OnTrouble | None = None
) -> OdooConnector:
    """Make a connector to the Odoo of the settings that is not connected yet, under the limit of its host.

    Raises:
        ConfigurationError: neither the settings nor the store say how to reach it.
    """
    config, gate = settings.build_odoo_config(store.integrations.config()), make_host_gate(settings, store)
    return OdooConnector(config, cancel, on_trouble, code_fingerprint=CODE_FINGERPRINT, host_gate=gate)


def make_host_gate(settings: Settings, store: Store | None = None) -> HostGate | None:
    """Make the gate of all calls to the Odoo of the settings; ``None`` where it is not one of many.

    ``store``: that of the settings, if it is open.
    """
    member = settings.membership
    if member is None:
        return None
    open_limits = partial(open_fleet_store, member.main, beside=store)
    return SharedHostGate(member.host_limit, settings.odoo.timeout_seconds, open_limits)


class PipelineTask:
    """Base of the service and the verifier.

    Args:
        store: holds documents, status, runs and audit events.
        settings: how to reach Odoo and how runs behave.
        catalog: all entities of the store.
        on_progress: called with the progress some times a second, from the task's own threads.
        cancel: stops the task at its next page. One token serves one task.
        read_standing: reads how all syncs stand against the clock, for alerts.
        around_run: makes a context in which each run is executed.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        *,
        catalog: EntityCatalog = BUILT_IN,
        on_progress: ProgressListener | None = None,
        cancel: CancelToken | None = None,
        read_standing: Callable[[], Standing] = Standing,
        around_run: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self._store = store
        self._settings = settings
        self._catalog = catalog
        self._on_progress = on_progress
        self._cancel = cancel or CancelToken()
        self._read_standing = read_standing
        self._around_run = around_run
