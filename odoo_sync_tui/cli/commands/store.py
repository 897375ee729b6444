"""``store``: copy everything that the store holds to one file, or from one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.output.stdout import emit, emit_json
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.cli.signals import SignalReceived, cancel_on_signal
from odoo_sync_tui.core.errors import ConfigurationError, SyncError
from odoo_sync_tui.core.text.format import format_number
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.runtime.cancel import CancelToken

if TYPE_CHECKING:  # the pipeline loads the drivers
    from odoo_sync_tui.store.backup_file import Manifest


def run(session: Session) -> int:
    """Back up or restore; return 1 where a restore was not confirmed.

    Raises:
        ConfigurationError: the settings say that nothing is written, the store is not empty, the file is no backup, or
            there is nobody to confirm.
        SyncError: the store or the file cannot be read or written, or a run is at work.
    """
    options, path = session.options, Path(session.options.file)
    settings = session.load_settings({} if options.user is None else {"operator": options.user})
    settings.ensure_writable()
    from odoo_sync_tui.pipeline.backend import open_backend

    with open_backend(settings) as backend:
        is_restore, database = options.ask == "restore", backend.store_info.database
        if is_restore and options.replace and not options.yes and not _is_confirmed(session, database):
            session.progress_writer.print("Nothing was changed.")
            return exit_codes.FAILED
        cancel = CancelToken()
        with cancel_on_signal(cancel, session.progress_writer.print) as signals:
            copier = backend.copier(cancel, lambda name, count: _show(session, name, count))
            try:
                if is_restore:
                    manifest = copier.restore(settings.operator_name, path, replace=options.replace)
                else:
                    manifest = copier.back_up(settings.operator_name, path)
            except SyncError as error:
                if signals.received is None:
                    raise
                session.progress_writer.print(str(error))
                raise SignalReceived(signals.received) from error
            finally:
                session.progress_writer.close()
    _report(session, manifest, path, database)
    return exit_codes.SUCCESS


def _report(session: Session, manifest: Manifest, path: Path, database: str) -> None:
    counts = {each.name: each.documents for each in manifest.collections}
    done = "restored" if session.options.ask == "restore" else "backed_up"
    if session.options.json:
        emit_json({done: counts, "documents": manifest.documents, "file": str(path), "created_at": manifest.created_at})
        return
    documents = f"{format_number(manifest.documents)} documents of {len(counts)} collections"
    if done == "restored":
        emit(f"{documents} were restored into {database}, as they were on {manifest.created_at}.")
    else:
        emit(f"{documents} were written to {path}.")


def _show(session: Session, name: str, documents: int) -> None:
    session.progress_writer.show_status(f"{sanitize(name, 60)}: {format_number(documents)} documents")


def _is_confirmed(session: Session, database: str) -> bool:
    if not sys.stdin.isatty():
        raise ConfigurationError("Nobody is there to confirm it.", "Add --yes if what the store holds may go.")
    session.progress_writer.print(
        f"What the database {database} holds is deleted for good, and the backup put in its place.",
        f"To do so, type: {database}",
    )
    return sys.stdin.readline().strip() == database
