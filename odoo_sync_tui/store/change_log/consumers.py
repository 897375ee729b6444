"""Positions of the programs that read the change log, by name. Only an acknowledgement moves one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bson import Int64
from pymongo import ASCENDING

from odoo_sync_tui.core.changes.reading import Consumer
from odoo_sync_tui.core.text.coerce import as_int
from odoo_sync_tui.store.driver.repository import Fields, Repository, translate_driver_errors
from odoo_sync_tui.store.driver.values import as_time

COLLECTION = "sync_consumers"


class Consumers(Repository):
    """Positions of consumers."""

    @translate_driver_errors("reading the position of a consumer")
    def get(self, name: str) -> Consumer | None:
        """Return a consumer; ``None``: it has acknowledged nothing yet."""
        found = self._database[COLLECTION].find_one({"_id": name})
        return _to_consumer(found) if found else None

    @translate_driver_errors("reading the positions of consumers")
    def list(self) -> list[Consumer]:
        """List all consumers by name."""
        return [_to_consumer(each) for each in self._database[COLLECTION].find().sort("_id", ASCENDING)]

    @translate_driver_errors("keeping the position of a consumer")
    def acknowledge(self, name: str, number: int) -> Consumer:
        """Move a consumer to an entry, unless it is beyond it: acknowledgements may overtake each other."""
        return self._move(name, {"$max": {"position": Int64(number)}})

    @translate_driver_errors("keeping the position of a consumer")
    def rewind(self, name: str, number: int) -> Consumer:
        """Move a consumer to an entry, also back: it is given all later ones again."""
        return self._move(name, {"$set": {"position": Int64(number)}})

    def _move(self, name: str, update: Mapping[str, Any]) -> Consumer:
        change: Fields = {**update, "$currentDate": {"acknowledged_at": True}}
        self._database[COLLECTION].update_one({"_id": name}, change, upsert=True)
        return _to_consumer(self._database[COLLECTION].find_one({"_id": name}) or {"_id": name})


def _to_consumer(stored: Mapping[str, Any]) -> Consumer:
    position, moment = as_int(stored.get("position")), as_time(stored.get("acknowledged_at"))
    return Consumer(str(stored["_id"]), position, moment)
