"""Claims on sources: each ``fleet run`` takes one that is due by one update, on any machine and without a leader.

That no source runs twice at once is decided by its lease; a claim only saves the attempt.
"""

from __future__ import annotations

from odoo_sync_tui.store.driver.messages import MAX_NAME_LENGTH, to_message
from odoo_sync_tui.store.driver.repository import Repository, translate_driver_errors
from odoo_sync_tui.store.driver.values import EPOCH
from odoo_sync_tui.store.fleet.sources import COLLECTION

_IS_FREE = {"$expr": {"$lte": [{"$ifNull": ["$claim.until", EPOCH]}, "$$NOW"]}}


class SourceClaims(Repository):
    """Claims in the documents of :class:`FleetSources`. All times are by the database server's clock."""

    @translate_driver_errors("claiming a source")
    def claim(self, name: str, holder: str, host: str, engine: str, seconds: float) -> bool:
        """Claim a source for one run, for so many seconds from now; ``False``: another holder has it.

        Two at once cannot both succeed: it is one update, on the condition that no claim is live.
        """
        claim = {"holder": holder, "host": to_message(host, MAX_NAME_LENGTH), "engine": engine}
        literal = {key: {"$literal": value} for key, value in claim.items()}
        times = {"since": "$$NOW", "until": _seconds_from_now(seconds)}
        self._database[COLLECTION].update_one({"_id": name}, {"$setOnInsert": {"claim": None}}, upsert=True)
        result = self._database[COLLECTION].update_one(
            {"_id": name, **_IS_FREE}, [{"$set": {"claim": literal | times}}]
        )
        return result.matched_count == 1

    @translate_driver_errors("renewing the claims on sources")
    def renew(self, holder: str, seconds: float) -> int:
        """Extend all live claims of a holder to so many seconds from now; return how many there are."""
        live = {"$expr": {"$gt": ["$claim.until", "$$NOW"]}}
        update = [{"$set": {"claim.until": _seconds_from_now(seconds)}}]
        return self._database[COLLECTION].update_many({"claim.holder": holder, **live}, update).matched_count

    @translate_driver_errors("releasing the claim on a source")
    def release(self, name: str, holder: str, retry_after: float | None = None) -> None:
        """End the claim, if the holder has it still.

        ``retry_after``: seconds for which the source is not tried again; ``None``: no longer than it is due.
        """
        retry_at = None if retry_after is None else _seconds_from_now(retry_after)
        update = [{"$set": {"claim.until": "$$NOW", "retry_at": retry_at}}]
        self._database[COLLECTION].update_one({"_id": name, "claim.holder": holder}, update)


def _seconds_from_now(seconds: float) -> dict[str, object]:
    return {"$add": ["$$NOW", round(seconds * 1000)]}
