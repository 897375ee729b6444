"""``entities``: list what is synced and what is not, delete what is left of the latter, acknowledge changed fields."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from difflib import get_close_matches
from typing import TYPE_CHECKING

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.output.format import format_time
from odoo_sync_tui.cli.output.stdout import emit, emit_json, format_table
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.reports.overview import SYNCED, EntitySummary
from odoo_sync_tui.core.text.format import format_number
from odoo_sync_tui.core.text.masking import describe_masks
from odoo_sync_tui.core.text.sanitize import sanitize

if TYPE_CHECKING:  # the backend loads pymongo
    from odoo_sync_tui.pipeline.backend import Backend


def run(session: Session) -> int:
    """List the entities, drop one, or acknowledge its changes; return 1 where a drop was not confirmed.

    Raises:
        ConfigurationError: the settings say that nothing is written, there is no such entity, it is none that may be
            dropped, or there is nobody to confirm.
        SyncError: the store cannot be read or written, a run is at work, or one has taken over meanwhile.
    """
    options = session.options
    if options.ask and not options.name:
        raise ConfigurationError("No entity is named.", f"Name it: odoo-sync-tui entities {options.ask} NAME")
    settings = session.load_settings({} if options.user is None else {"operator": options.user})
    if options.ask:
        settings.ensure_writable()
    from odoo_sync_tui.pipeline.backend import open_backend

    with open_backend(settings) as backend:
        match options.ask:
            case "drop":
                return _drop(session, backend, settings.operator_name)
            case "seen":
                return _acknowledge(session, backend, settings.operator_name)
            case _:
                _print(backend.overview_queries.list_entities(), as_json=options.json)
                return exit_codes.SUCCESS


def _drop(session: Session, backend: Backend, operator: str) -> int:
    options, entity = session.options, backend.overview_queries.get_left_over(session.options.name)
    if not options.yes and not _is_confirmed(session, entity):
        session.progress_writer.print("Nothing was changed.")
        return exit_codes.FAILED

    def show(deleted: int) -> None:
        of_all = f"{format_number(deleted)} of {format_number(entity.documents)}"
        session.progress_writer.show_status(f"{of_all} documents deleted")

    dropped = backend.service().drop_entity(operator, entity.name, options.reason, show)
    session.progress_writer.close()
    if options.json:
        emit_json({"dropped": dropped.name, "documents": dropped.documents, "quarantined": dropped.quarantined})
    else:
        documents, rows = format_number(dropped.documents), format_number(dropped.quarantined)
        emit(f"{dropped.name} is dropped: {documents} documents were deleted, and {rows} rows in quarantine.")
    return exit_codes.SUCCESS


def _acknowledge(session: Session, backend: Backend, operator: str) -> int:
    entity = _find_synced(backend.overview_queries.list_entities(), session.options.name)
    seen = backend.service().acknowledge_drift(operator, entity.id)
    if session.options.json:
        emit_json({"entity": entity.name, "seen": [asdict(each) for each in seen]})
    else:
        emit(
            *[sanitize(str(each)) for each in seen], *([] if seen else [f"Nothing of {entity.name} waits to be seen."])
        )
    return exit_codes.SUCCESS


def _find_synced(entities: Sequence[EntitySummary], name: str) -> EntitySummary:
    """Find the entity that is synced under this name or id.

    Raises:
        ConfigurationError: there is none.
    """
    synced = [each for each in entities if each.status in SYNCED]
    found = next((each for each in synced if name.replace(" ", "_") in {each.name, each.id}), None)
    if found is None:
        nearest = get_close_matches(name, [each.name for each in synced], n=1)
        guess = f"Did you mean {nearest[0]}? " if nearest else ""
        raise ConfigurationError(f"No entity {name} is synced.", f"{guess}Look at: odoo-sync-tui entities.")
    return found


def _print(entities: tuple[EntitySummary, ...], *, as_json: bool) -> None:
    if as_json:
        emit_json({"entities": [asdict(each) for each in entities]})
        return
    rows = [
        [
            each.name,
            each.model or "-",
            str(each.status),
            format_number(each.active),
            format_number(each.inactive),
            format_time(each.synced_at),
            format_number(each.drift),
            describe_masks(each.masked) or "-",
        ]
        for each in entities
    ]
    titles = ["entity", "model", "status", "active", "inactive", "synced", "drift", "masked"]
    emit(*format_table(titles, rows, text_columns=3, text_from=len(titles) - 1))


def _is_confirmed(session: Session, entity: EntitySummary) -> bool:
    if not sys.stdin.isatty():
        raise ConfigurationError("Nobody is there to confirm it.", "Look at: odoo-sync-tui entities; then add --yes.")
    documents = f"{format_number(entity.documents)} documents ({format_number(entity.active)} of them active)"
    session.progress_writer.print(
        f"{entity.name} has {documents}. They are deleted for good, with all that is recorded of it but the history.",
        f"To delete them, type: {entity.name}",
    )
    return sys.stdin.readline().strip() == entity.name
