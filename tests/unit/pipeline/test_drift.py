"""What became of the fields of a model since the last run, and of the right to read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from odoo_sync_tui.core.cursor import Cursor, DriftKind
from odoo_sync_tui.core.entity import Entity, FieldChoice
from odoo_sync_tui.core.errors import OdooFieldsLostError
from odoo_sync_tui.entities import accounts
from odoo_sync_tui.odoo.rows.fingerprints import ReadProfile
from odoo_sync_tui.pipeline.entity.plan.cursor import next_cursor
from odoo_sync_tui.pipeline.entity.plan.drift import Drift, DriftFinder, make_notices, refuse_lost_fields

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
READ = NOW - timedelta(hours=1)
PROFILE = ReadProfile("basis", "access", (), ("id", "name"), ())
CURSOR = Cursor(READ, "basis", "access", "earlier", READ, ("id", "name"), read_at=READ, patterns=("*",))
ALL = replace(accounts.ENTITY, name="deals", model="crm.lead", choice=FieldChoice(("*",)))
NEW, WIDENED, UNCLEAR = DriftKind.NEW, DriftKind.RIGHTS_WIDENED, DriftKind.NEW_OR_READABLE


@dataclass
class FakeModels:
    """Odoo's answers about fields, by name."""

    unreadable: Mapping[str, bool | None] = field(default_factory=dict)
    made: Mapping[str, datetime] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def find_unreadable(self, model: str, names: Sequence[str]) -> Mapping[str, bool | None]:
        self.asked += names
        return {name: self.unreadable.get(name) for name in names}

    def find_creation_times(self, model: str, names: Sequence[str]) -> Mapping[str, datetime]:
        self.asked += names
        return self.made


def find(
    cursor: Cursor, profile: ReadProfile = PROFILE, entity: Entity = ALL, models: FakeModels | None = None, **known
) -> Drift:
    finder = DriftFinder(entity, cursor, profile, models or FakeModels(), "this run", NOW)
    drift = finder.find(known)
    assert finder.has_changes() is bool(drift.changes)
    return drift


def left_out(*names: str) -> Entity:
    return replace(ALL, choice=FieldChoice(("*",), left_out=names))


@pytest.mark.parametrize(
    ("answer", "change", "told"),
    [
        (True, DriftKind.RIGHTS_NARROWED, "rights of the Odoo user were narrowed: it may not read vat of crm.lead"),
        (False, DriftKind.GONE, "crm.lead has vat no more: they become null"),
        (None, DriftKind.GONE_OR_UNREADABLE, "Odoo no longer shows vat of crm.lead"),
    ],
)
def test_a_lost_field_is_gone_or_its_right_is_where_odoo_lets_that_be_told(
    answer: bool | None, change: DriftKind, told: str
) -> None:
    drift = find(replace(CURSOR, fields=("id", "name", "vat")), models=FakeModels({"vat": answer}))
    assert [(each.field, each.change, each.since, each.run_id) for each in drift.news] == [
        ("vat", change, "earlier", "this run")
    ]
    (notice,) = make_notices(ALL, drift.news)
    assert (notice.kind, notice.entity) == ("lost_fields", "deals")
    assert told in notice.message
    refuse_lost_fields(ALL, drift)
    with pytest.raises(OdooFieldsLostError, match="no longer shows vat"):
        refuse_lost_fields(replace(ALL, choice=FieldChoice(("*",), freezes_lost=True)), drift)


@pytest.mark.parametrize(
    ("cursor", "made", "change"),
    [
        pytest.param(CURSOR, NOW, NEW, id="a custom field made since"),
        pytest.param(CURSOR, READ - timedelta(days=1), WIDENED, id="one that was there before"),
        pytest.param(CURSOR, None, UNCLEAR, id="a field of a module"),
        pytest.param(replace(CURSOR, hidden=("x_region",)), NOW, WIDENED, id="one whose right was taken away once"),
    ],
)
def test_a_new_field_is_told_from_one_that_may_be_read_since(
    cursor: Cursor, made: datetime | None, change: DriftKind
) -> None:
    models = FakeModels(made={"x_region": made} if made else {})
    told = find(cursor, entity=left_out("x_region"), models=models)
    assert [(each.change, each.text) for each in told.news] == [(change, "not read")]
    (notice,) = make_notices(ALL, told.news)
    assert 'Name them in the fields of [entities.deals], or set on_new_fields = "take" there.' in notice.hint
    taken = find(cursor, replace(PROFILE, fields=("id", "name", "x_region")), models=models)
    assert [(each.change, each.text) for each in taken.news] == [(change, "read now")]


