"""Employees become users: linked by email, left switched off, their departments followed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.demo import DemoOdoo
from tests.support.world import FULL, World, world


@pytest.fixture
def odoo() -> Iterator[DemoOdoo]:
    with DemoOdoo(records=60) as server:
        yield server


@pytest.fixture
def here(odoo: DemoOdoo, mongo_uri: str, database_name: str) -> Iterator[World]:
    with world(mongo_uri, database_name, odoo) as parts:
        yield parts


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
