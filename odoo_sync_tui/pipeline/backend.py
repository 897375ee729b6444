"""Everything behind a front end: the open store, what is known of it, and services that work on it."""

from __future__ import annotations

from odoo_sync_tui.core.cancel import CancelToken
from odoo_sync_tui.core.overview import StoreInfo
from odoo_sync_tui.core.progress import ProgressListener
from odoo_sync_tui.pipeline.inspector import Inspector
from odoo_sync_tui.pipeline.monitor import Monitor
from odoo_sync_tui.pipeline.service import OdooSyncPipelineService
from odoo_sync_tui.pipeline.verify import Verifier
from odoo_sync_tui.settings import Settings
from odoo_sync_tui.store.database import Store, open_store


class Backend:
    """An open store with what reads it. Close it, or use it as a context manager."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self.monitor = Monitor(store, settings)
        self.inspector = Inspector(store)

    @property
    def store_info(self) -> StoreInfo:
        """The MongoDB behind it."""
        return self._store.info

    def service(
        self, *, on_progress: ProgressListener | None = None, cancel: CancelToken | None = None
    ) -> OdooSyncPipelineService:
        """A service for one run."""
        return OdooSyncPipelineService(self._store, self._settings, on_progress=on_progress, cancel=cancel)

    def verifier(self, *, on_progress: ProgressListener | None = None, cancel: CancelToken | None = None) -> Verifier:
        """A verifier for one verification."""
        return Verifier(self._store, self._settings, on_progress=on_progress, cancel=cancel)

    def close(self) -> None:
        """Let go of the store. An embedded MongoDB stops when nobody else uses it."""
        self._store.close()

    def __enter__(self) -> Backend:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_backend(settings: Settings) -> Backend:
    """Open the store that the settings name.

    Raises:
        ConfigurationError: it cannot be opened as it is set up.
        StoreUnavailable: it cannot be reached now.
    """
    return Backend(open_store(settings.mongo_config()), settings)
