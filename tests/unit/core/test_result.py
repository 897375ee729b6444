from __future__ import annotations

import json
from datetime import UTC

from hypothesis import example, given
from hypothesis import strategies as st

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.result import Counts, EntityResult, EntityState, Notice, SyncResult


def test_synced_counts_what_is_in_step():
    counts = Counts(created=1, updated=2, unchanged=3, reactivated=4, deactivated=5, quarantined=6)
    assert counts.synced == 10
    assert counts.rows == 21


def test_counts_add_up_figure_by_figure():
    total = Counts(created=1, quarantined=2) + Counts(created=2, deactivated=3)
    assert total == Counts(created=3, deactivated=3, quarantined=2)


def test_result_sums_its_entities_and_prints_every_promised_key():
    result = SyncResult(
        "run",
        "sync_data_lake",
        Outcome.PARTIAL,
        {
            "accounts": EntityResult("accounts", EntityState.SUCCESS, Counts(created=2, unchanged=1)),
            "invoices": EntityResult("invoices", EntityState.PARTIAL, Counts(updated=1, deactivated=1)),
        },
        errors=(Notice("odoo", "It broke.", "Mend it.", "invoices"),),
    )
    assert (result.synced, result.created, result.updated, result.deactivated) == (4, 2, 1, 1)
    data = result.as_dict()
    promised = "run_id action outcome synced created updated unchanged reactivated deactivated quarantined"
    assert set(promised.split()) <= data.keys()
    assert {"duration_seconds", "entities", "errors"} <= data.keys()
    assert data["errors"] == [{"kind": "odoo", "entity": "invoices", "message": "It broke.", "hint": "Mend it."}]
    assert str(result.errors[0]) == "invoices: It broke. Mend it."


# --------------------------------------------------------------------------------------------- read back

NUMBERS = st.integers(0, 2**62)
SECONDS = st.integers(0, 10**9).map(lambda milliseconds: milliseconds / 1000)
TIMES = st.none() | st.datetimes(timezones=st.just(UTC))
WORDS = st.text(min_size=1)
NOTICES = st.lists(st.builds(Notice, WORDS, st.text(), st.text(), st.none() | WORDS), max_size=3).map(tuple)
COUNTS = st.builds(Counts, *[NUMBERS] * 6)
ENTITIES = st.builds(EntityResult, WORDS, st.sampled_from(EntityState), COUNTS, NUMBERS, NUMBERS, SECONDS, TIMES, TIMES)
RESULTS = st.builds(
    SyncResult,
    st.text(),
    st.sampled_from(Action),
    st.sampled_from(Outcome),
    st.lists(ENTITIES, max_size=3).map(lambda entities: {entity.name: entity for entity in entities}),
    NOTICES,
    NOTICES,
    SECONDS,
    NUMBERS,
    st.booleans(),
    st.booleans(),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ENTITY_KEYS = tuple(EntityResult("", "").as_dict())
RESULT_KEYS = tuple(SyncResult("", "", Outcome.FAILED).as_dict())
ODD_ENTITIES = st.dictionaries(st.text(), st.dictionaries(st.sampled_from(ENTITY_KEYS), VALUES))
ODD_NOTICES = st.lists(st.dictionaries(st.sampled_from(("kind", "entity", "message", "hint")), VALUES))


@given(RESULTS)
def test_a_stored_result_is_read_back_as_it_was(result: SyncResult):
    assert SyncResult.from_dict(json.loads(json.dumps(result.as_dict()))) == result


@given(st.dictionaries(st.sampled_from(RESULT_KEYS), VALUES), VALUES | ODD_ENTITIES, VALUES | ODD_NOTICES)
@example({"duration_seconds": float("nan"), "retries": True}, {"users": None}, "broken")
def test_a_result_of_any_shape_can_be_read_and_printed(stored, entities, notices):
    result = SyncResult.from_dict({**stored, "entities": entities, "errors": notices, "warnings": notices})
    assert json.dumps(result.as_dict(), allow_nan=False)
    assert all(isinstance(str(notice), str) for notice in (*result.errors, *result.warnings))
    assert result.counts.rows == sum(entity.counts.rows for entity in result.entities.values())


def test_a_state_of_a_newer_version_keeps_its_word():
    stored = {"outcome": "splendid", "entities": {"users": {"state": "postponed", "created": 2, "updated": "two"}}}
    result = SyncResult.from_dict(stored)
    assert result.outcome is Outcome.FAILED
    assert result.entities == {"users": EntityResult("users", "postponed", Counts(created=2))}
