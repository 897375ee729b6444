"""Copies of the store to a file and from one, under the lease: nothing is synced meanwhile."""

from __future__ import annotations

import time
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from odoo_sync_tui.core.actions import BACKUP, RESTORE, Outcome
from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.core.errors import ConfigurationError, LeaseLost
from odoo_sync_tui.core.run import Lease, Operator
from odoo_sync_tui.core.text.format import format_number
from odoo_sync_tui.pipeline.run.lease.dead_runs import acquire_lease, take_lease
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.runtime.files import FileError, open_new, translate_os_errors
from odoo_sync_tui.settings.identity import current_operator
from odoo_sync_tui.settings.model import Settings
from odoo_sync_tui.store.backup_file import BackupReader, BackupWriter, Manifest, OnCopied
from odoo_sync_tui.store.database import Store

FILE_HINT = "Name a file that is not there yet, in a directory of yours with room for it."


class StoreCopier:
    """Copies a store. Every method raises :class:`LeaseHeld` while a run is at work, and :class:`StoreError`.

    Args:
        store: the store.
        settings: who may write, and for how long a lease lasts without being renewed.
        cancel: ends a copy between two batches.
        on_copied: called with each collection and the number of its documents so far.
    """

    def __init__(self, store: Store, settings: Settings, cancel: CancelToken, on_copied: OnCopied) -> None:
        self._store = store
        self._settings = settings
        self._cancel = cancel
        self._on_copied = on_copied

    def back_up(self, user_id: str, path: Path) -> Manifest:
        """Copy the store to a new file, private to its owner, which appears when it is complete.

        Raises:
            ConfigurationError: the settings say that nothing is written, or the store is half restored.
            FileError: the file is there already, or cannot be written.
            RunCancelled: a stop was requested; there is no file.
        """
        self._settings.ensure_writable()
        operator, info = current_operator(user_id), self._store.info
        lease = acquire_lease(self._store, operator, "", self._seconds)
        with (
            self._holding(lease) as on_copied,
            translate_os_errors(FileError, f"The backup could not be written to {path}", FILE_HINT),
        ):
            if path.exists():
                raise FileError(f"{path} is there already.", FILE_HINT)
            with open_new(path) as file, BackupWriter(file) as writer:
                self._store.backups.copy_to(writer, on_copied, has_snapshots=info.topology != "standalone")
                manifest = writer.finish(info.database, info.version)
            self._log(BACKUP, operator, path, manifest)
        return manifest

    def restore(self, user_id: str, path: Path, *, replace: bool) -> Manifest:
        """Put what a file holds in place of an empty store, or with ``replace`` of any.

        The whole file is read and checked first. A restore that is cut off leaves a store into which nothing is synced
        until it is restored again.

        Raises:
            BackupError: the file is no whole backup; nothing was changed.
            ConfigurationError: nothing is to be written, or the store is not empty; nothing was changed.
            RunCancelled: a stop was requested.
        """
        self._settings.ensure_writable()
        operator, backups = current_operator(user_id), self._store.backups
        with BackupReader(path) as reader:
            reader.verify(self._check)
            lease = take_lease(self._store, operator, "", self._seconds)
            with self._holding(lease) as on_copied:
                if not replace:
                    self._ensure_empty()
                backups.load(reader, path.name, datetime.now(UTC), on_copied)
            self._log(RESTORE, operator, path, reader.manifest)
            return reader.manifest

    def _ensure_empty(self) -> None:
        if self._store.backups.find_unfinished():
            raise ConfigurationError(
                "An earlier restore into this store was cut off.", "Add --replace: what it has left is removed."
            )
        if filled := self._store.backups.find_filled():
            names = ", ".join(f"{name} {format_number(count)}" for name, count in filled.items())
            raise ConfigurationError(
                f"The database {self._store.info.database} is not empty: {names}.",
                "Name another mongo.database or mongo.data_dir; or add --replace, which deletes what is there.",
            )

    @property
    def _seconds(self) -> float:
        return self._settings.sync.lease_seconds

    @contextmanager
    def _holding(self, lease: Lease) -> Generator[OnCopied]:
        """Hold a lease, which is renewed between batches, and released in the end."""
        renewed_at = time.monotonic()

        def on_copied(name: str, documents: int) -> None:
            nonlocal renewed_at
            self._check(name, documents)
            if time.monotonic() - renewed_at > self._seconds / 3:
                if not self._store.leases.renew(lease, self._seconds):
                    raise LeaseLost("The lease was lost: a run has begun meanwhile.", "Give the command again.")
                renewed_at = time.monotonic()

        try:
            yield on_copied
        finally:
            self._store.leases.release(lease)

    def _check(self, name: str, documents: int) -> None:
        self._cancel.raise_if_requested()
        self._on_copied(name, documents)

    def _log(self, action: str, operator: Operator, path: Path, manifest: Manifest) -> None:
        origin = {name: value for name, value in asdict(operator).items() if name != "name" and value is not None}
        details = {
            "event": "finished",
            "file": path.name,
            "documents": manifest.documents,
            "collections": {each.name: each.documents for each in manifest.collections},
            "created_at": manifest.created_at,
            **origin,
        }
        moment = datetime.now(UTC)
        event = AuditEvent(str(uuid.uuid4()), action, operator.name, moment, details, outcome=Outcome.SUCCESS)
        self._store.audit.append(event)
