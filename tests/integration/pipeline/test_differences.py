"""What a dry run says is what a run does: document by document, field by field, against what MongoDB holds after it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from bson import Decimal128
from pymongo import monitoring

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.entity import InactiveReason
from odoo_sync_tui.core.reports.differences import Difference, DifferenceKind, ValueChange
from odoo_sync_tui.core.result import SyncResult
from odoo_sync_tui.core.scope import Mode, Scope
from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.pipeline.entity import differences
from tests.support.world import World

DRY = Scope(mode=Mode.FULL, dry_run=True)
MARK = "Zaphod Beeblebrox"
NOTES_OF_RUN = {"_id", "id", "created_at", "hash", "fence", "last_aggregated", "synced_at", "updated_at", "incomplete"}
WRITES = {
    *("insert", "update", "delete", "findAndModify", "bulkWrite", "create", "createIndexes", "drop", "dropIndexes"),
    *("collMod", "renameCollection", "dropDatabase", "mapReduce"),
}


def dry_run(here: World, action: Action, scope: Scope = DRY) -> tuple[SyncResult, list[Difference]]:
    found: list[Difference] = []
    result = here.backend.service().sync(action, "anna", scope, on_difference=found.append)
    assert counts_of(found) == {name: count for name, count in changed_counts(result).items() if count}
    return result, found


def changed_counts(result: SyncResult) -> dict[str, int]:
    counts = result.counts
    return {
        "created": counts.created,
        "updated": counts.updated,
        "reactivated": counts.reactivated,
        "retired": counts.deactivated,
    }


def counts_of(found: list[Difference]) -> dict[str, int]:
    return dict(Counter(str(each.change) for each in found))


def flatten(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    for name, inner in value.items():
        if not prefix and name in NOTES_OF_RUN:
            continue
        if isinstance(inner, dict):
            yield from flatten(inner, f"{prefix}{name}.")
        elif inner is not None:
            yield f"{prefix}{name}", inner


def stored(here: World, action: Action) -> dict[tuple[str, int], dict[str, object]]:
    """All documents of a sync by entity and Odoo id, flattened; nothing of the program decides what is in them."""
    found: dict[tuple[str, int], dict[str, object]] = {}
    for entity in BUILT_IN.select(action, ()):
        target = entity.target
        for document in here.database[target.collection].find(target.discriminator):
            fields = dict(flatten(document))
            if isinstance(odoo_id := fields.get(target.id_field), int):
                found[entity.name, odoo_id] = fields
    return found


def assert_run_does_what_dry_run_says(here: World, action: Action, found: list[Difference]) -> None:
    before = stored(here, action)
    here.sync(action, replace(DRY, dry_run=False))
    after = stored(here, action)
    said = {(each.entity, each.odoo_id): each for each in found}
    assert len(said) == len(found), "each document once"
    assert {key for key in after if after[key] != before.get(key)} == said.keys()
    for key, difference in said.items():
        old, new = before.get(key, {}), after[key]
        if difference.change is DifferenceKind.RETIRED:
            assert (new["inactive_reason"], difference.fields) == (difference.reason, {})
            continue
        done = {name: ValueChange(old.get(name), new.get(name)) for name in {*old, *new}}
        expected = {name: each for name, each in done.items() if each.old != each.new}
        if difference.change is DifferenceKind.CREATED:  # when it was archived, nobody knows before
            expected = {name: each for name, each in expected.items() if name not in {"deleted_at", "deactivated_at"}}
        assert difference.fields == expected, key


def edit_everything(here: World) -> None:
    """Change, archive, bring back, delete and create rows, and let another program change documents."""
    lake = here.database.data_lake_serving
    accounts = [each["data"]["id"] for each in lake.find({"entity_type": "account", "is_active": True}).sort("data.id")]
    odoo = here.odoo
    odoo.write("res.partner", accounts[0], {"name": MARK, "email": False})
    odoo.archive("res.partner", accounts[1])
    odoo.delete("res.partner", accounts[2])
    odoo.create("res.partner", {"name": "New", "is_company": True})
    archived = lake.find_one({"entity_type": "account", "inactive_reason": "archived"})
    assert archived is not None
    odoo.unarchive("res.partner", archived["data"]["id"])
    invoice = lake.find_one({"entity_type": "invoice", "is_active": True}, sort=[("data.id", 1)])
    assert invoice is not None
    lake.update_one(
        {"_id": invoice["_id"]},
        {"$set": {"data.amount_total": Decimal128("0.01"), "data.note": {"by": "hand"}}, "$unset": {"hash": 1}},
    )


class TestWhatItSays:
    def test_of_an_empty_store_every_document_with_its_values_as_a_run_writes_them(self, here: World):
        for action in Action:
            result, found = dry_run(here, action)
            assert result.created == len(found) > 0
            assert_run_does_what_dry_run_says(here, action, found)

    def test_of_changes_on_both_sides_what_a_run_writes_and_nothing_else(self, here: World):
        here.sync(Action.DATA_LAKE)
        edit_everything(here)
        _, found = dry_run(here, Action.DATA_LAKE)
        assert set(counts_of(found)) == {"created", "updated", "reactivated", "retired"}
        assert {each.reason for each in found} == {None, InactiveReason.DELETED, InactiveReason.ARCHIVED}
        assert_run_does_what_dry_run_says(here, Action.DATA_LAKE, found)
        assert dry_run(here, Action.DATA_LAKE)[1] == []

    def test_of_users_that_a_local_document_is_taken_over(self, here: World):
        employee = here.odoo.search("hr.employee", [["work_email", "!=", False]])[0]
        email = str(here.odoo.get_value("hr.employee", employee, "work_email")).lower()
        here.database.users.insert_one({"_id": {"of": "another"}, "email": email, "name": "Local", "is_active": True})
        found = next(each for each in dry_run(here, Action.USERS)[1] if each.odoo_id == employee)
        assert found.change is DifferenceKind.UPDATED
        assert found.fields["odoo_employee_id"] == ValueChange(None, employee)
        assert found.fields["name"].old == "Local"
        assert "email" not in found.fields

    def test_old_and_new_value_by_dotted_path_as_mongodb_holds_them(self, here: World):
        here.sync(Action.DATA_LAKE)
        edit_everything(here)
        updated = [each.fields for each in dry_run(here, Action.DATA_LAKE)[1] if each.change == "updated"]
        account = next(fields for fields in updated if "data.email" in fields)
        invoice = next(fields for fields in updated if "data.note.by" in fields)
        assert (account["data.name"].new, account["data.email"].new) == (MARK, None)
        amount = invoice["data.amount_total"]
        assert amount.old == Decimal128("0.01")
        assert isinstance(amount.new, Decimal128)
        assert amount.new.to_decimal() > Decimal(1)
        assert invoice["data.note.by"] == ValueChange("hand", None)

    def test_nothing_of_documents_whose_retirement_is_withheld(self, here: World):
        here.sync(Action.DEPARTMENTS)
        for document in here.database.departments.find():
            here.odoo.delete("hr.department", document["odoo_id"])
        result, found = dry_run(here, Action.DEPARTMENTS)
        assert (result.outcome, found) == (Outcome.PARTIAL, [])
        assert "were not retired" in str(result.warnings[0])

    def test_of_more_documents_than_are_read_at_once_each_with_its_own_old_value(
        self, here: World, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(differences, "READ_BATCH_SIZE", 7)
        here.sync(Action.DATA_LAKE)
        lake = here.database.data_lake_serving
        for document in lake.find({"entity_type": "account"}):
            change = {"$set": {"data.name": f"old {document['data']['id']}"}, "$unset": {"hash": 1}}
            lake.update_one({"_id": document["_id"]}, change)
        found = dry_run(here, Action.DATA_LAKE)[1]
        assert len(found) == lake.count_documents({"entity_type": "account"}) > 7
        assert all(each.fields["data.name"].old == f"old {each.odoo_id}" for each in found)


class TestWhatItLeaves:
    def test_it_writes_lease_run_record_and_audit_event_and_nothing_else(
        self, commands: list[monitoring.CommandStartedEvent], here: World
    ):
        here.sync(Action.DATA_LAKE)
        edit_everything(here)
        here.database.integrations.update_one({}, {"$unset": {"cursors": 1, "census": 1}})
        before = list(here.database.data_lake_serving.find().sort("_id"))
        commands.clear()
        _, found = dry_run(here, Action.DATA_LAKE)
        assert found
        written = [each.command for each in commands if each.command_name in WRITES]
        by_collection = {next(iter(command.values())) for command in written}
        assert by_collection <= {"sync_leases", "sync_runs", "audit_log", "integrations"}
        of_integration = [
            update["u"] for each in written if each.get("update") == "integrations" for update in each["updates"]
        ]
        assert all("audit_" in json.dumps(update, default=str) for update in of_integration)
        assert list(here.database.data_lake_serving.find().sort("_id")) == before

    def test_no_value_of_a_record_is_in_run_record_or_audit_log(self, here: World):
        here.sync(Action.DATA_LAKE)
        edit_everything(here)
        assert any(MARK in str(each.fields) for each in dry_run(here, Action.DATA_LAKE)[1])
        for name in ("sync_runs", "audit_log", "integrations", "sync_leases"):
            assert all(MARK not in str(document) for document in here.database[name].find())

    def test_a_run_that_is_no_dry_run_tells_no_difference_and_reads_no_old_value(
        self, commands: list[monitoring.CommandStartedEvent], here: World
    ):
        here.sync(Action.DEPARTMENTS)
        here.database.departments.update_many({}, {"$set": {"name": "old"}, "$unset": {"hash": 1}})
        found: list[Difference] = []
        commands.clear()
        result = here.backend.service().sync(Action.DEPARTMENTS, "anna", on_difference=found.append)
        assert (result.updated > 0, found) == (True, [])
        of_documents = [each.command for each in commands if each.command.get("find") == "departments"]
        assert not [each for each in of_documents if "_id" in each.get("filter", ())]

    def test_a_place_without_room_ends_the_run_with_a_word_about_it(self, here: World):
        from odoo_sync_tui.runtime.files import FileError

        def refuse(_: Difference) -> None:
            raise FileError("There is no room.", "Make some.")

        result = here.backend.service().sync(Action.DEPARTMENTS, "anna", DRY, on_difference=refuse)
        assert (result.outcome, str(result.problem)) == (Outcome.FAILED, "There is no room. Make some.")
        assert here.sync(Action.DEPARTMENTS).outcome is Outcome.SUCCESS
