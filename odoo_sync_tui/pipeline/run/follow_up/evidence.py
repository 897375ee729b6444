"""What runs learn beside the records: when keys and certificates end, and whether the audit history is intact."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from odoo_sync_tui.core.audit.events import AuditState, ChainBreak, ChainReport, NotedHead
from odoo_sync_tui.core.errors import RunCancelled, SyncError
from odoo_sync_tui.core.reports.health import Expiries, Expiring
from odoo_sync_tui.core.schedule import ONE_DAY
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.threads import start_thread
from odoo_sync_tui.store.database import Store

LOG = logging.getLogger(__name__)

EXPIRY_INTERVAL = timedelta(hours=1)
"""How long the ends of keys and certificates are believed, unless one is near."""
HISTORY_INTERVAL = ONE_DAY
"""How long the verdict on the audit history is believed."""


def keep_expiries(store: Store, read: Callable[[], Mapping[Expiring, datetime | None]]) -> None:
    """Read when keys and certificates end, unless it is known well enough, and keep it.

    Args:
        store: keeps it.
        read: reads those of Odoo.

    Raises:
        OdooError, StoreError: it cannot be read or kept.
    """
    now, known = datetime.now(UTC), store.evidence.read().expiries
    if _is_fresh(known.at, now, EXPIRY_INTERVAL) and not any(known.list_near(now)):
        return
    of_mongodb = store.read_certificate_end()
    ends = {**read(), **({Expiring.MONGODB_CERTIFICATE: of_mongodb} if of_mongodb else {})}
    store.evidence.save_expiries(Expiries(now, ends))


def verify_history(
    store: Store, on_break: Callable[[ChainBreak], None], noted: NotedHead | None, *, is_kept: bool
) -> ChainReport:
    """Verify the whole audit history.

    Args:
        store: the store.
        on_break: called with every break at once.
        noted: the head of an earlier verification.
        is_kept: whether the verdict is kept. Who may only read MongoDB has it all the same.

    Raises:
        StoreError: the history cannot be read.
    """
    first: list[ChainBreak] = []

    def report(problem: ChainBreak) -> None:
        if not first:
            first.append(problem)
        on_break(problem)

    result = store.audit.verify(report, noted)
    if is_kept:
        problem = str(first[0]) if first else ""
        try:
            store.evidence.save_audit_state(AuditState(datetime.now(UTC), result.head, problem))
        except SyncError as error:
            LOG.warning("The verdict on the audit history could not be kept: %s", error)
    return result


def verify_history_once_a_day(store: Store, cancel: CancelToken) -> None:
    """Verify the whole audit history, if that was not done within a day. A run is over by then, and does not fail."""
    try:
        if not _is_fresh(store.evidence.read().audit.at, datetime.now(UTC), HISTORY_INTERVAL):
            work = start_thread(lambda: verify_history(store, lambda _: None, None, is_kept=True), "history")
            work.result(cancel)
    except RunCancelled:
        LOG.info("The audit history is verified after another run: the end was requested.")
    except SyncError as error:
        LOG.warning("The audit history could not be verified: %s", error)


def _is_fresh(at: datetime | None, now: datetime, interval: timedelta) -> bool:
    return at is not None and timedelta(0) <= now - at < interval
