"""Users on a real mongod: local ones are linked to employees, contested ones to nobody."""

from collections.abc import Iterator

import pytest

from odoo_sync_tui.core.entity import Block, RejectedRow
from odoo_sync_tui.store.database import Store, open_store
from odoo_sync_tui.store.documents.changes import ChangeKind, WriteReport
from tests.support.store import (
    ACCOUNTS,
    PEOPLE,
    USERS,
    change,
    config,
    created,
    database_of,
    document,
)


@pytest.fixture
def store(mongo_uri: str, database_name: str) -> Iterator[Store]:
    with open_store(config(mongo_uri, database_name)) as opened:
        yield opened


@pytest.fixture
def people(store: Store):
    return database_of(store).users


def stored(store: Store, odoo_id: int, entity=ACCOUNTS):
    return store.documents.find_in_block(entity, Block(odoo_id - 1, odoo_id))[odoo_id]


def update(odoo_id: int, key: object, kind=ChangeKind.UPDATED, entity=ACCOUNTS, **row):
    return change(kind, document(entity, odoo_id, **row), key)


def test_another_unique_field_rejects_only_its_document(store: Store, people):
    people.create_index("email", unique=True, name="theirs", partialFilterExpression={"email": {"$gt": ""}})
    people.insert_one({"email": "boss@acme.example", "odoo_employee_id": 99})
    page = created(USERS, 1, work_email="boss@acme.example") + created(USERS, 2, work_email="anna@acme.example")
    report = store.documents.write(PEOPLE, page, 1)
    assert report == WriteReport(
        1, rejected=(RejectedRow(1, "Another document of users already holds email 'boss@acme.example'."),)
    )


def test_a_local_switch_survives_a_contested_creation(store: Store, people):
    people.insert_one({"_id": "x", "odoo_employee_id": 1, "is_active": False, "role": "admin"})
    assert store.documents.write(PEOPLE, created(USERS, 1), 1).written == 1
    (found,) = people.find()
    assert (found["is_active"], found["role"], found["name"]) == (False, "admin", "Name 1")


# -------------------------------------------------------------------------------------------------- linking


def test_a_local_user_is_taken_over_and_keeps_what_is_theirs(store: Store, people):
    people.insert_one(
        {
            "_id": "u1",
            "id": "7f",
            "email": "Anna@Acme.example",
            "role": "admin",
            "is_approved": True,
            "is_active": False,
        }
    )
    links = store.documents.find_unlinked(PEOPLE, ["anna@acme.example", "nobody@acme.example"])
    assert links == {"anna@acme.example": "u1"}
    taken = update(5, "u1", ChangeKind.LINKED, USERS, work_email="anna@acme.example")
    assert store.documents.write(PEOPLE, [taken], 1) == WriteReport(written=1)
    (found,) = people.find()
    kept = {"_id": "u1", "id": "7f", "role": "admin", "is_approved": True, "is_active": False}
    assert {name: found[name] for name in kept} == kept
    assert (found["odoo_employee_id"], found["email"]) == (5, "anna@acme.example")
    assert store.documents.find_unlinked(PEOPLE, ["anna@acme.example"]) == {}


def test_an_address_of_two_local_users_links_neither(store: Store, people):
    people.insert_many([{"email": "team@acme.example"}, {"email": "TEAM@acme.example", "odoo_employee_id": None}])
    assert store.documents.find_unlinked(PEOPLE, ["team@acme.example"]) == {}


def test_a_user_who_was_linked_meanwhile_is_not_linked_again(store: Store, people):
    people.insert_one({"_id": "u1", "email": "anna@acme.example", "odoo_employee_id": 4})
    late = update(5, "u1", ChangeKind.LINKED, USERS, work_email="anna@acme.example")
    assert store.documents.write(PEOPLE, [late], 1) == WriteReport(missed=1)
    assert people.find_one()["odoo_employee_id"] == 4


def test_an_employee_is_never_linked_to_a_second_user(store: Store, people):
    people.insert_many([{"_id": "u1", "odoo_employee_id": 5}, {"_id": "u2", "email": "anna@acme.example"}])
    late = update(5, "u2", ChangeKind.LINKED, USERS, work_email="anna@acme.example")
    assert store.documents.write(PEOPLE, [late], 1) == WriteReport(missed=1)
    assert people.count_documents({"odoo_employee_id": 5}) == 1


def test_local_users_are_no_documents_of_odoo(store: Store, people):
    people.insert_many(
        [{"email": "a@x", "is_active": True}, {"email": "b@x", "is_active": True, "odoo_employee_id": None}]
    )
    store.documents.write(PEOPLE, created(USERS, 1) + created(USERS, 2, active=False), 1)
    assert store.documents.counts([PEOPLE]) == [(1, 1)]
