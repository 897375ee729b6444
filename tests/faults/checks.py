"""What must hold after every fault: the store equals Odoo, and status, figures, runs and audit log tell the truth."""

from __future__ import annotations

from typing import Any

from bson.decimal128 import Decimal128

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.result import Counts, SyncResult
from odoo_sync_tui.core.scope import Scope
from tests.faults.expected import ABSENT, Kind, kinds_of
from tests.support.world import World

STATUS_OF = {"success": "success", "partial": "partial", "failed": "failed", "cancelled": "partial"}
"""``sync_status`` after a run of this outcome. After an interrupted one it is the newer run's."""
GONE = ["deleted", "elsewhere", "hidden"]
"""Why a document may be inactive although Odoo's census does not name its row."""


def heal(here: World, action: Action = Action.DATA_LAKE, scope: Scope = Scope()) -> SyncResult:
    """Run once more, plainly: it succeeds, the store equals Odoo, and everything is told truly."""
    result = here.sync(action, scope)
    assert result.outcome is Outcome.SUCCESS, [str(notice) for notice in (*result.errors, *result.warnings)]
    assert_told(here, result.run_id)
    assert_figures(here, result)
    assert_in_step(here, action, scope.entities)
    assert here.database.sync_quarantine.count_documents({}) == 0
    return result


def assert_at_rest(here: World, action: Action = Action.DATA_LAKE, scope: Scope = Scope()) -> None:
    """A further run finds nothing to do."""
    total = sum(len(kind.ids(here.odoo)) for kind in kinds_of(action, scope.entities))
    assert here.sync(action, scope).counts == Counts(unchanged=total)


# ------------------------------------------------------------------------------------------------ store = Odoo


def assert_in_step(here: World, action: Action = Action.DATA_LAKE, names: tuple[str, ...] = ()) -> None:
    """Every record has its one document with its content and state, and every other document is inactive."""
    for kind in kinds_of(action, names):
        _assert_kind_in_step(here, kind)


def _assert_kind_in_step(here: World, kind: Kind) -> None:
    documents = documents_of(here, kind)
    numbers = [_at(document, kind.id_path) for document in documents]
    assert len(numbers) == len(set(numbers)), f"{kind.id}: a record has two documents"
    stored = dict(zip(numbers, documents, strict=True))
    records = set(kind.ids(here.odoo))
    assert records <= stored.keys(), f"{kind.id}: no document of {sorted(records - stored.keys())[:9]}"
    for number in records:
        active = kind.active(here.odoo, number)
        assert stored[number][kind.active_path] is active, f"{kind.id} {number}: active should be {active}"
        assert stored[number]["inactive_reason"] == (None if active else "archived"), f"{kind.id} {number}"
        expected = kind.document(here.odoo, number)
        assert {path: _value(_at(stored[number], path)) for path in expected} == expected, f"{kind.id} {number}"
    for number in stored.keys() - records:
        assert stored[number][kind.active_path] is False, f"{kind.id} {number} is active, yet gone in Odoo"


def documents_of(here: World, kind: Kind) -> list[dict[str, Any]]:
    """All documents of the entity."""
    return list(here.database[kind.collection].find({**kind.match, kind.id_path: {"$gt": 0}}))


def _at(document: dict[str, Any], path: str) -> Any:
    value: Any = document
    for name in path.split("."):
        value = value.get(name, ABSENT)
    return value


def _value(value: Any) -> Any:
    return value.to_decimal() if isinstance(value, Decimal128) else value


# ------------------------------------------------------------------------------------------------ told truly


def assert_figures(here: World, result: SyncResult) -> None:
    """The figures account for every record, and what they call written carries the run's fence."""
    run = _run(here, result.run_id)
    for kind in kinds_of(Action(result.action), tuple(result.entities)):
        entity = result.entities[kind.name]
        mine = {**kind.match, "fence": run["fence"]}
        gone = here.database[kind.collection].count_documents({**mine, "inactive_reason": {"$in": GONE}})
        assert entity.census == len(kind.ids(here.odoo))
        assert entity.counts.rows == entity.census + gone, f"{kind.id}: {entity}"
        counts = entity.counts
        written = counts.created + counts.updated + counts.reactivated + counts.deactivated
        if not run["continues"]:
            assert here.database[kind.collection].count_documents(mine) == written, f"{kind.id}: {entity}"


def assert_told(here: World, run_id: str | None = None) -> dict[str, Any]:
    """The run (``None``: the newest) ended, and status, run record and audit log say the same of it. Returns its end.

    The lease is free, no run is without an end, and the key is in nothing that was written.
    """
    run = _run(here, run_id)
    events = list(here.database.audit_log.find({"run_id": run["_id"]}).sort("timestamp", 1))
    assert [event["details"]["event"] for event in events] == ["started", "finished"]
    end, integration = events[-1], here.integration()
    assert end["outcome"] == run["outcome"]
    assert integration["sync_status"] == STATUS_OF[run["outcome"]]
    assert (integration["error_message"] is None) is (run["outcome"] == "success")
    assert end["details"]["entities"] == run["result"]["entities"]
    assert end["details"]["synced"] == run["result"]["synced"]
    if run["outcome"] == "success":
        covers_all = not run["scope"]["domain"]
        assert (integration["last_sync"] >= integration["last_attempt"]) is covers_all, "some rows are no last sync"
    else:
        assert end["details"]["errors"] or end["details"]["warnings"] or end["details"]["reason"]
    assert_nothing_hangs(here)
    return end


def assert_nothing_hangs(here: World) -> None:
    """Nothing is left that looks alive, and no secret was written."""
    overview = here.backend.overview_queries.get_overview()
    assert overview.lease is None or not overview.lease.live
    assert overview.live_run is None
    assert not overview.integration.interrupted
    assert here.database.sync_runs.count_documents({"outcome": None}) == 0
    for name in ("integrations", "audit_log", "sync_runs", "sync_quarantine"):
        assert here.odoo.api_key not in str(list(here.database[name].find()))


def _run(here: World, run_id: str | None) -> dict[str, Any]:
    run = here.database.sync_runs.find_one({"_id": run_id} if run_id else {}, sort=[("started_at", -1)])
    assert run is not None
    return run
