"""Have the documents' changes logged: which ones are, and since when the log of an entity is complete."""

from __future__ import annotations

from odoo_sync_tui.core.changes.policy import ChangePolicy
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.store.change_log.mover import ChangeLog
from odoo_sync_tui.store.documents.outbox import Outbox
from odoo_sync_tui.store.driver.values import utc_now


class ChangeRecorder:
    """The change log as one run writes it. Used by the leased writes of its entities alone.

    Args:
        log: the change log.
        policy: what it is to hold.
        run_id: the run.
        fence: the fence of its lease.
    """

    def __init__(self, log: ChangeLog, policy: ChangePolicy, run_id: str, fence: int) -> None:
        self._log = log
        self._policy = policy
        self._run_id = run_id
        self._fence = fence
        self._is_open = False
        self._complete_ids: set[str] = set()

    def begin(self, entity: Entity, *, is_first_load: bool) -> Outbox | None:
        """Prepare the log for the writes of an entity; ``None``: they are not logged.

        Before the first of a run, what earlier runs have left in documents is moved. A log that lacks a change is
        known to lack it before the change is made.

        Raises:
            LeaseLost: a newer run writes the log.
            StoreError: the log cannot be read or written.
        """
        if not self._is_open and not self._open():
            return None
        is_logged = self._policy.includes(entity.id, is_first_load=is_first_load)
        self._note(entity, is_complete=is_logged and not self._policy.fields)
        return Outbox(entity, self._run_id, first_load=is_first_load) if is_logged else None

    def move(self, entity: Entity) -> None:
        """Move what the documents of the entity carry to the log.

        Raises:
            LeaseLost: a newer run writes the log.
            StoreError: the log cannot be written; the next run moves it.
        """
        self._log.move(entity.target.collection, self._fence, self._policy.includes_field)

    def finish_load(self, entity: Entity) -> None:
        """Note that all rows of an entity have been stored: from now on its log is complete, if it is logged.

        Raises:
            StoreError: the log cannot be written; the next run notes it.
        """
        if self._policy.includes(entity.id, is_first_load=False) and not self._policy.fields:
            self._note(entity, is_complete=True)

    def _open(self) -> bool:
        """Open the log; ``False``: nothing is to be logged, and nothing ever was."""
        if not self._policy.enabled and not self._log.exists():
            return False
        self._log.open(self._fence, self._policy.includes_field)
        self._complete_ids = set(self._log.read_complete_since())
        self._is_open = True
        return True

    def _note(self, entity: Entity, *, is_complete: bool) -> None:
        if is_complete is (entity.id in self._complete_ids):
            return
        self._log.set_complete_since(entity.id, utc_now() if is_complete else None)
        self._complete_ids ^= {entity.id}
