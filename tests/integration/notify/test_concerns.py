"""What has to be looked after beside the outcomes of runs is told while it is so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.reports.health import Expiring, HealthLevel
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.demo.faults import ForbiddenField, PoisonRow, RaisedError
from odoo_sync_tui.pipeline.run.follow_up import evidence
from tests.support.world import FULL, World, world

KEYS = "res.users.apikeys"


@pytest.fixture
def here(mongo_uri: str, database_name: str) -> Iterator[World]:
    with DemoOdoo(records=60) as odoo, world(mongo_uri, database_name, odoo) as parts:
        yield parts


def look(here: World) -> tuple[HealthLevel, list[tuple[str, str | None]]]:
    """The word of the whole, and each concern with its entity."""
    overview = here.backend.overview_queries.get_overview(events=1)
    return overview.health.level, [(each.kind, each.entity) for each in overview.concerns]


def ends(here: World) -> dict[str, object]:
    return here.backend.overview_queries.get_overview(events=1).expiries.as_dict()


def expire(here: World, days: int) -> None:
    moment = datetime.now(UTC) + timedelta(days=days, hours=1)
    here.odoo.write(KEYS, 1, {"expiration_date": f"{moment:%Y-%m-%d %H:%M:%S}"})


def test_a_key_that_ends_soon_is_told_until_a_run_has_read_a_later_end(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.sync(Action.USERS, Scope(dry_run=True))
    assert ends(here) == {str(thing): "unknown" for thing in Expiring}, "a dry run keeps nothing"
    here.sync(Action.USERS)
    assert look(here) == (HealthLevel.IN_STEP, [])
    assert ends(here) == {"api_key": "never", "odoo_certificate": "unknown", "mongodb_certificate": "unknown"}
    expire(here, 9)
    here.sync(Action.USERS)
    assert look(here) == (HealthLevel.IN_STEP, []), "within an hour Odoo is not asked again"
    monkeypatch.setattr(evidence, "EXPIRY_INTERVAL", timedelta(0))
    here.sync(Action.USERS)
    assert look(here) == (HealthLevel.ATTENTION, [("expires", None)])
    assert "first API key" in here.backend.overview_queries.get_overview(events=1).health.reason
    monkeypatch.undo()
    expire(here, 90)
    here.sync(Action.USERS)
    assert look(here) == (HealthLevel.IN_STEP, []), "while an end is near, each run reads it"


def test_keys_that_odoo_does_not_show_are_unknown_and_no_concern(here: World) -> None:
    with here.odoo.faults.on(RaisedError(model=KEYS, kind="AccessError", text="no")):
        here.sync(Action.USERS)
    assert (look(here), ends(here)["api_key"]) == ((HealthLevel.IN_STEP, []), "unknown")


def test_a_changed_event_is_told_within_a_day_until_the_history_is_intact(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.sync(Action.USERS)
    log = here.database.audit_log
    newest = log.find_one(sort=[("chain_number", -1)])
    assert newest is not None
    log.update_one({"_id": newest["_id"]}, {"$set": {"user_id": "mallory"}})
    here.sync(Action.USERS)
    assert look(here) == (HealthLevel.IN_STEP, []), "the history was verified today"
    monkeypatch.setattr(evidence, "HISTORY_INTERVAL", timedelta(0))
    here.sync(Action.USERS)
    assert look(here) == (HealthLevel.WRONG, [("audit", None)])
    monkeypatch.undo()
    log.update_one({"_id": newest["_id"]}, {"$set": {"user_id": newest["user_id"]}})
    assert here.backend.overview_queries.verify_audit_log(pytest.fail).is_intact
    assert look(here) == (HealthLevel.IN_STEP, [])


def test_rows_that_came_into_quarantine_and_changed_fields_are_concerns_of_their_entities(here: World) -> None:
    here.sync(Action.DATA_LAKE)
    with here.odoo.faults.on(
        PoisonRow(model="crm.lead", record_id=3, field_name="name"), ForbiddenField(model="res.partner", name="phone")
    ):
        here.sync(Action.DATA_LAKE, FULL)
    level, concerns = look(here)
    assert (level, ("quarantine", "data_lake:opportunities") in concerns) == (HealthLevel.ATTENTION, True)
    assert ("drift", "data_lake:accounts") in concerns
    here.database.sync_quarantine.update_many({}, {"$set": {"first_seen": datetime(2020, 1, 1, tzinfo=UTC)}})
    assert ("quarantine", "data_lake:opportunities") not in look(here)[1]
