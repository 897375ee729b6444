"""Conversion of run records to and from MongoDB documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, cast

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.entity import Domain
from odoo_sync_tui.core.progress import EntityProgress, Phase, RunProgress, Trouble
from odoo_sync_tui.core.result import Counts, EntityState, SyncResult
from odoo_sync_tui.core.run import Checkpoint, Operator, RunRecord
from odoo_sync_tui.core.scope import Mode, Scope, Selection
from odoo_sync_tui.core.text.coerce import (
    as_enum,
    as_float,
    as_float_or_none,
    as_int,
    as_int_or_none,
    as_mapping,
    as_mappings,
    as_text,
    as_texts,
)
from odoo_sync_tui.store.driver.messages import MAX_NAME_LENGTH, to_message, to_storable
from odoo_sync_tui.store.driver.repository import Fields
from odoo_sync_tui.store.driver.values import EPOCH, as_time

COUNT_FIELDS = tuple(each.name for each in fields(Counts))


def run_to_document(record: RunRecord) -> Fields:
    """Build the whole document of a run that begins."""
    return {
        "_id": record.id,
        "action": record.action,
        "operator": _operator_to_document(record.operator),
        "scope": _scope_to_document(record.scope),
        "started_at": record.started_at,
        "heartbeat_at": record.heartbeat_at,
        "finished_at": record.finished_at,
        "outcome": record.outcome and str(record.outcome),
        "progress": progress_to_document(record.progress) if record.progress else None,
        "checkpoints": {
            entity_id: checkpoint_to_document(checkpoint) for entity_id, checkpoint in record.checkpoints.items()
        },
        "result": to_storable(record.result.as_dict()) if record.result else {},
        "cancel_requested_by": to_storable(record.cancel_requested_by),
        "continues": record.continues,
    }


def run_from_document(document: Mapping[str, Any], *, live: bool) -> RunRecord:
    """Build the record; a value that is missing or unknown to this version becomes neutral."""
    started_at = as_time(document.get("started_at")) or EPOCH
    progress, result = as_mapping(document.get("progress")), as_mapping(document.get("result"))
    checkpoints = as_mapping(document.get("checkpoints"))
    return RunRecord(
        id=str(document["_id"]),
        action=as_text(document.get("action")) or "",
        operator=_operator_from_document(as_mapping(document.get("operator"))),
        scope=_scope_from_document(as_mapping(document.get("scope"))),
        started_at=started_at,
        heartbeat_at=as_time(document.get("heartbeat_at")) or started_at,
        finished_at=as_time(document.get("finished_at")),
        outcome=as_enum(Outcome, document.get("outcome")),
        live=live,
        progress=_progress_from_document(progress) if progress else None,
        checkpoints={
            entity_id: _checkpoint_from_document(as_mapping(stored)) for entity_id, stored in checkpoints.items()
        },
        result=SyncResult.from_dict(result) if result else None,
        cancel_requested_by=as_text(document.get("cancel_requested_by")),
        cancel_reason=as_text(document.get("cancel_reason")) or "",
        continues=as_text(document.get("continues")),
        interrupted_by=as_text(document.get("interrupted_by")),
    )


def progress_to_document(progress: RunProgress) -> Fields:
    """Convert the progress of a run to a sub-document."""
    return {
        "run_id": progress.run_id,
        "action": _to_name(progress.action),
        "operator": _to_name(progress.operator),
        "host": _to_name(progress.host),
        "mode": _to_name(progress.mode),
        "started_at": progress.started_at,
        "seconds": progress.seconds,
        "retries": progress.retries,
        "stopping": progress.stopping,
        "trouble": _trouble_to_document(progress.trouble) if progress.trouble else None,
        "entities": [
            {
                "name": _to_name(entity.name),
                "state": str(entity.state),
                "phase": entity.phase and str(entity.phase),
                "done": entity.done,
                "total": entity.total,
                "counts": _counts_to_document(entity.counts),
                "rate": entity.rate,
                "eta": entity.eta,
                "seconds": entity.seconds,
            }
            for entity in progress.entities
        ],
    }


def checkpoint_to_document(checkpoint: Checkpoint) -> Fields:
    """Convert a checkpoint to a sub-document."""
    return {
        "through": checkpoint.through,
        "counts": _counts_to_document(checkpoint.counts),
        "complete": checkpoint.complete,
        "newest": checkpoint.newest,
        "basis": checkpoint.basis,
    }


def _operator_to_document(operator: Operator) -> Fields:
    return {
        "name": _to_name(operator.name),
        "host": _to_name(operator.host),
        "pid": operator.pid,
        "client": operator.client and _to_name(operator.client),
    }


def _to_name(text: str) -> str:
    return to_message(text, MAX_NAME_LENGTH)


def _trouble_to_document(trouble: Trouble) -> Fields:
    texts = {"server": to_message(trouble.server), "message": to_message(trouble.message)}
    return {**asdict(trouble), **texts}


def _scope_to_document(scope: Scope) -> Fields:
    return {
        "entities": list(scope.entities),
        "mode": str(scope.mode),
        "domain": to_storable(scope.domain),
        "dry_run": scope.dry_run,
        "confirm_retire": dict(scope.confirm_retire),
        "adopt_source": scope.adopt_source,
        "accept_mask_key": scope.accept_mask_key,
        "selection": _selection_to_document(scope.selection) if scope.selection else None,
    }


def _selection_to_document(selection: Selection) -> Fields:
    return {
        "ids": list(selection.ids),
        "since": selection.since,
        "until": selection.until,
        "domain": to_storable(selection.domain),
        "department": to_message(selection.department, MAX_NAME_LENGTH),
        "name": to_message(selection.name, MAX_NAME_LENGTH),
    }


def _counts_to_document(counts: Counts) -> Fields:
    return {name: getattr(counts, name) for name in COUNT_FIELDS}


def _operator_from_document(stored: Mapping[str, Any]) -> Operator:
    return Operator(
        name=as_text(stored.get("name")) or "",
        host=as_text(stored.get("host")) or "",
        pid=as_int(stored.get("pid")),
        client=as_text(stored.get("client")),
    )


def _scope_from_document(stored: Mapping[str, Any]) -> Scope:
    return Scope(
        entities=as_texts(stored.get("entities")),
        mode=as_enum(Mode, stored.get("mode")) or Mode.INCREMENTAL,
        domain=_domain_from_document(stored.get("domain")),
        dry_run=bool(stored.get("dry_run")),
        confirm_retire={name: as_int(count) for name, count in as_mapping(stored.get("confirm_retire")).items()},
        adopt_source=stored.get("adopt_source") is True,
        accept_mask_key=stored.get("accept_mask_key") is True,
        selection=_selection_from_document(as_mapping(stored.get("selection"))) if stored.get("selection") else None,
    )


def _selection_from_document(stored: Mapping[str, Any]) -> Selection:
    ids = stored.get("ids")
    return Selection(
        ids=tuple(map(as_int, cast("list[object]", ids))) if isinstance(ids, list) else (),
        since=as_time(stored.get("since")),
        until=as_time(stored.get("until")),
        domain=_domain_from_document(stored.get("domain")),
        department=as_text(stored.get("department")) or "",
        name=as_text(stored.get("name")) or "",
    )


def _domain_from_document(stored: object) -> Domain:
    """Read a filter; whatever else is there, a run with it is none that read all rows."""
    conditions = cast("list[object]", stored) if isinstance(stored, list) else [stored] if stored else []
    return cast("Domain", _to_tuples(conditions))


def _to_tuples(value: object) -> object:
    """Convert arrays to tuples and odd values to text, so that a scope from the database can be compared and hashed."""
    if isinstance(value, list):
        return tuple(map(_to_tuples, cast("list[object]", value)))
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def _checkpoint_from_document(stored: Mapping[str, Any]) -> Checkpoint:
    return Checkpoint(
        through=as_int(stored.get("through")),
        counts=Counts.from_dict(as_mapping(stored.get("counts"))),
        complete=bool(stored.get("complete")),
        newest=as_time(stored.get("newest")),
        basis=as_text(stored.get("basis")) or "",
    )


def _progress_from_document(stored: Mapping[str, Any]) -> RunProgress:
    return RunProgress(
        run_id=as_text(stored.get("run_id")) or "",
        action=as_text(stored.get("action")) or "",
        operator=as_text(stored.get("operator")) or "",
        host=as_text(stored.get("host")) or "",
        mode=as_text(stored.get("mode")) or "",
        started_at=as_time(stored.get("started_at")) or EPOCH,
        seconds=as_float(stored.get("seconds")),
        entities=tuple(map(_entity_from_document, as_mappings(stored.get("entities")))),
        retries=as_int(stored.get("retries")),
        stopping=bool(stored.get("stopping")),
        trouble=_trouble_from_document(as_mapping(stored.get("trouble"))),
    )


def _trouble_from_document(stored: Mapping[str, Any]) -> Trouble | None:
    message = as_text(stored.get("message"))
    if message is None:
        return None
    return Trouble(
        server=as_text(stored.get("server")) or "",
        message=message,
        attempt=as_int(stored.get("attempt")) or None,
        next_at=as_time(stored.get("next_at")),
        gives_up_at=as_time(stored.get("gives_up_at")),
    )


def _entity_from_document(stored: Mapping[str, Any]) -> EntityProgress:
    return EntityProgress(
        name=as_text(stored.get("name")) or "",
        state=as_enum(EntityState, stored.get("state")) or EntityState.WAITING,
        phase=as_enum(Phase, stored.get("phase")),
        done=as_int(stored.get("done")),
        total=as_int_or_none(stored.get("total")),
        counts=Counts.from_dict(as_mapping(stored.get("counts"))),
        rate=as_float_or_none(stored.get("rate")),
        eta=as_float_or_none(stored.get("eta")),
        seconds=as_float(stored.get("seconds")),
    )
