"""Employees become users: linked by email, left switched off, their departments followed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.errors import RunCancelled
from odoo_sync_tui.core.scope import Mode, Scope
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.pipeline.entity.links import LinkDecider
from tests.support.slow import slow
from tests.support.world import FULL, World, world


@pytest.fixture
def odoo() -> Iterator[DemoOdoo]:
    with DemoOdoo(records=20) as server:
        yield server


class TestUsers:
    def local_user(self, here: World, **values: object) -> dict[str, Any]:
        user = {"id": "local", "email": "Ada@Example.com", "role": "admin", "is_active": True, "is_approved": True}
        user |= {"approval_status": "approved", "theme": "dark"} | values
        here.database.users.insert_one(user)
        return user

    def employee(self, here: World, **values: object) -> int:
        return here.odoo.create("hr.employee", {"name": "Ada", "work_email": "ada@example.com "} | values)

    def test_a_local_user_with_the_same_email_is_linked_and_keeps_what_odoo_does_not_own(self, here: World):
        self.local_user(here)
        employee = self.employee(here)
        result = here.sync(Action.USERS)
        user = here.database.users.find_one({"odoo_employee_id": employee})
        assert user is not None
        assert (user["id"], user["role"], user["is_approved"], user["theme"]) == ("local", "admin", True, "dark")
        assert user["odoo_matched"]
        assert result.updated == 1
        assert here.sync(Action.USERS, FULL).updated == 0

    def test_somebody_switched_off_locally_stays_off(self, here: World):
        self.local_user(here, is_active=False)
        employee = self.employee(here)
        here.sync(Action.USERS)
        here.sync(Action.USERS, FULL)
        user = here.database.users.find_one({"odoo_employee_id": employee})
        assert user is not None
        assert not user["is_active"]

    def user_of(self, here: World, employee: int) -> dict[str, Any]:
        user = here.database.users.find_one({"odoo_employee_id": employee})
        assert user is not None
        return user

    @pytest.mark.parametrize(
        "written",
        [
            '"Fmt Person" <Ada@Example.com>',
            "ada@example.com, ADA.two@example.com",
            *slow(["Ada ada@example.com", "Ada <ada@example.com>; office@example.com"]),
        ],
    )
    def test_an_address_with_a_name_or_with_others_after_it_is_linked(self, here: World, written: str):
        self.local_user(here)
        employee = self.employee(here, work_email=written)
        result = here.sync(Action.USERS)
        user = self.user_of(here, employee)
        assert (user["id"], user["email"], user["role"]) == ("local", "ada@example.com", "admin")
        assert here.database.users.count_documents({"email": "ada@example.com"}) == 1
        assert (result.updated, result.warnings[1:]) == (1, ())

    def test_a_further_address_links_nobody_because_the_account_would_get_another_one(self, here: World):
        self.local_user(here, email="office@example.com")
        employee = self.employee(here, work_email="ada@example.com, office@example.com")
        here.sync(Action.USERS)
        assert self.user_of(here, employee)["id"] != "local"
        assert here.database.users.find_one({"id": "local"})["email"] == "office@example.com"

    @pytest.mark.parametrize("order", [(True, False), (False, True)])
    def test_an_archived_employee_with_the_address_does_not_change_who_is_linked(
        self, here: World, order: tuple[bool, bool]
    ):
        self.local_user(here)
        employees = {active: self.employee(here, active=active, name=f"Ada {active}") for active in order}
        result = here.sync(Action.USERS)
        assert self.user_of(here, employees[True])["id"] == "local"
        assert not self.user_of(here, employees[False])["is_active"]
        (warning,) = [each for each in result.warnings if each.kind == "link_shared"]
        assert f"Odoo id {employees[False]}, inactive" in warning.message
        assert "Ada" not in warning.message, "what a run says stays in the history, and names nobody"
        assert here.sync(Action.USERS, FULL).updated == 0

    @pytest.mark.parametrize("size", [1, 1000])
    def test_an_address_of_two_employees_links_neither_wherever_they_come(
        self, odoo: DemoOdoo, mongo_uri: str, database_name: str, size: int
    ):
        with world(mongo_uri, database_name, odoo, odoo__page_size=size, sync__block_size=size) as here:
            self.local_user(here)
            first, second = self.employee(here), self.employee(here, work_email="Ada (2) <ADA@example.com>")
            result = here.sync(Action.USERS)
            assert {self.user_of(here, each)["id"] for each in (first, second)}.isdisjoint({"local"})
            (warning,) = [each for each in result.warnings if each.kind == "link_doubtful"]
            assert f"new Odoo id {first}, new Odoo id {second}." in warning.message
            assert (result.outcome, result.updated) == (Outcome.SUCCESS, 0)
            assert result.counts.rows == result.synced == odoo.count("hr.employee")
            (shared,) = here.backend.detail_queries.get_entity("users").shared_values or ()
            assert (shared.value, [each.odoo_id for each in shared.holders]) == (
                "ada@example.com",
                [None, first, second],
            )
            (told,) = here.backend.verifier().verify(BUILT_IN.select(Action.USERS, ()), None).warnings
            assert "1 x one email of several documents, of which one is not linked or not active: ada@example.com." in (
                told.message
            )
            assert here.sync(Action.USERS, FULL).updated == 0
            assert here.database.users.find_one({"id": "local"}).get("odoo_employee_id") is None

    def test_an_address_that_an_active_employee_has_is_not_linked_to_a_newcomer(self, here: World):
        here.sync(Action.USERS)
        first = self.employee(here)
        here.sync(Action.USERS)
        self.local_user(here)
        second = self.employee(here)
        here.sync(Action.USERS)
        assert {self.user_of(here, each)["id"] for each in (first, second)}.isdisjoint({"local"})

    @pytest.mark.parametrize("giver_comes", ["first", "last"])
    def test_an_address_passed_on_in_the_same_run_is_linked_to_its_new_owner(self, here: World, giver_comes: str):
        here.sync(Action.USERS)
        giver = self.employee(here)
        here.sync(Action.USERS)
        self.local_user(here)
        here.odoo.write("hr.employee", giver, {"work_email": "bob@example.com"})
        taker = self.employee(here)
        if giver_comes == "last":
            here.odoo.write("hr.employee", giver, {"name": "Bob"})
        here.sync(Action.USERS)
        assert self.user_of(here, taker)["id"] == "local"
        assert self.user_of(here, giver)["email"] == "bob@example.com"

    def test_an_account_linked_by_odoo_id_stays_with_its_employee_whatever_the_addresses_do(self, here: World):
        self.local_user(here)
        self.local_user(here, id="bob", email="bob@example.com")
        ada, bob = self.employee(here), self.employee(here, work_email="bob@example.com")
        here.sync(Action.USERS)
        here.odoo.write("hr.employee", ada, {"work_email": "bob@example.com"})
        here.odoo.write("hr.employee", bob, {"work_email": "ada@example.com"})
        successor = self.employee(here)
        here.sync(Action.USERS)
        assert (self.user_of(here, ada)["id"], self.user_of(here, bob)["id"]) == ("local", "bob")
        assert self.user_of(here, successor)["id"] not in {"local", "bob"}
        here.odoo.write("hr.employee", ada, {"active": False})
        rehired = self.employee(here, work_email="bob@example.com")
        here.sync(Action.USERS)
        assert not here.database.users.find_one({"id": "local"})["is_active"]
        assert self.user_of(here, rehired)["is_active"]

    def test_addresses_swapped_far_apart_are_written_beside_a_unique_index(
        self, odoo: DemoOdoo, mongo_uri: str, database_name: str
    ):
        with world(mongo_uri, database_name, odoo, odoo__page_size=1) as here:
            ada, bob = self.employee(here), self.employee(here, work_email="bob@example.com")
            here.sync(Action.USERS)
            here.database.users.create_index("email", name="theirs", unique=True, sparse=True)
            here.odoo.write("hr.employee", ada, {"work_email": "bob@example.com"})
            here.odoo.write("hr.employee", bob, {"work_email": "ada@example.com"})
            result = here.sync(Action.USERS)
            assert (result.outcome, result.updated, result.counts.quarantined) == (Outcome.SUCCESS, 2, 0)
            assert self.user_of(here, ada)["email"] == "bob@example.com"
            assert here.database.sync_quarantine.count_documents({}) == 0

    @pytest.mark.parametrize("claims", [1, 2])
    def test_a_run_that_was_cut_off_changes_nothing_about_who_is_linked(
        self,
        odoo: DemoOdoo,
        mongo_uri: str,
        database_name: str,
        monkeypatch: pytest.MonkeyPatch,
        claims: int,
    ):
        def cut_off(*_: object, **__: object) -> None:
            raise RunCancelled("enough")

        with world(mongo_uri, database_name, odoo, odoo__page_size=2, sync__block_size=4) as here:
            self.local_user(here)
            employees = odoo.search("hr.employee")
            claimants = (employees[0], employees[-1])[:claims]
            for employee in claimants:
                odoo.write("hr.employee", employee, {"work_email": "ada@example.com"})
            with monkeypatch.context() as patch:
                patch.setattr(LinkDecider, "decide", cut_off)
                assert here.sync(Action.USERS, FULL).outcome is Outcome.CANCELLED
            assert here.database.users.count_documents({"odoo_employee_id": {"$gt": 0}})
            assert here.database.users.find_one({"odoo_employee_id": employees[0]}) is None
            result = here.sync(Action.USERS, FULL)
            linked = [self.user_of(here, each)["id"] == "local" for each in claimants]
            assert linked == ([True] if claims == 1 else [False, False])
            assert result.counts.rows == result.synced == len(employees)

    def test_an_operator_joins_an_account_by_hand_as_the_manual_says(self, here: World):
        self.local_user(here)
        self.local_user(here, id="other")
        employee = self.employee(here)
        here.sync(Action.USERS)
        here.database.users.delete_one({"odoo_employee_id": employee})
        here.database.users.update_one({"id": "local"}, {"$set": {"odoo_employee_id": employee}})
        result = here.sync(Action.USERS)
        user = self.user_of(here, employee)
        assert (user["id"], user["name"], user["role"], user["odoo_matched"]) == ("local", "Ada", "admin", True)
        assert (result.updated, result.counts.created) == (1, 0)

    def test_the_reason_in_quarantine_names_who_holds_the_address_at_the_end(self, here: World):
        here.database.users.create_index("email", name="theirs", unique=True, sparse=True)
        self.local_user(here, email="ada@example.com")
        archived, active = self.employee(here, active=False, name="Old"), self.employee(here)
        result = here.sync(Action.USERS)
        assert self.user_of(here, active)["id"] == "local"
        (row,) = here.database.sync_quarantine.find()
        assert (row["odoo_id"], result.counts.quarantined) == (archived, 1)
        assert f"Ada, Odoo id {active} has it. The row is archived" in row["reason"]

    def test_an_account_that_bears_another_odoo_user_is_not_linked(self, here: World):
        self.local_user(here, odoo_user_id=987)
        employee = self.employee(here)
        result = here.sync(Action.USERS)
        assert self.user_of(here, employee)["id"] != "local"
        assert "link_doubtful" in {each.kind for each in result.warnings}

    def test_a_run_with_a_filter_leaves_open_whose_an_account_is(self, here: World):
        here.sync(Action.USERS)
        self.local_user(here)
        first, second = self.employee(here), self.employee(here)
        result = here.sync(Action.USERS, Scope(domain=(("id", "=", first),)))
        assert result.counts.quarantined == 1
        row = here.database.sync_quarantine.find_one({"odoo_id": first})
        assert "only a run without a filter can tell" in row["reason"]
        here.odoo.delete("hr.employee", second)
        result = here.sync(Action.USERS)
        assert self.user_of(here, first)["id"] == "local"
        assert here.database.sync_quarantine.count_documents({}) == 0
        assert (result.updated, result.counts.quarantined, result.counts.rows) == (1, 0, here.odoo.count("hr.employee"))

    def test_a_dry_run_links_nobody_and_counts_who_would_be(self, here: World):
        here.sync(Action.USERS)
        self.local_user(here)
        self.employee(here)
        assert here.sync(Action.USERS, Scope(dry_run=True)).updated == 1
        assert here.database.users.find_one({"id": "local"}).get("odoo_employee_id") is None

    def test_nulls_of_earlier_versions_are_removed_by_a_full_run_alone(self, here: World):
        here.sync(Action.USERS)
        users = here.database.users
        without = users.count_documents({"email": {"$exists": False}})
        users.update_many({"email": {"$exists": False}}, {"$set": {"email": None}})
        assert without
        assert here.sync(Action.USERS).updated == 0
        assert users.count_documents({"email": {"$type": "null"}}) == without
        assert here.sync(Action.USERS, Scope(mode=Mode.FULL, dry_run=True)).updated == 0
        assert users.count_documents({"email": {"$type": "null"}}) == without
        assert here.sync(Action.USERS, FULL).updated == 0
        assert users.count_documents({"email": {"$exists": False}}) == without

    def test_a_doubtful_email_links_nobody(self, here: World):
        self.local_user(here)
        self.local_user(here, id="other")
        employee = self.employee(here)
        here.sync(Action.USERS)
        user = here.database.users.find_one({"odoo_employee_id": employee})
        assert user is not None
        assert user["id"] not in {"local", "other"}

    def test_a_department_that_arrives_later_is_filled_in(self, here: World):
        first = here.sync(Action.USERS)
        assert here.database.users.count_documents({"department_id": {"$ne": None}}) == 0
        assert "departments that its documents refer to are not in the store yet." in str(first.warnings[0])
        here.sync(Action.DEPARTMENTS)
        assert here.sync(Action.USERS).warnings == ()
        lacking = {"odoo_department_id": {"$ne": None}, "department_id": None}
        assert here.database.users.count_documents(lacking) == 0

    def test_a_department_that_is_renamed_or_gone_is_followed(self, here: World):
        here.sync(Action.DEPARTMENTS)
        here.sync(Action.USERS)
        users = here.database.users
        number = users.find_one({"odoo_department_id": {"$ne": None}})["odoo_department_id"]
        theirs = {"odoo_department_id": number}
        here.odoo.write("hr.department", number, {"name": "Night watch"})
        here.sync(Action.DEPARTMENTS)
        assert here.sync(Action.USERS).counts.updated == users.count_documents(theirs)
        assert users.distinct("department_name", theirs) == ["Night watch"]
        here.database.departments.delete_one({"odoo_id": number})
        here.sync(Action.USERS)
        assert users.distinct("department_name", theirs) == [None]
        assert here.sync(Action.USERS).counts.updated == 0


def test_a_user_that_the_application_switched_on_and_off_stays_off(here: World):
    here.sync(Action.DEPARTMENTS)
    here.sync(Action.USERS)
    users = here.database.users
    number = users.find_one({"is_active": True, "odoo_employee_id": {"$gt": 0}})["odoo_employee_id"]
    mine = {"odoo_employee_id": number}
    here.odoo.archive("hr.employee", number)
    here.sync(Action.USERS)
    users.update_one(mine, {"$set": {"is_active": True}})
    here.odoo.unarchive("hr.employee", number)
    assert here.sync(Action.USERS).counts.updated == 1
    assert users.find_one(mine)["inactive_reason"] is None
    users.update_one(mine, {"$set": {"is_active": False}})
    assert here.sync(Action.USERS, FULL).counts.reactivated == 0
    assert users.find_one(mine)["is_active"] is False
