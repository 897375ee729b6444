"""A whole little world for tests: the demo Odoo over real HTTP, a real mongod, and our service between them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.progress import ProgressListener
from odoo_sync_tui.core.result import SyncResult
from odoo_sync_tui.core.scope import Mode, Scope
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.pipeline.backend import Backend, open_backend
from odoo_sync_tui.runtime.cancel import CancelToken
from odoo_sync_tui.settings.load import build_settings_from_overrides

FULL = Scope(mode=Mode.FULL)


class Clock:
    """The clock of a demo Odoo; a test sets it ahead."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class World:
    """The parts, and shortcuts to what tests ask of them."""

    odoo: DemoOdoo
    backend: Backend
    database: Database[dict[str, Any]]
    settings: Mapping[str, object] = field(default_factory=dict)

    def sync(
        self,
        action: Action,
        scope: Scope = Scope(),
        *,
        cancel: CancelToken | None = None,
        on_progress: ProgressListener | None = None,
    ) -> SyncResult:
        return self.backend.service(cancel=cancel, on_progress=on_progress).sync(action, "anna", scope)

    def lake(self, entity_type: str, odoo_id: int) -> dict[str, Any]:
        found = self.database.data_lake_serving.find_one({"serving_id": f"odoo_{entity_type}_{odoo_id}"})
        assert found is not None, f"no {entity_type} {odoo_id} in the lake"
        return found

    def integration(self) -> dict[str, Any]:
        found = self.database.integrations.find_one({"integration_type": "odoo"})
        assert found is not None
        return found

    def last_event(self) -> dict[str, Any]:
        found = self.database.audit_log.find_one(sort=[("timestamp", -1), ("_id", -1)])
        assert found is not None
        return found


def forget_census(here: World) -> None:
    """Let the next runs list the ids of both sides, as after a day without a census."""
    here.database.integrations.update_one({}, {"$unset": {"census": 1}})


def wait_until(condition: Callable[[], object], seconds: float = 30) -> None:
    """Look until the condition holds; a test that waits in vain fails."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {getattr(condition, '__code__', condition)}"
        time.sleep(0.02)


@contextmanager
def world(mongo_uri: str, database_name: str, odoo: DemoOdoo, **settings: object) -> Iterator[World]:
    """Join ``odoo`` and the database; ``settings`` by dotted name with ``__`` for the dot."""
    values = {
        "odoo.url": odoo.url,
        "odoo.database": odoo.database,
        "odoo.username": odoo.username,
        "odoo.api_key": odoo.api_key,
        "odoo.retry_seconds": 5.0,
        "mongo.uri": mongo_uri,
        "mongo.database": database_name,
    } | {name.replace("__", "."): value for name, value in settings.items()}
    client: MongoClient[dict[str, Any]] = MongoClient(mongo_uri, tz_aware=True)
    try:
        with open_backend(build_settings_from_overrides(values)) as backend:
            yield World(odoo, backend, client[database_name], values)
    finally:
        client.close()
