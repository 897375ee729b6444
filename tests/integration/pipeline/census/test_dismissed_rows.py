"""Dismissed rows: no trouble until they change, then back in the quarantine; every row in exactly one count."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from odoo_sync_tui.core.actions import QUARANTINE, Action, Outcome
from odoo_sync_tui.core.entity import BrokenRule
from odoo_sync_tui.core.errors import ConfigurationError, LeaseHeld, LeaseLost
from odoo_sync_tui.core.reports.details import QuarantinedRow
from odoo_sync_tui.core.reports.verification import Verdict, Verification
from odoo_sync_tui.core.result import Counts, SyncResult
from odoo_sync_tui.core.run import INTEGRATION, Operator
from odoo_sync_tui.core.scope import Mode, Scope
from odoo_sync_tui.demo.faults import Fault, PoisonRow, WrongValue
from tests.support.census import Calls
from tests.support.slow import slow
from tests.support.world import World, world

ID = "data_lake:accounts"
ACCOUNTS = Scope(entities=("accounts",))
ALL_ACCOUNTS = Scope(entities=("accounts",), mode=Mode.FULL)


def accounts(here: World) -> list[int]:
    return here.odoo.search("res.partner", [("is_company", "=", True)])


def faults(number: int) -> dict[str, Fault]:
    return {
        "a wrong value": WrongValue(model="res.partner", record_id=number, field_name="customer_rank", value="many"),
        "an unreadable row": PoisonRow(model="res.partner", record_id=number, field_name="customer_rank"),
    }


@pytest.fixture
def fault() -> Iterator[ExitStack]:
    """The fault that goes on until it is closed."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture(params=["an unreadable row", *slow(["a wrong value"])])
def broken(here: World, fault: ExitStack, request: pytest.FixtureRequest) -> int:
    """A row that was set aside."""
    number = accounts(here)[3]
    fault.enter_context(here.odoo.faults.on(faults(number)[request.param]))
    assert sync(here).outcome is Outcome.PARTIAL
    return number


def sync(here: World, scope: Scope = ACCOUNTS) -> SyncResult:
    return here.sync(Action.DATA_LAKE, scope)


def waiting(here: World) -> list[QuarantinedRow]:
    return list(here.backend.quarantine_queries.iter_rows([ID], dismissed=False))


def dismiss(here: World) -> tuple[QuarantinedRow, ...]:
    return here.backend.service().dismiss_rows("anna", ID, waiting(here), "the customer is gone")


def assert_calm(here: World, result: SyncResult) -> None:
    """The run is a success, and every row is in one count."""
    assert (result.outcome, result.counts.quarantined, result.counts.dismissed) == (Outcome.SUCCESS, 0, 1)
    assert result.counts.rows == len(accounts(here))
    (counts,) = [each for each in here.backend.overview_queries.get_overview().entities if each.name == ID]
    assert (counts.quarantined, counts.dismissed, counts.gap) == (0, 1, 0)


def verify(here: World) -> Verification:
    (entity,) = [each for each in here.backend._catalog if each.id == ID]
    return here.backend.verifier().verify([entity], None)


@pytest.mark.parametrize("broken", ["a wrong value", "an unreadable row"], indirect=True)
def test_a_dismissed_row_is_no_trouble_until_it_changes(here: World, broken: int):
    assert [row.odoo_id for row in dismiss(here)] == [broken]
    for scope in (ACCOUNTS, ALL_ACCOUNTS, ACCOUNTS):
        assert_calm(here, sync(here, scope))
    seen = Calls(here.odoo, "res.partner")
    assert_calm(here, sync(here))
    assert not seen.list_ids, "a row that is dismissed costs no census"
    found = verify(here)
    assert found.verdict is Verdict.IN_STEP
    assert found.entities[0].findings.dismissed.examples == (broken,)
    here.odoo.write("res.partner", broken, {"phone": "+32 1"})
    result = sync(here)
    assert (result.outcome, result.counts.quarantined, result.counts.dismissed) == (Outcome.PARTIAL, 1, 0)
    assert "reopened" in {notice.kind for notice in result.warnings}
    (row,) = waiting(here)
    assert (row.odoo_id, row.attempts, row.dismissal) == (broken, 2, None)


def test_a_dismissed_row_that_was_mended_is_stored(here: World, broken: int, fault: ExitStack):
    dismiss(here)
    fault.close()
    here.odoo.write("res.partner", broken, {"phone": "+32 1"})
    result = sync(here)
    assert (result.outcome, result.counts.created, result.counts.dismissed) == (Outcome.SUCCESS, 1, 0)
    assert not here.database.sync_quarantine.count_documents({})


