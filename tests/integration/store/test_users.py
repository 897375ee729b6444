"""Users on a real mongod: local ones are linked to employees, contested ones to nobody."""

from typing import Any

import pytest
from pymongo.collection import Collection

from odoo_sync_tui.store.database import Store
from odoo_sync_tui.store.documents.changes import Change, ChangeKind, WriteReport
from tests.support.store import (
    LAKE,
    PEOPLE,
    USERS,
    created,
    database_of,
    update,
)


@pytest.fixture
def people(store: Store) -> Collection[Any]:
    return database_of(store).users


ADDRESSES = ("anna@acme.example", "nobody@acme.example")


def holders(store: Store, *values: str) -> dict[str, list[object]]:
    found = store.documents.find_holders(PEOPLE, values)
    return {value: [each.key for each in documents] for value, documents in found.items()}


def write(store: Store, *changes: Change) -> WriteReport:
    return store.documents.write(PEOPLE, changes, 1)


def renamed(odoo_id: int, address: str | None) -> Change:
    return update(odoo_id, f"odoo_employee_{odoo_id}", entity=USERS, work_email=address)


def addresses(people: Collection[Any]) -> dict[int, str | None]:
    return {each["odoo_employee_id"]: each.get("email") for each in people.find({"odoo_employee_id": {"$gt": 0}})}


# ------------------------------------------------------------------------------- unique indexes of other programs


@pytest.fixture(params=["sparse", "partial", "folded"])
def unique_addresses(people: Collection[Any], request: pytest.FixtureRequest) -> Collection[Any]:
    """The unique indexes on addresses that other programs make."""
    options = {
        "sparse": {"sparse": True},
        "partial": {"partialFilterExpression": {"email": {"$gt": ""}}},
        "folded": {"sparse": True, "collation": {"locale": "en", "strength": 2}},
    }
    if request.param == "folded":
        people.drop_index("email_folded")
    people.create_index("email", unique=True, name="theirs", **options[request.param])
    return people


def test_people_without_an_address_are_stored_beside_a_unique_index_on_it(
    store: Store, unique_addresses: Collection[Any]
):
    unique_addresses.insert_one({"_id": "local"})
    assert write(store, *created(USERS, 1), *created(USERS, 2, work_email="")) == WriteReport(2)
    assert unique_addresses.count_documents({"email": {"$exists": True}}) == 0
    write(store, *created(USERS, 3, work_email="c@x.example"), *created(USERS, 4, work_email="d@x.example"))
    assert write(store, renamed(3, None), renamed(4, None)) == WriteReport(2)
    assert unique_addresses.count_documents({"email": {"$exists": True}}) == 0
    assert {"role": None, "is_approved": False}.items() <= unique_addresses.find_one({"odoo_employee_id": 1}).items()


def test_an_address_that_is_held_already_rejects_only_its_document_and_says_who_holds_it(
    store: Store, unique_addresses: Collection[Any]
):
    unique_addresses.insert_one(
        {"_id": "7f", "email": "boss@acme.example", "odoo_employee_id": 99, "name": "Eve Boss", "is_active": True}
    )
    page = created(USERS, 1, work_email="boss@acme.example") + created(USERS, 2, work_email="anna@acme.example")
    report = write(store, *page)
    assert (report.written, report.contested_ids, len(report.rejected)) == (1, {1}, 1)
    assert report.rejected[0].reason == (
        "The email boss@acme.example must be unique (the index theirs of users), and document 7f, Eve Boss, "
        "Odoo id 99 has it. Change it for one of the two in Odoo, or drop the index if it may occur twice."
    )


def test_a_local_or_an_inactive_holder_of_an_address_gets_a_hint_of_its_own(
    store: Store, unique_addresses: Collection[Any]
):
    unique_addresses.insert_one({"_id": "7f", "email": "boss@acme.example", "name": "Eve"})
    unique_addresses.insert_one({"_id": "8a", "email": "old@acme.example", "odoo_employee_id": 9, "is_active": False})
    report = write(
        store,
        *created(USERS, 1, work_email="boss@acme.example"),
        *created(USERS, 2, work_email="old@acme.example"),
        *created(USERS, 3, work_email="old@acme.example", active=False),
    )
    local, inactive, archived = (row.reason for row in report.rejected)
    assert "The row is archived: empty the field there in Odoo" in archived
    assert "document 7f, Eve, not linked to Odoo has it. If both are the same, set odoo_employee_id to 1" in local
    assert "document 8a, Odoo id 9 has it. That one is inactive: empty the field of its archived row" in inactive
    assert "E11000" not in local + inactive


