"""The embedded mongod dies in the middle of a run."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.errors import StoreError
from odoo_sync_tui.core.progress import RunProgress
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.store.embedded.server import open_embedded
from tests.support.world import wait_until, world

ENTITY_MODELS = {
    "account": ("res.partner", [("is_company", "=", True)]),
    "opportunity": ("crm.lead",),
    "invoice": ("account.move", [("move_type", "in", ["out_invoice", "out_refund"])]),
    "user": ("hr.employee",),
}


@pytest.fixture
def odoo() -> Iterator[DemoOdoo]:
    with DemoOdoo(records=60) as server:
        yield server


class TestMongoDies:
    def test_a_mongod_that_dies_in_the_middle_fails_the_run_and_the_next_run_makes_it_good(
        self, odoo: DemoOdoo, data_dir: Path
    ):
        settings = {"odoo__page_size": 5, "mongo__data_dir": str(data_dir), "mongo__timeout_seconds": 2}
        settings["sync__lease_seconds"] = 2
        with open_embedded(data_dir) as server:
            uri, pid = server.uri, server.pid
            killed = False

            def kill(progress: RunProgress) -> None:
                nonlocal killed
                if progress.counts.created and not killed and pid:
                    killed = True
                    os.kill(pid, signal.SIGKILL)

            with world(uri, "lake", odoo, **settings) as here:
                result = here.sync(Action.DATA_LAKE, on_progress=kill)
                assert killed
                assert result.outcome in {Outcome.FAILED, Outcome.PARTIAL}
                assert result.retryable
                assert any(notice.kind.startswith("store") for notice in result.errors)
                with pytest.raises(StoreError):
                    here.backend.overview_queries.get_overview()
        with open_embedded(data_dir) as server, world(server.uri, "lake", odoo, **settings) as here:
            wait_until(lambda: here.backend.overview_queries.get_overview().live_run is None)
            assert here.backend.overview_queries.get_overview().integration.interrupted
            assert here.sync(Action.DATA_LAKE).outcome is Outcome.SUCCESS
            counted = {
                kind: here.database.data_lake_serving.count_documents({"entity_type": kind}) for kind in ENTITY_MODELS
            }
            assert counted == {kind: odoo.count(*model) for kind, model in ENTITY_MODELS.items()}
            interrupted = here.database.audit_log.find_one({"outcome": "interrupted"})
            assert interrupted is not None