def test_a_dismissed_row_that_can_be_stored_without_a_change_is_found_by_a_full_run(
    here: World, broken: int, fault: ExitStack
):
    dismiss(here)
    fault.close()
    assert_calm(here, sync(here))
    assert sync(here, ALL_ACCOUNTS).counts.created == 1
    assert not here.database.sync_quarantine.count_documents({})


def test_a_dismissed_row_that_is_deleted_is_forgotten(here: World, broken: int):
    dismiss(here)
    here.odoo.delete("res.partner", broken)
    assert sync(here).counts == Counts(unchanged=len(accounts(here)))
    assert not here.database.sync_quarantine.count_documents({})


def test_a_dismissed_row_keeps_its_older_document_and_is_counted_once(here: World):
    number = accounts(here)[3]
    sync(here)
    with here.odoo.faults.on(faults(number)["a wrong value"]):
        here.odoo.write("res.partner", number, {"phone": "+32 1"})
        assert sync(here).outcome is Outcome.PARTIAL
        dismiss(here)
        for scope in (ACCOUNTS, ALL_ACCOUNTS, ACCOUNTS):
            assert_calm(here, sync(here, scope))
    assert here.lake("account", number)["is_active"]


def test_rows_that_are_taken_back_are_tried_by_every_run(here: World, broken: int):
    dismissed = dismiss(here)
    assert [row.odoo_id for row in here.backend.service().dismiss_rows("bert", ID, dismissed, "", undo=True)] == [
        broken
    ]
    assert sync(here).outcome is Outcome.PARTIAL
    events = list(here.database.audit_log.find({"action": QUARANTINE}, sort=[("timestamp", 1)]))
    assert [(each["user_id"], each["details"]["event"], each["details"]["ids"]) for each in events] == [
        ("anna", "dismissed", [broken]),
        ("bert", "reopened", [broken]),
    ]


def test_a_row_that_fails_for_another_reason_by_now_is_not_dismissed(here: World, broken: int):
    seen = waiting(here)
    here.database.sync_quarantine.update_one({}, {"$set": {"reason": "Another one."}})
    assert here.backend.service().dismiss_rows("anna", ID, seen, "why") == ()
    assert sync(here).outcome is Outcome.PARTIAL


def test_a_row_that_a_newer_run_has_written_is_not_said_to_be_dismissed(here: World, broken: int):
    here.database.sync_quarantine.update_one({}, {"$set": {"fence": 1_000_000}})
    with pytest.raises(LeaseLost, match="the quarantine"):
        dismiss(here)
    assert [row.odoo_id for row in waiting(here)] == [broken]


def test_nothing_is_dismissed_while_a_run_is_at_work_or_by_who_may_only_look(here: World, broken: int):
    lease = here.backend._store.leases.acquire(INTEGRATION, Operator("bert", "host", 1), "run", 60, 100)
    with pytest.raises(LeaseHeld):
        dismiss(here)
    here.backend._store.leases.release(lease)
    uri, name = str(here.settings["mongo.uri"]), str(here.settings["mongo.database"])
    with world(uri, name, here.odoo, read_only=True) as looking, pytest.raises(ConfigurationError, match="read_only"):
        dismiss(looking)
    with pytest.raises(ConfigurationError, match="not said"):
        here.backend.service().dismiss_rows("anna", ID, waiting(here), "  ")
    assert sync(here).outcome is Outcome.PARTIAL


def test_the_values_of_a_row_are_kept_without_what_is_masked(here: World, mongo_uri: str, database_name: str):
    number = accounts(here)[3]
    mask = {"entities__accounts__mask": {"phone": "drop"}, "masking__key": "0123456789abcdef0123456789abcdef"}
    with (
        world(mongo_uri, database_name, here.odoo, **mask) as masked,
        here.odoo.faults.on(faults(number)["a wrong value"]),
    ):
        here.odoo.write("res.partner", number, {"phone": "+32 secret"})
        sync(masked)
        (row,) = waiting(masked)
    assert row.rule is BrokenRule.VALUES
    assert row.row is not None
    assert (row.row["id"], row.row["customer_rank"]) == (number, "many")
    assert "phone" not in row.row
    assert "secret" not in str(here.database.sync_quarantine.find_one())