def test_an_index_that_is_not_sparse_is_named_where_a_second_document_lacks_the_address(
    store: Store, people: Collection[Any]
):
    people.create_index("email", unique=True, name="theirs")
    people.insert_one({"_id": "7f", "name": "Eve"})
    (row,) = write(store, *created(USERS, 1)).rejected
    assert row.reason == (
        "Only one document may be without email (the index theirs of users), and document 7f, Eve, not linked to Odoo "
        "is it already. Make that index sparse, or partial."
    )


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
def test_addresses_that_move_on_between_people_of_a_page_are_written_in_any_order(
    store: Store, unique_addresses: Collection[Any], order: tuple[int, ...]
):
    write(store, *(each for n in (1, 2, 3) for each in created(USERS, n, work_email=f"{n}@x.example")))
    moves = {1: "2@x.example", 2: "3@x.example", 3: "new@x.example"}
    assert write(store, *(renamed(n, moves[n]) for n in order)) == WriteReport(3)
    assert addresses(unique_addresses) == moves


def test_addresses_that_are_swapped_or_go_round_are_written(store: Store, unique_addresses: Collection[Any]):
    write(store, *(each for n in range(1, 6) for each in created(USERS, n, work_email=f"{n}@x.example")))
    swapped = {1: "2@x.example", 2: "1@x.example", 3: "4@x.example", 4: "5@x.example", 5: "3@x.example"}
    assert write(store, *(renamed(n, address) for n, address in swapped.items())) == WriteReport(5)
    assert addresses(unique_addresses) == swapped


def test_swapped_addresses_are_written_although_the_index_allows_one_document_without(
    store: Store, people: Collection[Any]
):
    people.create_index("email", unique=True)
    write(store, *(each for n in (1, 2) for each in created(USERS, n, work_email=f"{n}@x.example")))
    assert write(store, renamed(1, "2@x.example"), renamed(2, "1@x.example")) == WriteReport(2)
    people.insert_one({"_id": "without"})
    report = write(store, renamed(1, "1@x.example"), renamed(2, "2@x.example"))
    assert report.contested_ids == {1, 2}
    assert addresses(people) == {1: "2@x.example", 2: "1@x.example"}


def test_a_document_waits_for_an_address_without_losing_its_own(store: Store, unique_addresses: Collection[Any]):
    write(store, *(each for n in (1, 2, 3) for each in created(USERS, n, work_email=f"{n}@x.example")))
    report = write(store, renamed(1, "2@x.example"), renamed(2, "3@x.example"))
    assert report.contested_ids == {1, 2}
    assert addresses(unique_addresses) == {1: "1@x.example", 2: "2@x.example", 3: "3@x.example"}


def test_nulls_that_earlier_versions_wrote_are_removed_and_nothing_else(store: Store, people: Collection[Any]):
    people.insert_many(
        [
            {"_id": "a", "odoo_employee_id": 1, "email": None, "phone": None, "job_title": None},
            {"_id": "b", "odoo_employee_id": 2, "email": "b@x.example", "odoo_user_id": None, "fence": 7},
        ]
    )
    found = store.documents.find_page(USERS, [1, 2], ["email", "phone", "odoo_user_id"])
    assert all(each.has_nulls for each in found.states.values())
    store.documents.unset_nulls(PEOPLE, ["a", "b"], 1)
    assert people.find_one({"_id": "a"}) == {"_id": "a", "odoo_employee_id": 1, "job_title": None}
    assert "odoo_user_id" in people.find_one({"_id": "b"}), "a newer run's document was touched"
    assert not store.documents.find_page(USERS, [1], ["email", "phone", "odoo_user_id"]).states[1].has_nulls


# --------------------------------------------------------------------------------------------- local switches


def test_a_local_switch_survives_a_contested_creation(store: Store, people: Collection[Any]):
    people.insert_one({"_id": "x", "odoo_employee_id": 1, "is_active": False, "role": "admin"})
    assert store.documents.write(PEOPLE, created(USERS, 1), 1).written == 1
    (found,) = people.find()
    assert (found["is_active"], found["role"], found["name"]) == (False, "admin", "Name 1")


# -------------------------------------------------------------------------------------------------- linking


