"""Clocks, late commits and seconds that hold thousands of rows: an incremental run misses none of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.pipeline.run import sync_run as pipeline_run
from tests.faults.checks import heal
from tests.faults.conftest import SETTINGS
from tests.support.slow import slow
from tests.support.world import Clock, World, world

LEADS = Scope(entities=("opportunities",))
DIALECTS = pytest.mark.parametrize("dialect", [14, 19])


def moment_of(here: World) -> datetime:
    """Where the cursor of the opportunities stands."""
    return here.integration()["cursors"]["data_lake:opportunities"]["write_date"]


# ------------------------------------------------------------------------------------------------ late commits


@DIALECTS
def test_a_transaction_that_commits_late_is_seen_within_the_overlap(mongo_uri: str, database_name: str, dialect: int):
    settings = {**SETTINGS, "sync__overlap_minutes": 10}
    with DemoOdoo(records=20, dialect=dialect) as odoo, world(mongo_uri, database_name, odoo, **settings) as here:
        numbers = odoo.search("crm.lead")
        odoo.write("crm.lead", numbers[0], {"phone": "1"})
        heal(here, scope=LEADS)
        late = moment_of(here) - timedelta(minutes=9, seconds=58)
        odoo.write("crm.lead", numbers[1], {"name": "late edit", "write_date": late})
        odoo.write("crm.lead", numbers[2], {"active": False, "write_date": late})
        new = odoo.create("crm.lead", {"name": "late create", "company_id": 1, "type": "lead", "stage_id": 1})
        odoo.write("crm.lead", new, {"write_date": late})
        ancient = odoo.create("crm.lead", {"name": "import", "company_id": 1, "type": "lead", "stage_id": 1})
        odoo.write("crm.lead", ancient, {"write_date": False})
        result = heal(here, scope=LEADS)
        assert (result.created, result.updated + result.deactivated) == (2, 2)


# ------------------------------------------------------------------------------------------------ one second


@pytest.mark.parametrize(("dialect", "rows"), [(19, 1000), *slow([(14, 5000), (19, 5000)])])
def test_thousands_of_rows_of_one_second_in_several_pages_and_blocks(
    mongo_uri: str, database_name: str, dialect: int, rows: int
):
    sizes = {"odoo__page_size": rows // 5, "sync__block_size": rows * 2 // 5}
    settings = {**SETTINGS, "sync__overlap_minutes": 0, **sizes}
    second = datetime(2026, 6, 1, 12, 0, 0, tzinfo=UTC)
    with DemoOdoo(records=rows, dialect=dialect) as odoo, world(mongo_uri, database_name, odoo, **settings) as here:
        numbers = odoo.search("crm.lead")
        assert here.sync(Action.DATA_LAKE, LEADS).created == len(numbers) == rows
        for place, number in enumerate(numbers):
            stamp = second + timedelta(microseconds=150 * place)
            odoo.write("crm.lead", number, {"phone": f"+{number}", "write_date": stamp})
        result = here.sync(Action.DATA_LAKE, LEADS)
        assert (result.outcome, result.updated) == (Outcome.SUCCESS, rows)
        assert moment_of(here) == second
        last = second + timedelta(microseconds=999_999)
        odoo.write("crm.lead", numbers[7], {"phone": "later in that second", "write_date": last})
        assert heal(here, scope=LEADS).updated == 1


# ------------------------------------------------------------------------------------------------ a backup


@pytest.mark.parametrize("dialect", [*slow([14]), 19])
def test_a_backup_of_odoo_that_was_brought_back_is_read_again(mongo_uri: str, database_name: str, dialect: int):
    with DemoOdoo(records=20, dialect=dialect) as odoo, world(mongo_uri, database_name, odoo, **SETTINGS) as here:
        number = odoo.search("crm.lead")[0]
        odoo.write("crm.lead", number, {"name": "after the backup"})
        heal(here, scope=LEADS)
        old = datetime(2025, 1, 1, tzinfo=UTC)
        odoo.write("crm.lead", number, {"name": "in the backup", "write_date": old})
        result = here.sync(Action.DATA_LAKE, LEADS)
        assert [warning.kind for warning in result.warnings] == ["moved_back"]
        assert result.updated == 1
        assert here.lake("opportunity", number)["data"]["name"] == "in the backup"
        assert heal(here, scope=LEADS).updated == 0


# ------------------------------------------------------------------------------------------------ clocks


@pytest.mark.parametrize("jump", [timedelta(days=1), -timedelta(days=1), *slow([timedelta(minutes=30)])])
def test_odoos_clock_jumps_and_is_put_right(mongo_uri: str, database_name: str, jump: timedelta):
    clock = Clock()
    with DemoOdoo(records=20, clock=clock) as odoo, world(mongo_uri, database_name, odoo, **SETTINGS) as here:
        numbers = odoo.search("crm.lead")
        odoo.write("crm.lead", numbers[0], {"name": "before"})
        heal(here, scope=LEADS)
        clock.ahead = jump
        odoo.write("crm.lead", numbers[1], {"name": "while it was wrong"})
        heal(here, scope=LEADS)
        clock.ahead = timedelta(0)
        odoo.write("crm.lead", numbers[2], {"name": "after"})
        odoo.archive("crm.lead", next(each for each in numbers[5:] if odoo.get_value("crm.lead", each, "active")))
        heal(here, scope=LEADS)
        odoo.write("crm.lead", numbers[3], {"name": "long after"})
        heal(here, scope=LEADS)


def test_a_row_from_the_future_hides_no_later_change(mongo_uri: str, database_name: str):
    with DemoOdoo(records=20) as odoo, world(mongo_uri, database_name, odoo, **SETTINGS) as here:
        numbers = odoo.search("crm.lead")
        odoo.write("crm.lead", numbers[0], {"write_date": datetime.now(UTC) + timedelta(days=400)})
        heal(here, scope=LEADS)
        odoo.write("crm.lead", numbers[1], {"name": "now"})
        assert heal(here, scope=LEADS).updated == 1


@pytest.mark.parametrize("jump", [timedelta(days=2), -timedelta(days=2)])
def test_our_own_clock_decides_nothing(here: World, monkeypatch: pytest.MonkeyPatch, jump: timedelta):
    class Wrong(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + jump

    heal(here, scope=LEADS)
    numbers = here.odoo.search("crm.lead")
    with monkeypatch.context() as patched:
        patched.setattr(pipeline_run, "datetime", Wrong)
        here.odoo.write("crm.lead", numbers[0], {"name": "while we were wrong"})
        assert here.sync(Action.DATA_LAKE, LEADS).updated == 1
    here.odoo.write("crm.lead", numbers[1], {"name": "after"})
    assert here.sync(Action.DATA_LAKE, LEADS).updated == 1
    heal(here, scope=LEADS)
