"""A run that could not record its end gets one from whoever writes to the store next: the history has no hole."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.audit.events import AuditEvent, ChainBreak
from odoo_sync_tui.core.errors import StoreUnavailable
from odoo_sync_tui.core.run import INTEGRATION, RunRecord
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.pipeline.service import OdooSyncPipelineService
from tests.support.store import ANNA, AT
from tests.support.world import World, world


@pytest.fixture
def here(mongo_uri: str, database_name: str) -> Iterator[World]:
    with DemoOdoo(records=20) as odoo, world(mongo_uri, database_name, odoo) as parts:
        yield parts


def breaks(here: World) -> list[str]:
    found: list[ChainBreak] = []
    here.backend.overview_queries.verify_audit_log(found.append)
    return [problem.problem for problem in found]


def leave_a_dead_run(here: World, run_id: str = "dead") -> None:
    """Leave the record of a run whose process was killed before its first event."""
    store = here.backend._store
    store.runs.start(RunRecord(run_id, str(Action.USERS), ANNA, Scope(), AT, AT), 1)


def test_a_dead_run_is_closed_by_an_operator_who_opens_the_store(here: World):
    leave_a_dead_run(here)
    assert breaks(here) == ["it has no end: nobody has recorded how it ended"]
    here.backend.service().close_dead_runs("bob")
    event = here.last_event()
    assert (event["run_id"], event["outcome"], event["user_id"]) == ("dead", "interrupted", ANNA.name)
    assert event["details"]["noticed_by"].startswith("bob on ")
    run = here.backend.overview_queries.get_run("dead")
    assert run is not None
    assert (run.outcome, run.interrupted_by) == (Outcome.INTERRUPTED, event["details"]["noticed_by"])
    assert breaks(here) == []
    lease = here.backend.overview_queries.get_lease()
    assert lease is not None
    assert not lease.live


def test_dead_runs_are_left_to_a_run_that_is_at_work(here: World):
    leave_a_dead_run(here)
    store = here.backend._store
    store.leases.acquire(INTEGRATION, ANNA, "other", 60)
    here.backend.service().close_dead_runs("bob")
    assert here.database.audit_log.count_documents({}) == 0


def test_a_store_without_dead_runs_is_not_written_to(here: World):
    here.backend.service().close_dead_runs("bob")
    assert here.database.sync_leases.count_documents({}) == 0


class ForgetfulService(OdooSyncPipelineService):
    """MongoDB is away at the moment when the end of the run is written to the history."""

    def _log_sync_event(self, event: AuditEvent) -> None:
        if event.outcome is not None:
            raise StoreUnavailable("MongoDB does not answer.")
        super()._log_sync_event(event)


def test_a_run_whose_end_could_not_be_written_gets_it_from_the_next_run(here: World):
    backend = here.backend
    service = ForgetfulService(backend._store, backend._settings)
    result = service.sync(Action.DEPARTMENTS, "anna")
    assert result.outcome is not Outcome.SUCCESS
    assert [error.message for error in result.errors] == ["MongoDB does not answer."]
    assert breaks(here) == ["it has no end: nobody has recorded how it ended"]
    here.sync(Action.DEPARTMENTS)
    assert breaks(here) == []
    ends = here.database.audit_log.find({"outcome": {"$ne": None}}).sort("timestamp", 1)
    assert [end["outcome"] for end in ends] == ["interrupted", "success"]