def test_a_local_user_is_taken_over_and_keeps_what_is_theirs(store: Store, people: Collection[Any]):
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
    assert store.documents.find_unlinked_values(PEOPLE, ADDRESSES) == {"anna@acme.example"}
    assert holders(store, *ADDRESSES) == {"anna@acme.example": ["u1"]}
    taken = update(5, "u1", ChangeKind.LINKED, USERS, work_email="anna@acme.example")
    assert store.documents.write(PEOPLE, [taken], 1) == WriteReport(written=1)
    (found,) = people.find()
    kept = {"_id": "u1", "id": "7f", "role": "admin", "is_approved": True, "is_active": False}
    assert {name: found[name] for name in kept} == kept
    assert (found["odoo_employee_id"], found["email"]) == (5, "anna@acme.example")
    assert store.documents.find_unlinked_values(PEOPLE, ADDRESSES) == set()
    assert holders(store, *ADDRESSES) == {"anna@acme.example": ["u1"]}


def test_all_holders_of_an_address_are_found_in_the_order_of_their_ids(store: Store, people: Collection[Any]):
    people.insert_many([{"_id": "b", "email": "TEAM@acme.example", "odoo_employee_id": None}])
    people.insert_many([{"_id": "a", "email": "team@acme.example"}, {"_id": "c", "email": "team@acme.example"}])
    people.update_one({"_id": "c"}, {"$set": {"odoo_employee_id": 5, "is_active": True, "name": "Cleo"}})
    found = store.documents.find_holders(PEOPLE, ["team@acme.example"])["team@acme.example"]
    assert [(each.key, each.odoo_id, each.active, each.name) for each in found] == [
        ("a", None, False, ""),
        ("b", None, False, ""),
        ("c", 5, True, "Cleo"),
    ]


def test_a_user_who_was_linked_meanwhile_is_not_linked_again(store: Store, people: Collection[Any]):
    people.insert_one({"_id": "u1", "email": "anna@acme.example", "odoo_employee_id": 4})
    late = update(5, "u1", ChangeKind.LINKED, USERS, work_email="anna@acme.example")
    assert store.documents.write(PEOPLE, [late], 1) == WriteReport(missed=1)
    assert people.find_one()["odoo_employee_id"] == 4


def test_an_employee_is_never_linked_to_a_second_user(store: Store, people: Collection[Any]):
    people.insert_many([{"_id": "u1", "odoo_employee_id": 5}, {"_id": "u2", "email": "anna@acme.example"}])
    late = update(5, "u2", ChangeKind.LINKED, USERS, work_email="anna@acme.example")
    assert store.documents.write(PEOPLE, [late], 1) == WriteReport(missed=1)
    assert people.count_documents({"odoo_employee_id": 5}) == 1


def test_local_users_are_no_documents_of_odoo(store: Store, people: Collection[Any]):
    people.insert_many(
        [{"email": "a@x", "is_active": True}, {"email": "b@x", "is_active": True, "odoo_employee_id": None}]
    )
    store.documents.write(PEOPLE, created(USERS, 1) + created(USERS, 2, active=False), 1)
    assert store.documents.counts([PEOPLE]) == [(1, 1, 0)]


# ------------------------------------------------------------------------------------------------ shared addresses


def test_addresses_that_an_operator_may_have_to_decide_are_listed(store: Store, people: Collection[Any]):
    def person(key: str, email: str, **fields: object) -> dict[str, object]:
        return {"_id": key, "email": email, "name": key.title(), "is_active": True, **fields}

    people.insert_many(
        [
            person("local", "Ada@x.example"),
            person("ada", "ada@x.example", odoo_employee_id=5),
            person("old", "bob@x.example", odoo_employee_id=6, is_active=False),
            person("new", "bob@x.example", odoo_employee_id=7),
            *(person(f"clear {n}", "info@x.example", odoo_employee_id=n) for n in (8, 9)),
            *(person(f"theirs {n}", "team@x.example") for n in (1, 2)),
            person("single", "eve@x.example", odoo_employee_id=10),
            {"_id": "without", "odoo_employee_id": 11},
            {"_id": "without too"},
        ]
    )
    shared = store.browser.list_shared_values(PEOPLE)
    assert shared is not None
    assert [(each.value, each.count, [holder.key for holder in each.holders]) for each in shared] == [
        ("ada@x.example", 2, ["local", "ada"]),
        ("bob@x.example", 2, ["old", "new"]),
    ]
    assert [(each.odoo_id, each.name, each.active) for each in shared[1].holders] == [
        (6, "Old", False),
        (7, "New", True),
    ]
    assert store.browser.list_shared_values(LAKE) == ()
