"""What runs learn beside the records, kept with the integration: when keys end, and whether the history is intact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from odoo_sync_tui.core.audit.events import AuditState, NotedHead
from odoo_sync_tui.core.reports.health import Expiries, Expiring
from odoo_sync_tui.core.text.coerce import as_mapping, as_text
from odoo_sync_tui.store.driver.messages import to_message
from odoo_sync_tui.store.driver.repository import Repository, translate_driver_errors
from odoo_sync_tui.store.driver.values import as_time
from odoo_sync_tui.store.runs.integrations import COLLECTION, INTEGRATION_FILTER

EXPIRIES, AUDIT = "expiries", "audit_state"


@dataclass(frozen=True, slots=True)
class StoredEvidence:
    """All that is known."""

    expiries: Expiries = field(default_factory=Expiries)
    audit: AuditState = field(default_factory=AuditState)


class Evidence(Repository):
    """It needs no fence: no run decides by it, and what is written later is known later."""

    @translate_driver_errors("reading what earlier runs learnt")
    def read(self) -> StoredEvidence:
        """Read all of it."""
        document = self._database[COLLECTION].find_one(INTEGRATION_FILTER, [EXPIRIES, AUDIT]) or {}
        expiries, audit = as_mapping(document.get(EXPIRIES)), as_mapping(document.get(AUDIT))
        return StoredEvidence(_expiries(expiries), _audit_state(audit))

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
