"""What a run and a verification are made of: an open store, the settings, a listener, and a way to stop."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from odoo_sync_tui.core.progress import ProgressListener
from odoo_sync_tui.core.reports.overview import Standing
from odoo_sync_tui.entities.catalog import EntityCatalog
from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.settings.model import Settings
from odoo_sync_tui.store.database import Store


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