def test_a_field_that_was_told_once_is_not_told_again_nor_when_new_ones_are_taken() -> None:
    told = replace(CURSOR, unread=("x_region",))
    assert find(told, entity=left_out("x_region")).changes == []
    assert find(told, replace(PROFILE, fields=("id", "name", "x_region"))).changes == []


@pytest.mark.parametrize(("is_unreadable", "changes"), [(True, []), (False, [WIDENED])])
def test_a_field_that_is_wanted_but_may_not_be_read_is_no_news_until_it_may(
    is_unreadable: bool, changes: list[DriftKind]
) -> None:
    hidden, models = replace(CURSOR, hidden=("vat",)), FakeModels({"vat": is_unreadable})
    finder = DriftFinder(left_out("vat"), hidden, PROFILE, models, "this run", NOW)
    assert [each.change for each in finder.find({}).news] == changes
    assert find(replace(hidden, unread=("vat",)), entity=left_out("vat")).changes == [], "nor asked about again"
    assert [each.change for each in find(hidden, replace(PROFILE, fields=("id", "name", "vat"))).news] == [WIDENED]


def test_a_cursor_knows_what_was_told_and_what_is_hidden() -> None:
    profile = replace(PROFILE, missing_fields=("vat",))
    ends = {"newest": READ, "run_id": "r", "saved_at": NOW, "census": None, "related": (), "read_at": NOW}
    before = replace(CURSOR, hidden=("name", "phone"))
    cursor = next_cursor(before, profile, profile, choice=left_out("x").choice, narrowed=["street"], **ends)
    assert (cursor.unread, cursor.hidden) == (("x",), ("phone", "street", "vat"))
    package = next_cursor(None, profile, profile, **ends)
    assert (package.unread, package.hidden) == (("vat",), ()), "Odoo may lack a field of the package"


def test_an_entity_of_the_package_knows_of_the_fields_alone_that_it_missed() -> None:
    profile, entity = replace(PROFILE, fields=("id", "name", "phone", "vat")), accounts.ENTITY
    drift = find(replace(CURSOR, unread=("vat",), patterns=()), profile, entity)
    assert [(each.field, each.change) for each in drift.news] == [("vat", UNCLEAR)]


def test_another_choice_of_fields_is_no_drift() -> None:
    chosen = replace(CURSOR, patterns=("name", "vat"), fields=("id", "name", "vat"))
    assert find(chosen, replace(PROFILE, fields=("id", "name", "phone"))).changes == []


def test_what_is_recorded_is_neither_asked_nor_told_again() -> None:
    cursor, models = replace(CURSOR, fields=("id", "name", "vat")), FakeModels({"vat": True})
    (first,) = find(cursor, models=models).news
    models.asked.clear()
    again = find(cursor, models=models, **{first.key: first})
    assert (again.news, again.lost, again.narrowed, models.asked) == ([], ["vat"], ["vat"], [])


@pytest.mark.parametrize(
    ("before", "now", "message"),
    [
        ("char", "integer", "was char and is integer now"),
        ("many2one(res.users)", "many2one(res.partner)", "was many2one(res.users) and is many2one(res.partner) now"),
        ("selection(draft,sent)", "selection(draft,done,sent)", "may be done now"),
        ("selection(a,b)", "selection(a,c)", "may be c now and may no longer be b"),
        ("char", "selection(a)", "was char and is selection(a) now"),
    ],
)
def test_a_field_that_may_have_other_values_is_told(before: str, now: str, message: str) -> None:
    profile = replace(PROFILE, shapes={"state": now, "name": "char", "new": "char"})
    drift = find(replace(CURSOR, shapes={"state": before, "name": "char", "gone": "char"}), profile)
    (notice,) = make_notices(ALL, drift.news)
    assert (notice.kind, notice.message) == ("drift", f"state of crm.lead {message}.")
    assert str(drift.news[0]) == f"state: {message}"
