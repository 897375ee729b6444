"""Where documents hold names of related records, and when these have to be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from odoo_sync_tui.core.cursor import Cursor, RelatedState
from odoo_sync_tui.core.entity import DocumentField, Entity, RowTable
from odoo_sync_tui.entities import accounts, opportunities, users
from odoo_sync_tui.pipeline.entity.plan.renames import as_of, find_name_paths, has_moved, keep_known
from odoo_sync_tui.store.documents.names import NamePath, NewNames

AT = datetime(2026, 1, 2, 12, tzinfo=UTC)
OVERLAP = timedelta(minutes=10)
BEFORE = RelatedState("res.partner", AT - timedelta(minutes=30), AT - timedelta(minutes=20), AT)
OLD = replace(BEFORE, newest=AT - timedelta(hours=2), seen_at=AT)


@pytest.mark.parametrize(
    ("entity", "fields", "paths"),
    [
        (
            opportunities.ENTITY,
            {"partner_id": "res.partner", "company_currency": "res.currency", "lost_reason_id": "crm.lost.reason"},
            {
                NamePath("res.partner", "data.partner_id", "data.partner_name"),
                NamePath("crm.lost.reason", "data.lost_reason_id", "data.lost_reason_name"),
            },
        ),
        (
            users.ENTITY,
            {"department_id": "hr.department", "parent_id": "hr.employee", "user_id": "res.users"},
            {NamePath("hr.department", "odoo_department_id", "odoo_department_name")},
        ),
        (
            users.LAKE_ENTITY,
            {"parent_id": "hr.employee", "user_id": "res.users"},
            {
                NamePath("hr.employee", "data.manager_id", "data.manager_name"),
                NamePath("res.users", "data.user_id", "data.user_name"),
            },
        ),
        (accounts.ENTITY, {}, set()),
    ],
    ids=["leads", "users", "lake users", "no related records"],
)
def test_names_are_found_beside_their_ids(entity: Entity, fields: dict[str, str], paths: set[NamePath]) -> None:
    assert set(find_name_paths(entity, fields)) == paths


def test_an_entity_that_cannot_map_the_row_has_no_names() -> None:
    def refuse(rows: RowTable) -> Sequence[object]:
        raise ValueError(rows)

    broken = replace(accounts.ENTITY, document_fields=(DocumentField("user_id", refuse),))
    assert find_name_paths(broken, {"user_id": "res.users"}) == ()


@pytest.mark.parametrize(
    ("before", "newest", "moved"),
    [
        pytest.param(BEFORE, BEFORE.newest, False, id="nothing changed"),
        pytest.param(BEFORE, AT, True, id="changed"),
        pytest.param(BEFORE, BEFORE.newest - OVERLAP, True, id="the newest record was deleted"),
        pytest.param(replace(BEFORE, seen_at=AT - OVERLAP), BEFORE.newest, True, id="a transaction may be open"),
        pytest.param(OLD, OLD.newest, False, id="of long ago, though it was never seen before"),
    ],
)
def test_a_model_is_looked_at_where_it_may_have_changed(before: RelatedState, newest: datetime, moved: bool) -> None:
    assert has_moved(before, replace(before, newest=newest), OVERLAP) is moved


def test_what_changed_after_a_moment_is_left_to_the_next_run() -> None:
    (state,) = as_of([BEFORE], BEFORE.newest - OVERLAP)
    assert state.newest == BEFORE.newest - OVERLAP
    assert has_moved(state, state, OVERLAP)


def test_the_state_of_a_model_that_could_not_be_read_is_kept() -> None:
    cursor = Cursor(AT, "basis", "access", "run", AT, related=(BEFORE, replace(BEFORE, model="crm.team")))
    now = replace(BEFORE, newest=AT, seen_at=AT)
    assert keep_known([now], cursor) == (now, cursor.related[1])
    assert keep_known([now], None) == (now,)


def test_it_is_known_since_when_a_model_has_not_changed() -> None:
    cursor, later = Cursor(AT, "basis", "access", "run", AT, related=(BEFORE,)), AT + OVERLAP
    now = replace(BEFORE, seen_at=later, read_at=later)
    assert keep_known([now], cursor) == (replace(now, seen_at=BEFORE.seen_at),)


PATH = NamePath("res.partner", "data.partner_id", "data.partner_name")


@pytest.mark.parametrize(
    ("data", "differ"),
    [
        ({"partner_id": 1, "partner_name": "old"}, True),
        ({"partner_id": 1, "partner_name": None}, True),
        ({"partner_id": 1, "partner_name": "new"}, False),
        ({"partner_id": 3, "partner_name": "old"}, False),
        ({"partner_id": [1], "partner_name": "old"}, False),
        ({}, False),
    ],
)
def test_a_document_differs_where_it_holds_another_name_of_the_record(data: dict[str, object], differ: bool) -> None:
    assert NewNames(PATH, {1: "new"}).differ({"data": data}) is differ


def test_many_names_are_told_apart_here_and_few_by_the_server() -> None:
    few, many = NewNames(PATH, {1: "a", 2: "b"}), NewNames(PATH, {each: str(each) for each in range(11)})
    assert list(few.conditions()) == [
        {"data.partner_id": 1, "data.partner_name": {"$ne": "a"}},
        {"data.partner_id": 2, "data.partner_name": {"$ne": "b"}},
    ]
    assert list(many.conditions()) == [{"data.partner_id": {"$in": list(range(11))}}]
