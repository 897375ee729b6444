"""What an operator sees after a sync: the documents, the figures, the status and the audit log."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from bson.decimal128 import Decimal128

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.progress import RunProgress
from odoo_sync_tui.core.result import Counts, EntityState
from odoo_sync_tui.core.scope import Scope
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.demo.values import to_microseconds
from odoo_sync_tui.runtime.cancel import CancelToken
from tests.support.slow import slow
from tests.support.world import FULL, World, world

LEADS = Scope(entities=("opportunities",))
ACCOUNTS = Scope(entities=("accounts",))
COMPANIES = [("is_company", "=", True)]

ODD_IDS = [[10**6, 10**7], [], [None], 1.5, float("nan"), float("inf"), "3", True, {"a": 1}, None, 2**62, -(2**62)]


CUSTOMER_MOVES = [("move_type", "in", ["out_invoice", "out_refund"])]


def expected(odoo: DemoOdoo) -> dict[str, int]:
    return {
        "accounts": odoo.count("res.partner", COMPANIES),
        "opportunities": odoo.count("crm.lead"),
        "invoices": odoo.count("account.move", CUSTOMER_MOVES),
        "users": odoo.count("hr.employee"),
    }


class TestFirstSync:
    def test_every_record_arrives_archived_ones_included(self, here: World):
        result = here.sync(Action.DATA_LAKE)
        assert result.outcome is Outcome.SUCCESS
        assert {name: entity.counts.created for name, entity in result.entities.items()} == expected(here.odoo)
        assert here.database.data_lake_serving.count_documents({}) == result.created
        inactive = here.database.data_lake_serving.count_documents({"is_active": False, "inactive_reason": "archived"})
        assert inactive > 0

    def test_money_is_decimal_dates_are_dates_and_empty_is_null(self, here: World):
        here.sync(Action.DATA_LAKE)
        invoice = here.database.data_lake_serving.find_one({"entity_type": "invoice", "data.state": "posted"})
        assert invoice is not None
        assert isinstance(invoice["data"]["amount_total"], Decimal128)
        assert invoice["data"]["currency"] in {"EUR", "USD"}
        assert isinstance(invoice["data"]["create_date"], datetime)
        assert isinstance(invoice["data"]["invoice_date"], str)
        assert invoice["data"]["partner_name"]
        draft = here.database.data_lake_serving.find_one({"entity_type": "invoice", "data.state": "draft"})
        assert draft is None or draft["data"]["number"] is None

    @pytest.mark.parametrize("protocol", ["json2", "xmlrpc", *slow(["jsonrpc"])])
    def test_a_year_that_odoo_writes_with_two_digits_is_that_year(
        self, odoo: DemoOdoo, mongo_uri: str, database_name: str, protocol: str
    ):
        lead = odoo.create("crm.lead", {"name": "Typed in haste", "type": "opportunity"})
        long_ago = datetime(21, 5, 1, 8, tzinfo=UTC)
        odoo.write("crm.lead", lead, {"date_deadline": "21-05-01", "date_closed": to_microseconds(long_ago)})
        with world(mongo_uri, database_name, odoo, odoo__protocol=protocol) as here:
            assert here.sync(Action.DATA_LAKE, LEADS).outcome is Outcome.SUCCESS
            data = here.lake("opportunity", lead)["data"]
            assert (data["date_deadline"], data["date_closed"]) == ("0021-05-01", long_ago)
            assert here.sync(Action.DATA_LAKE, replace(FULL, entities=LEADS.entities)).updated == 0

    def test_documents_have_the_shape_that_other_programs_read(self, here: World):
        here.sync(Action.DATA_LAKE, ACCOUNTS)
        document = here.database.data_lake_serving.find_one({"entity_type": "account", "is_active": True})
        assert document is not None
        assert document["_id"] == document["serving_id"] == f"odoo_account_{document['data']['id']}"
        assert document["source"] == "odoo"
        assert document["deleted_at"] is None
        assert isinstance(document["last_aggregated"], datetime)

    def test_status_cursor_and_audit_tell_of_a_first_sync(self, here: World):
        result = here.sync(Action.DATA_LAKE)
        integration = here.integration()
        assert integration["sync_status"] == "success"
        assert integration["error_message"] is None
        assert integration["last_sync"] >= integration["last_attempt"]
        assert integration["server"]["version"].startswith("19")
        assert "data_lake:accounts" in integration["cursors"]
        events = list(here.database.audit_log.find().sort("timestamp", 1))
        assert [event["details"]["event"] for event in events] == ["started", "finished"]
        assert {event["run_id"] for event in events} == {result.run_id}
        assert events[-1]["action"] == "sync_data_lake"
        assert events[-1]["user_id"] == "anna"
        assert events[-1]["outcome"] == "success"
        assert events[-1]["details"]["created"] == result.created

    def test_departments_and_users_arrive_with_their_references(self, here: World):
        departments = here.sync(Action.DEPARTMENTS)
        users = here.sync(Action.USERS)
        assert departments.created == here.odoo.count("hr.department")
        assert users.created == here.odoo.count("hr.employee")
        user = here.database.users.find_one({"odoo_department_id": {"$ne": None}})
        assert user is not None
        department = here.database.departments.find_one({"odoo_id": user["odoo_department_id"]})
        assert department is not None
        assert (user["department_id"], user["department_name"]) == (department["id"], department["name"])
        assert (user["role"], user["is_approved"], user["approval_status"]) == (None, False, "pending")


class TestNextSync:
    @pytest.mark.parametrize("scope", [Scope(), FULL], ids=["incremental", "full"])
    def test_a_sync_without_a_change_writes_no_document(self, commands: list[Any], here: World, scope: Scope):
        first = here.sync(Action.DATA_LAKE)
        commands.clear()
        second = here.sync(Action.DATA_LAKE, scope)
        assert (second.created, second.updated, second.deactivated) == (0, 0, 0)
        assert second.counts.unchanged == second.synced == first.synced
        touched = {event.command[event.command_name] for event in commands_that_write(commands)}
        assert "data_lake_serving" not in touched
        assert "sync_runs" in touched, "the test sees writes at all"

    @pytest.mark.parametrize("scope", [Scope(), FULL], ids=["incremental", "full"])
    def test_an_edit_an_archived_row_and_a_deleted_one_are_followed(self, here: World, scope: Scope):
        here.sync(Action.DATA_LAKE, LEADS)
        active = [
            document["data"]["id"]
            for document in here.database.data_lake_serving.find({"entity_type": "opportunity", "is_active": True})
        ]
        here.odoo.write("crm.lead", active[0], {"name": "Renamed"})
        here.odoo.archive("crm.lead", active[1])
        here.odoo.delete("crm.lead", active[2])
        result = here.sync(Action.DATA_LAKE, replace(scope, entities=LEADS.entities))
        assert (result.created, result.updated, result.deactivated) == (0, 1, 2)
        assert here.lake("opportunity", active[0])["data"]["name"] == "Renamed"
        assert here.lake("opportunity", active[1])["inactive_reason"] == "archived"
        assert here.lake("opportunity", active[2])["inactive_reason"] == "deleted"
        assert here.lake("opportunity", active[2])["deleted_at"] is not None

    def test_an_archived_record_that_comes_back_is_reactivated(self, here: World):
        here.sync(Action.DATA_LAKE, ACCOUNTS)
        document = here.database.data_lake_serving.find_one({"entity_type": "account", "inactive_reason": "archived"})
        assert document is not None
        here.odoo.unarchive("res.partner", document["data"]["id"])
        result = here.sync(Action.DATA_LAKE, ACCOUNTS)
        assert result.counts.reactivated == 1
        again = here.lake("account", document["data"]["id"])
        assert again["is_active"]
        assert (again["deleted_at"], again["inactive_reason"]) == (None, None)

    def test_documents_that_the_store_lost_are_fetched_again(self, here: World):
        here.sync(Action.DATA_LAKE, Scope(entities=("invoices",)))
        here.database.data_lake_serving.delete_one({"entity_type": "invoice"})
        assert here.sync(Action.DATA_LAKE, Scope(entities=("invoices",))).created == 1

    def test_a_write_date_that_moves_without_a_change_updates_nothing(self, here: World):
        here.sync(Action.DATA_LAKE, ACCOUNTS)
        document = here.database.data_lake_serving.find_one({"entity_type": "account"})
        assert document is not None
        here.odoo.write("res.partner", document["data"]["id"], {})
        assert here.sync(Action.DATA_LAKE, ACCOUNTS).updated == 0

    def test_a_change_that_leaves_the_document_as_it_is_updates_nothing(self, commands: list[Any], here: World):
        here.sync(Action.DATA_LAKE, ACCOUNTS)
        document = here.database.data_lake_serving.find_one({"entity_type": "account", "data.email": {"$ne": None}})
        assert document is not None
        number, email = document["data"]["id"], document["data"]["email"]
        here.odoo.write("res.partner", number, {"email": f" {email.upper()} "})
        assert here.sync(Action.DATA_LAKE, ACCOUNTS).updated == 0
        assert here.lake("account", number)["last_aggregated"] == document["last_aggregated"]
        commands.clear()
        assert here.sync(Action.DATA_LAKE, replace(FULL, entities=ACCOUNTS.entities)).updated == 0
        touched = {event.command[event.command_name] for event in commands_that_write(commands)}
        assert "data_lake_serving" not in touched, "what the row says now was not remembered"

    def test_the_same_rows_said_otherwise_change_no_document(
        self, here: World, odoo: DemoOdoo, mongo_uri: str, database_name: str, commands: list[Any]
    ):
        """Another language is another basis: all is read and compared, and only what the rows said is remembered."""
        first = here.sync(Action.DATA_LAKE)
        before = everything(here)
        with world(mongo_uri, database_name, odoo, odoo__language="en_US") as otherwise:
            result = otherwise.sync(Action.DATA_LAKE)
            assert result.counts == Counts(unchanged=first.synced)
            assert everything(here) == before
            commands.clear()
            assert otherwise.sync(Action.DATA_LAKE, FULL).counts.unchanged == first.synced
        assert "data_lake_serving" not in {event.command[event.command_name] for event in commands_that_write(commands)}

    def test_documents_without_a_hash_are_read_again_and_changed_only_where_they_differ(self, here: World):
        here.sync(Action.DATA_LAKE, LEADS)
        leads = [each["data"]["id"] for each in here.database.data_lake_serving.find({"entity_type": "opportunity"})]
        for number in leads[:2]:
            here.database.data_lake_serving.update_one(
                {"serving_id": f"odoo_opportunity_{number}"}, {"$unset": {"hash": 1}, "$set": {"data.name": "Foreign"}}
            )
        result = here.sync(Action.DATA_LAKE, LEADS)
        assert (result.updated, result.created) == (2, 0)
        assert here.lake("opportunity", leads[0])["data"]["name"] == here.odoo.get_value("crm.lead", leads[0], "name")

    def test_a_full_run_mends_what_another_program_switched(self, here: World):
        here.sync(Action.DATA_LAKE)
        lake = here.database.data_lake_serving
        active = lake.find_one({"entity_type": "invoice", "is_active": True})
        archived = lake.find_one({"entity_type": "account", "inactive_reason": "archived"})
        assert active is not None
        assert archived is not None
        for document in (active, archived):
            lake.update_one({"_id": document["_id"]}, {"$set": {"is_active": not document["is_active"]}})
        result = here.sync(Action.DATA_LAKE, FULL)
        assert (result.counts.reactivated, result.deactivated, result.updated) == (1, 1, 0)
        assert here.lake("invoice", active["data"]["id"])["is_active"]
        assert not here.lake("account", archived["data"]["id"])["is_active"]


def everything(here: World) -> list[dict[str, Any]]:
    """The data lake without what we remember of the rows."""
    return list(here.database.data_lake_serving.find({}, {"hash": 0}).sort("_id"))


class TestScope:
    def test_a_dry_run_writes_no_document_and_moves_no_cursor(self, here: World):
        result = here.sync(Action.DATA_LAKE, Scope(dry_run=True))
        assert result.created == sum(expected(here.odoo).values())
        assert here.database.data_lake_serving.count_documents({}) == 0
        assert not here.integration().get("cursors") if here.database.integrations.count_documents({}) else True
        assert here.last_event()["details"]["dry_run"] is True

    def test_a_dry_run_leaves_status_and_source_of_the_integration_as_they_were(self, here: World):
        here.sync(Action.DEPARTMENTS)
        before = here.integration()
        here.sync(Action.DATA_LAKE, Scope(dry_run=True))
        after = here.integration()
        assert after["audit_head"]["number"] == before["audit_head"]["number"] + 2, "its start and end are audited"
        assert after | {"audit_head": None} == before | {"audit_head": None}

    def test_a_filtered_run_retires_nothing_and_moves_no_cursor(self, here: World):
        here.sync(Action.DATA_LAKE, ACCOUNTS)
        cursors = here.integration()["cursors"]
        result = here.sync(Action.DATA_LAKE, Scope(entities=("accounts",), domain=(("id", "<", 10),)))
        assert (result.outcome, result.deactivated) == (Outcome.SUCCESS, 0)
        assert here.integration()["cursors"] == cursors

    def test_named_entities_only(self, here: World):
        result = here.sync(Action.DATA_LAKE, Scope(entities=("users",)))
        assert list(result.entities) == ["users"]


class TestStop:
    def test_a_cancelled_run_keeps_what_it_wrote_and_says_so(self, odoo: DemoOdoo, mongo_uri: str, database_name: str):
        with world(mongo_uri, database_name, odoo, odoo__page_size=5, sync__block_size=10) as here:
            cancel = CancelToken()

            def stop_soon(progress: RunProgress) -> None:
                if progress.counts.rows:
                    cancel.request("cancelled by anna")

            result = here.sync(Action.DATA_LAKE, cancel=cancel, on_progress=stop_soon)
            assert result.outcome is Outcome.CANCELLED
            assert 0 < here.database.data_lake_serving.count_documents({}) < sum(expected(odoo).values())
            assert here.last_event()["outcome"] == "cancelled"
            assert here.last_event()["details"]["reason"] == "cancelled by anna"
            assert here.integration()["sync_status"] == "partial"
            finished = here.sync(Action.DATA_LAKE)
            assert finished.outcome is Outcome.SUCCESS
            assert here.database.data_lake_serving.count_documents({}) == sum(expected(odoo).values())

    def test_progress_ends_with_every_entity_settled(self, here: World):
        seen: list[RunProgress] = []
        result = here.sync(Action.DATA_LAKE, on_progress=seen.append)
        assert [entity.name for entity in seen[-1].entities] == ["accounts", "opportunities", "invoices", "users"]
        assert all(entity.state is EntityState.SUCCESS for entity in seen[-1].entities)
        assert all(entity.done == entity.total for entity in seen[-1].entities)
        assert seen[-1].counts == result.counts


def test_a_sync_succeeds_beside_documents_of_other_programs_with_ids_that_are_none(
    mongo_uri: str, database_name: str
) -> None:
    with DemoOdoo(records=20) as odoo, world(mongo_uri, database_name, odoo) as here:
        for action in Action:
            here.sync(action)
        for number, odd_id in enumerate(ODD_IDS):
            name = f"odd {number}"
            here.database.departments.insert_one({"odoo_id": odd_id, "id": name, "name": "x", "active": True})
            here.database.users.insert_one({"odoo_employee_id": odd_id, "id": name, "name": "x", "is_active": True})
            lake = {"entity_type": "account", "serving_id": name, "data": {"id": odd_id}, "is_active": True}
            here.database.data_lake_serving.insert_one({**lake, "source": "odoo"})
        for action in Action:
            for scope in (Scope(), FULL):
                result = here.sync(action, scope)
                assert (result.outcome, [str(each) for each in result.errors]) == (Outcome.SUCCESS, [])


def commands_that_write(commands: list[Any]) -> list[Any]:
    writes = {"insert", "update", "delete", "findAndModify", "bulkWrite"}
    return [event for event in commands if event.command_name in writes]
