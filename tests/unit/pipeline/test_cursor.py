"""What a run makes of the cursor of the last one, and which cursor it leaves to the next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from odoo_sync_tui.core.cursor import CensusTotals, Cursor, DocumentTotals, IdTotals, RelatedState
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.core.scope import Mode, Scope
from odoo_sync_tui.entities import accounts, users
from odoo_sync_tui.odoo.rows.fingerprints import ReadProfile
from odoo_sync_tui.pipeline.entity.plan.cursor import MARGIN, UNVERIFIED, CursorDecision, may_skip_census, next_cursor

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
READ = NOW - timedelta(hours=1)
OVERLAP = timedelta(minutes=10)
SECOND = timedelta(seconds=1)
SLOW = OVERLAP + MARGIN
PROFILE = ReadProfile("basis", "access", (), ("id", "name"), ())
CURSOR = Cursor(READ, "basis", "access", "earlier", READ, ("id", "name"))
SETTLED = replace(CURSOR, seen_at=READ, read_at=READ + SLOW + SECOND)
OTHER = replace(CURSOR, read_fingerprint="another")
INVALID = replace(CURSOR, write_date=None, read_fingerprint=UNVERIFIED)
AHEAD = replace(CURSOR, write_date=NOW + timedelta(minutes=6))
DAY = timedelta(days=1)
TOTALS = CensusTotals(IdTotals(2, 3), DocumentTotals(IdTotals(2, 3), 1), NOW - DAY / 2)
RELATED = (RelatedState("res.partner", READ, READ, NOW),)
INCREMENTAL, FULL = Scope(), Scope(mode=Mode.FULL)


def decide(
    cursor: Cursor | None,
    scope: Scope = INCREMENTAL,
    entity: Entity = accounts.ENTITY,
    now: datetime | None = NOW,
    newest: datetime | None = READ,
) -> CursorDecision:
    return CursorDecision.of(cursor, entity, PROFILE, scope, OVERLAP, now, newest)


@pytest.mark.parametrize(
    ("cursor", "scope", "since", "compares_contents"),
    [
        pytest.param(None, INCREMENTAL, None, True, id="no cursor"),
        pytest.param(CURSOR, INCREMENTAL, READ - OVERLAP, False, id="a cursor"),
        pytest.param(
            replace(CURSOR, seen_at=READ, read_at=READ + SLOW), INCREMENTAL, READ - OVERLAP, False, id="a fresh cursor"
        ),
        pytest.param(SETTLED, INCREMENTAL, READ + SECOND, False, id="a settled one"),
        pytest.param(CURSOR, FULL, None, False, id="a full run"),
        pytest.param(CURSOR, Scope(reread=True), READ - OVERLAP, True, id="a comparison is asked for"),
        pytest.param(OTHER, INCREMENTAL, None, True, id="rows read otherwise"),
        pytest.param(INVALID, INCREMENTAL, None, True, id="an invalidated cursor"),
        pytest.param(replace(CURSOR, write_date=None), INCREMENTAL, None, False, id="a cursor of no rows"),
        pytest.param(AHEAD, INCREMENTAL, None, False, id="a cursor ahead of the clock"),
        pytest.param(AHEAD, FULL, None, False, id="a full run ahead of the clock"),
    ],
)
def test_the_cursor_decides_what_is_read_and_compared(
    cursor: Cursor | None, scope: Scope, since: datetime | None, compares_contents: bool
) -> None:
    decision = decide(cursor, scope)
    assert (decision.since, decision.compares_contents) == (since, compares_contents)


@pytest.mark.parametrize(
    ("cursor", "invalidated"),
    [(None, None), (CURSOR, None), (INVALID, None), (AHEAD, None), (OTHER, INVALID)],
    ids=["none", "proven", "invalidated before", "ahead of the clock", "another fingerprint"],
)
def test_a_cursor_with_another_fingerprint_is_invalidated_once(
    cursor: Cursor | None, invalidated: Cursor | None
) -> None:
    assert decide(cursor).invalidated == invalidated


def test_documents_with_copies_from_the_store_are_always_compared() -> None:
    assert decide(CURSOR, entity=users.ENTITY).compares_contents


@pytest.mark.parametrize(
    ("ahead", "scope", "now", "warned"),
    [
        (timedelta(minutes=6), INCREMENTAL, NOW, ["clock"]),
        (timedelta(minutes=5), INCREMENTAL, NOW, []),
        (timedelta(minutes=6), FULL, NOW, []),
        (timedelta(minutes=6), INCREMENTAL, None, []),
    ],
    ids=["beyond the tolerance", "within the tolerance", "a full run", "an unknown clock"],
)
def test_a_cursor_ahead_of_the_clock_is_a_warning(
    ahead: timedelta, scope: Scope, now: datetime | None, warned: list[str]
) -> None:
    decision = decide(replace(CURSOR, write_date=NOW + ahead), scope, now=now, newest=NOW + ahead)
    assert [notice.kind for notice in decision.warnings] == warned


@pytest.mark.parametrize(
    ("newest", "since", "warned"),
    [
        (READ, READ - OVERLAP, []),
        (READ - OVERLAP, READ - OVERLAP, []),
        (READ - OVERLAP - timedelta(seconds=1), None, ["moved_back"]),
        (None, READ - OVERLAP, []),
    ],
    ids=["as it was", "back within the overlap", "further back", "no rows"],
)
def test_a_newest_change_older_than_what_was_read_is_a_warning_and_everything_is_read_again(
    newest: datetime | None, since: datetime | None, warned: list[str]
) -> None:
    decision = decide(CURSOR, newest=newest)
    assert decision.since == since
    assert [notice.kind for notice in decision.warnings] == warned


def test_the_next_cursor_knows_the_values_that_fields_may_have() -> None:
    profile = replace(PROFILE, shapes={"state": "selection(a)"})
    assert next_cursor(CURSOR, profile, profile, NOW, "run", NOW, TOTALS, RELATED, NOW).shapes == profile.shapes


def test_the_next_cursor_stands_at_the_newest_change() -> None:
    saved = next_cursor(CURSOR, PROFILE, PROFILE, NOW, "run", NOW, TOTALS, RELATED, NOW)
    seen = replace(CURSOR, write_date=NOW, run_id="run", saved_at=NOW, seen_at=NOW, read_at=NOW)
    assert saved == replace(seen, census=TOTALS, related=RELATED)


def test_the_next_cursor_knows_since_when_the_newest_change_is_known() -> None:
    later = NOW + DAY
    for newest, seen_at in ((READ, SETTLED.seen_at), (NOW, later)):
        saved = next_cursor(SETTLED, PROFILE, PROFILE, newest, "run", later, None, (), later)
        assert (saved.seen_at, saved.read_at) == (seen_at, later)


@pytest.mark.parametrize(("before", "stands_at"), [(CURSOR, READ), (None, None)])
def test_the_next_cursor_stays_where_odoo_holds_no_rows(before: Cursor | None, stands_at: datetime | None) -> None:
    assert next_cursor(before, PROFILE, PROFILE, None, "run", NOW, None, (), None).write_date == stands_at


def test_a_field_that_was_dropped_during_the_run_leaves_a_cursor_that_proves_nothing() -> None:
    at_end = replace(PROFILE, read_fingerprint="another", models_without_names=("res.partner",))
    saved = next_cursor(CURSOR, PROFILE, at_end, NOW, "run", NOW, None, (), None)
    assert (saved.write_date, saved.read_fingerprint) == (None, UNVERIFIED)
    assert (saved.fields, saved.models_without_names) == (PROFILE.fields, ("res.partner",))


@pytest.mark.parametrize(
    ("last", "scope", "hours", "may_skip"),
    [
        pytest.param(TOTALS, INCREMENTAL, 24, True, id="totals"),
        pytest.param(TOTALS, INCREMENTAL, 12, False, id="a census of long ago"),
        pytest.param(TOTALS, INCREMENTAL, 0, False, id="all runs list"),
        pytest.param(replace(TOTALS, listed_at=NOW + DAY), INCREMENTAL, 24, False, id="ahead"),
        pytest.param(TOTALS, FULL, 24, False, id="a full run"),
        pytest.param(TOTALS, Scope(domain=(("id", ">", 1),)), 24, False, id="a filter"),
        pytest.param(TOTALS, Scope(reread=True), 24, False, id="a comparison"),
        pytest.param(TOTALS, Scope(confirm_retire={"accounts": 1}), 24, False, id="a confirmation"),
        pytest.param(TOTALS, Scope(confirm_retire={"invoices": 1}), 24, True, id="a confirmation for others"),
    ],
)
def test_only_an_incremental_run_soon_after_a_census_does_without_one(
    last: CensusTotals, scope: Scope, hours: int, may_skip: bool
) -> None:
    assert may_skip_census(last, accounts.ENTITY, scope, timedelta(hours=hours), NOW) is may_skip
