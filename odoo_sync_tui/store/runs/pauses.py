"""Pauses of the scheduled runs, kept with the integration, so that every machine that runs a schedule sees them."""

from __future__ import annotations

from datetime import datetime

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.run import MAX_REASON_LENGTH
from odoo_sync_tui.core.schedule import Pause
from odoo_sync_tui.core.text.coerce import as_mapping, as_text
from odoo_sync_tui.store.driver.messages import MAX_NAME_LENGTH, to_message
from odoo_sync_tui.store.driver.repository import Repository, translate_driver_errors
from odoo_sync_tui.store.driver.values import EPOCH, as_time
from odoo_sync_tui.store.runs.integrations import COLLECTION, INTEGRATION_FILTER, ensure_document

FIELD = "pauses"


class Pauses(Repository):
    """Pauses by action. They need no fence: an operator sets them, no run does."""

    @translate_driver_errors("reading the pauses")
    def read(self, now: datetime) -> dict[Action, Pause]:
        """Read the pauses that are not over."""
        document = self._database[COLLECTION].find_one(INTEGRATION_FILTER, [FIELD]) or {}
        stored = as_mapping(document.get(FIELD))
        pauses = {action: _pause(stored.get(str(action))) for action in Action}
        return {action: pause for action, pause in pauses.items() if pause and not pause.is_over(now)}

    @translate_driver_errors("pausing a schedule")
    def save(self, action: Action, pause: Pause) -> None:
        """Save a pause; it takes the place of an earlier one."""
        ensure_document(self._database)
        stored = {
            "by": to_message(pause.by, MAX_NAME_LENGTH),
            "since": pause.since,
            "until": pause.until,
            "reason": to_message(pause.reason, MAX_REASON_LENGTH),
        }
        self._database[COLLECTION].update_one(INTEGRATION_FILTER, {"$set": {f"{FIELD}.{action}": stored}})

    @translate_driver_errors("ending a pause")
    def remove(self, action: Action) -> None:
        """Remove the pause of a sync, if there is one."""
        self._database[COLLECTION].update_one(INTEGRATION_FILTER, {"$unset": {f"{FIELD}.{action}": ""}})


def _pause(stored: object) -> Pause | None:
    fields = as_mapping(stored)
    if not fields:
        return None
    return Pause(
        by=as_text(fields.get("by")) or "unknown",
        since=as_time(fields.get("since")) or EPOCH,
        until=as_time(fields.get("until")),
        reason=as_text(fields.get("reason")) or "",
    )
