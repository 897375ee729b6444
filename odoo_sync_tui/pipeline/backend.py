"""Everything behind a front end: the open store, queries, and services."""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial

from odoo_sync_tui.core.errors import SyncError
from odoo_sync_tui.core.progress import ProgressListener
from odoo_sync_tui.core.reports.overview import StoreInfo
from odoo_sync_tui.entities.catalog import EntityCatalog
from odoo_sync_tui.pipeline.catalog import build_catalog, build_change_policy
from odoo_sync_tui.pipeline.fleet.reporter import FleetReporter, choose_reporting
from odoo_sync_tui.pipeline.queries.changes import ChangeQueries
from odoo_sync_tui.pipeline.queries.details import DetailQueries
from odoo_sync_tui.pipeline.queries.metrics import MetricsFile
from odoo_sync_tui.pipeline.queries.overview import OverviewQueries
from odoo_sync_tui.pipeline.queries.quarantine import QuarantineQueries
from odoo_sync_tui.pipeline.queries.schedule import ScheduleQueries
from odoo_sync_tui.pipeline.run.backups import StoreCopier
from odoo_sync_tui.pipeline.run.removal.erase_record import Eraser
from odoo_sync_tui.pipeline.service import OdooSyncPipelineService
from odoo_sync_tui.pipeline.verifier import Verifier
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.settings.identity import current_operator
from odoo_sync_tui.settings.model import Settings
from odoo_sync_tui.store.backup_file import OnCopied
from odoo_sync_tui.store.database import Store, open_store

LOG = logging.getLogger(__name__)


class Backend:
    """An open store with its queries and services. Close it, or use it as a context manager."""

    def __init__(self, store: Store, settings: Settings, catalog: EntityCatalog) -> None:
        self._store = store
        self._settings = settings
        self._catalog = catalog
        self.schedule_queries = ScheduleQueries(store, settings)
        self.overview_queries = OverviewQueries(store, settings, catalog, self.schedule_queries)
        self.detail_queries = DetailQueries(store, catalog)
        self.quarantine_queries = QuarantineQueries(store, catalog)
        self.change_queries = ChangeQueries(store, settings, catalog)
        read = partial(self.overview_queries.get_overview, 1)
        source = settings.membership.source if settings.membership else ""
        self._metrics = MetricsFile(settings.metrics.textfile, read, source)
        self._reporter = FleetReporter(choose_reporting(settings, store, read))

    @property
    def store_info(self) -> StoreInfo:
        """The MongoDB server and database of this backend."""
        return self._store.info

    def service(
        self, *, on_progress: ProgressListener | None = None, cancel: CancelToken | None = None
    ) -> OdooSyncPipelineService:
        """Create a service for one run."""
        return OdooSyncPipelineService(
            self._store,
            self._settings,
            catalog=self._catalog,
            on_progress=self._reporter.listen(on_progress),
            cancel=cancel,
            read_standing=self.overview_queries.read_standing,
            around_run=self._around_run,
        )

    @contextmanager
    def _around_run(self) -> Generator[None]:
        with self._reporter.around_run(), self._metrics.keep_fresh():
            yield

    def report_standing(self) -> None:
        """Report how the source stands to the database of the main settings, if these settings are of a source."""
        self._reporter.report()

    def eraser(self, user_id: str) -> Eraser:
        """Create what erases records for good, and lets them come back, for an operator.

        Raises:
            ConfigurationError: the settings do not allow it.
        """
        settings, log_event = self._settings, self._store.audit.append
        settings.ensure_writable()
        settings.rights.ensure_erase()
        operator, policy = current_operator(user_id), build_change_policy(settings, self._catalog)
        return Eraser(self._store, self._catalog, log_event, operator, settings.sync.lease_seconds, policy)

    def verifier(self, *, on_progress: ProgressListener | None = None, cancel: CancelToken | None = None) -> Verifier:
        """Create a verifier for one verification."""
        return Verifier(self._store, self._settings, catalog=self._catalog, on_progress=on_progress, cancel=cancel)

    def copier(self, cancel: CancelToken, on_copied: OnCopied) -> StoreCopier:
        """Create what copies the store to a file, or from one."""
        return StoreCopier(self._store, self._settings, cancel, on_copied)

    def make_indexes(self) -> None:
        """Make the missing indexes, so that reading is fast. Who may not goes without; a run says what hinders."""
        if self._settings.is_read_only:
            return
        try:
            self._store.indexes.ensure()
        except SyncError as error:
            LOG.warning("The indexes are left as they are: %s", error)

    def close(self) -> None:
        """Close the store. An embedded MongoDB stops when nobody else uses it."""
        self._reporter.close()
        self._store.close()

    def __enter__(self) -> Backend:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_backend(settings: Settings) -> Backend:
    """Open the store that the settings name, with the entities that they know.

    Raises:
        ConfigurationError: the store cannot be opened with these settings.
        StoreUnavailable: the store cannot be reached now.
    """
    return Backend(open_store(settings.build_mongo_config()), settings, build_catalog(settings))
