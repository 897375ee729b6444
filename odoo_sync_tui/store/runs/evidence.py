"""What runs and verifications learn beside the records: when keys end, whether the history is intact, proofs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, cast

from odoo_sync_tui.core.audit.events import AuditState, NotedHead
from odoo_sync_tui.core.reports.health import Expiries, Expiring
from odoo_sync_tui.core.reports.verification import PROOF_FINDINGS, IdDigests, Proof
from odoo_sync_tui.core.text.coerce import as_int, as_int_or_none, as_mapping, as_text
from odoo_sync_tui.store.driver.messages import to_message
from odoo_sync_tui.store.driver.repository import Repository, translate_driver_errors
from odoo_sync_tui.store.driver.values import as_time
from odoo_sync_tui.store.runs.integrations import COLLECTION, INTEGRATION_FILTER

EXPIRIES, AUDIT, PROOFS = "expiries", "audit_state", "proofs"


@dataclass(frozen=True, slots=True)
class StoredEvidence:
    """All that is known."""

    expiries: Expiries = field(default_factory=Expiries)
    audit: AuditState = field(default_factory=AuditState)
    proofs: Mapping[str, Proof] = field(default_factory=dict[str, Proof])


class Evidence(Repository):
    """It needs no fence: no run decides by it, and what is written later is known later."""

    @translate_driver_errors("reading what earlier runs learnt")
    def read(self) -> StoredEvidence:
        """Read all of it."""
        document = self._database[COLLECTION].find_one(INTEGRATION_FILTER, [EXPIRIES, AUDIT, PROOFS]) or {}
        expiries, audit = as_mapping(document.get(EXPIRIES)), as_mapping(document.get(AUDIT))
        proofs = {entity_id: _proof(as_mapping(each)) for entity_id, each in as_mapping(document.get(PROOFS)).items()}
        known = {entity_id: proof for entity_id, proof in proofs.items() if proof}
        return StoredEvidence(_expiries(expiries), _audit_state(audit), known)

    @translate_driver_errors("saving when keys end")
    def save_expiries(self, expiries: Expiries) -> None:
        """Save when keys and certificates end."""
        ends = {str(thing): end for thing, end in expiries.ends.items()}
        self._save(EXPIRIES, {**ends, "at": expiries.at})

    @translate_driver_errors("saving the state of the audit log")
    def save_audit_state(self, state: AuditState) -> None:
        """Save whether the history is intact."""
        head = str(state.head) if state.head else None
        self._save(AUDIT, {"at": state.at, "head": head, "problem": to_message(state.problem)})

    @translate_driver_errors("saving what is proved")
    def save_proof(self, entity_id: str, proof: Proof) -> None:
        """Save what is proved of an entity."""
        stored = {**asdict(proof), "slices": list(proof.slices), "suspects": list(proof.suspects)}
        self._save(f"{PROOFS}.{entity_id}", stored)

    def _save(self, name: str, value: Mapping[str, Any]) -> None:
        self._database[COLLECTION].update_one(INTEGRATION_FILTER, {"$set": {name: value}})


def _expiries(stored: Mapping[str, Any]) -> Expiries:
    return Expiries(
        as_time(stored.get("at")),
        {thing: as_time(stored[thing]) for thing in Expiring if thing in stored},
    )


def _audit_state(stored: Mapping[str, Any]) -> AuditState:
    return AuditState(
        as_time(stored.get("at")),
        NotedHead.parse(as_text(stored.get("head")) or ""),
        as_text(stored.get("problem")) or "",
    )


def _proof(stored: Mapping[str, Any]) -> Proof | None:
    at = as_time(stored.get("at"))
    slices, suspects = stored.get("slices"), stored.get("suspects")
    if at is None or not isinstance(slices, list) or not slices:
        return None
    ids, found = as_mapping(stored.get("ids")), as_mapping(stored.get("findings"))
    texts = as_text(ids.get("odoo_sha256")) or "", as_text(ids.get("store_sha256")) or ""
    elements = cast("list[object]", suspects) if isinstance(suspects, list) else []
    return Proof(
        at,
        IdDigests(as_int(ids.get("odoo")), texts[0], as_int(ids.get("store")), texts[1]),
        tuple(as_time(each) for each in cast("list[object]", slices)),
        {name: count for name in PROOF_FINDINGS if (count := as_int(found.get(name)))},
        tuple(number for each in elements if (number := as_int_or_none(each)) is not None),
    )
