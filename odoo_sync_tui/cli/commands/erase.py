"""``erase``: erase a record for good, let it come back, list what was erased."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.output.format import format_time
from odoo_sync_tui.cli.output.stdout import emit, emit_json, format_table
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.reports.overview import ErasedRecord, Erasure, RecordParts
from odoo_sync_tui.core.text.format import format_number

if TYPE_CHECKING:  # the backend loads pymongo
    from odoo_sync_tui.pipeline.backend import Backend

NOT_ERASED = (
    "Not erased, and not by this program:",
    "  the record in Odoo; its name in documents of other records and in the log of their changes (masks cover it);",
    "  the audit history, which holds no values of records; records of runs; log files and exports;",
    "  MongoDB's oplog and backups; what other programs have copied.",
)


def run(session: Session) -> int:
    """Erase a record, or lift that; return 1 where it was not confirmed.

    Raises:
        ConfigurationError: the settings do not allow it, no such record can be erased, or there is nobody to confirm.
        SyncError: the store cannot be read or written, a run is at work, or one has taken over meanwhile.
    """
    options = session.options
    if not options.list and (options.entity is None or options.id is None):
        raise ConfigurationError("No record is named.", "Name it: odoo-sync-tui erase --entity users --id 42")
    settings = session.load_settings({} if options.user is None else {"operator": options.user})
    if not options.list and not options.preview:
        settings.ensure_writable()
        settings.rights.ensure_erase()
        _ensure_reason(options)
    from odoo_sync_tui.pipeline.backend import open_backend

    with open_backend(settings) as backend:
        if options.list:
            _print_list(backend.overview_queries.list_erased(), as_json=options.json)
            return exit_codes.SUCCESS
        if options.lift and not options.preview:
            return _lift(session, backend, settings.operator_name)
        return _erase(session, backend, settings.operator_name)


def _erase(session: Session, backend: Backend, operator: str) -> int:
    options = session.options
    erasure = backend.overview_queries.find_erasure(options.entity, options.id)
    if options.preview:
        emit_json(_to_json(erasure)) if options.json else emit(*_describe(erasure), *NOT_ERASED)
        return exit_codes.SUCCESS
    if not options.yes and not _is_confirmed(session, erasure):
        session.progress_writer.print("Nothing was changed.")
        return exit_codes.FAILED
    erased = backend.eraser(operator).erase(options.entity, options.id, options.reason)
    if options.json:
        emit_json(_to_json(erased))
    else:
        emit(f"{erased.name} {erased.odoo_id} is erased: {_describe_parts(erased.total)}.")
    return exit_codes.SUCCESS


def _lift(session: Session, backend: Backend, operator: str) -> int:
    options = session.options
    lifted = backend.eraser(operator).lift(options.entity, options.id, options.reason)
    if options.json:
        emit_json({"lifted": True, "entity": lifted.name, "model": lifted.model, "id": lifted.odoo_id})
    else:
        emit(f"{lifted.name} {lifted.odoo_id} comes back with the next sync.")
    return exit_codes.SUCCESS


def _ensure_reason(options: argparse.Namespace) -> None:
    if not options.reason.strip():
        raise ConfigurationError("No reason is given.", 'Say why, for the audit history: --reason "request of …"')


def _is_confirmed(session: Session, erasure: Erasure) -> bool:
    if not sys.stdin.isatty():
        raise ConfigurationError(
            "Nobody is there to confirm it.", "Look at: odoo-sync-tui erase --preview; then add --yes."
        )
    words = f"{erasure.name} {erasure.odoo_id}"
    session.progress_writer.print(*_describe(erasure), *NOT_ERASED, f"To erase it for good, type: {words}")
    return sys.stdin.readline().strip() == words


def _describe(erasure: Erasure) -> Iterator[str]:
    """Describe what is erased with a record."""
    yield f"{erasure.name} {erasure.odoo_id} ({erasure.model}): erased are"
    width = max(map(len, erasure.parts))
    for name, parts in erasure.parts.items():
        yield f"  {name:<{width}}  {_describe_parts(parts)}"
    if erasure.total.accounts:
        yield f"  of an unlinked account: {', '.join(erasure.owned_fields)}; it is not deleted"
    if erasure.erased_at:
        yield f"It was erased before: {format_time(erasure.erased_at)}."
    yield "No sync brings it back, unless: odoo-sync-tui erase --lift"


def _describe_parts(parts: RecordParts) -> str:
    counted = (
        (parts.documents, "document", "deleted"),
        (parts.accounts, "account", "of another program unlinked"),
        (parts.changes, "logged change", "removed"),
        (parts.quarantined, "row", "in quarantine removed"),
    )
    words = [f"{format_number(number)} {what}{'s' * (number != 1)} {done}" for number, what, done in counted if number]
    return ", ".join(words) or "nothing is stored of it"


def _to_json(erasure: Erasure) -> dict[str, object]:
    return {
        "entity": erasure.name,
        "model": erasure.model,
        "id": erasure.odoo_id,
        "erased_at": erasure.erased_at,
        **erasure.total._asdict(),
        "by_entity": {name: parts._asdict() for name, parts in erasure.parts.items()},
    }


def _print_list(records: list[ErasedRecord], *, as_json: bool) -> None:
    if as_json:
        emit_json({"erased": [{**asdict(each), "pending": each.pending is not None} for each in records]})
        return
    rows = [
        [each.model, str(each.odoo_id), format_time(each.erased_at), "unfinished" if each.pending else ""]
        for each in records
    ]
    if rows:
        emit(*format_table(["model", "id", "erased", ""], rows, text_columns=1, text_from=2))
    else:
        emit("No record was erased.")
