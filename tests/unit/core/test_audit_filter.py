"""What operators type to find events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo_sync_tui.core.actions import Outcome
from odoo_sync_tui.core.audit.events import AuditQuery, Exclusions
from odoo_sync_tui.core.audit.filter import FilterError, complete_filter, parse_filter

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone()


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", AuditQuery()),
        ("   ", AuditQuery()),
        ("action:sync_users", AuditQuery(actions=("sync_users",))),
        ("action:users", AuditQuery(actions=("sync_users",))),
        ('action:"Data lake"', AuditQuery(actions=("sync_data_lake",))),
        ("action:sync_d", AuditQuery(actions=("sync_departments", "sync_data_lake"))),
        (
            "action:dep !action:data",
            AuditQuery(actions=("sync_departments",), exclusions=Exclusions(actions=("sync_data_lake",))),
        ),
        ("action:lease", AuditQuery(actions=("lease_freed",))),
        ("action:drop", AuditQuery(actions=("drop_entity",))),
        ("outcome:fail", AuditQuery(outcome=Outcome.FAILED)),
        ("outcome:PART", AuditQuery(outcome=Outcome.PARTIAL)),
        ("!outcome:st", AuditQuery(exclusions=Exclusions(outcomes=(None,)))),
        ("action:data-lake", AuditQuery(actions=("sync_data_lake",))),
        ("action:their_own", AuditQuery(actions=("their_own",))),
        ('user:"anna b" run:r-1', AuditQuery(user_id="anna b", run_id="r-1")),
        ("operator:anna", AuditQuery(user_id="anna")),
        ("outcome:failed since:2d", AuditQuery(outcome=Outcome.FAILED, since=NOW - timedelta(days=2))),
        ("outcome:started", AuditQuery(no_outcome=True)),
        ("outcome:none", AuditQuery(no_outcome=True)),
        ("since:2026-01-02 until:2026-01-03", AuditQuery(since=local("2026-01-02"), until=local("2026-01-04"))),
        ("until:2026-01-03T10:00", AuditQuery(until=local("2026-01-03T10:00"))),
        ('"timed out" host', AuditQuery(texts=("timed out", "host"))),
        ('12:30 "user:anna"', AuditQuery(texts=("12:30", "user:anna"))),
        ("!user:cron !user:bob", AuditQuery(exclusions=Exclusions(user_ids=("cron", "bob")))),
        ("!outcome:none !outcome:success", AuditQuery(exclusions=Exclusions(outcomes=(None, Outcome.SUCCESS)))),
        ("!action:users !run:r", AuditQuery(exclusions=Exclusions(actions=("sync_users",), run_ids=("r",)))),
        ('!"a b" !c', AuditQuery(exclusions=Exclusions(texts=("a b", "c")))),
    ],
)
def test_a_filter_stands_for(text: str, query: AuditQuery) -> None:
    assert parse_filter(text, NOW) == query


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colour:red", 'There is no field "colour"; there are action, user, outcome, run, since, until.'),
        ("http://x", 'quote it: "http://x"'),
        ('"timed out', "A quotation mark is not closed"),
        ('user:"anna', "A quotation mark is not closed"),
        ("user:", '"user:" has no value'),
        ('user:""', '"user:" has no value'),
        ('""', "Nothing stands between"),
        ("!", "cannot be understood. Quote it"),
        ('a"b"', "cannot be understood"),
        ("user:anna user:bob", "user: stands twice"),
        ("outcome:bad", 'There is no outcome "bad"; there are success, partial'),
        ("outcome:begun", "started (or none) stands for events that are no end"),
        ("outcome:s", '"s" is the beginning of success and started'),
        ("outcome:", '"outcome:" has no value. There are success, partial, failed'),
        ("!action:", "There are sync_departments, sync_users, sync_data_lake, lease_freed, drop_entity, drift_seen,"),
        ("since:yesterday", "since: 'yesterday' is no time"),
        ("since:99999999d", "is no time"),
        ("until:9999-12-31", "until: '9999-12-31' is no time"),
        ("until:2026-02-30", "until: '2026-02-30' is no time"),
        ("since:1d until:2d", "since: lies after until:"),
        ("!since:2d", "since: cannot be turned round"),
    ],
)
def test_what_cannot_be_understood_is_told(text: str, said: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse_filter(text, NOW)
    assert said in str(caught.value)


@given(st.text())
def test_any_text_is_a_filter_or_a_filter_error(text: str) -> None:
    try:
        query = parse_filter(text, NOW)
    except FilterError:
        return
    for value in (*query.actions, query.user_id, query.run_id, *query.texts):
        assert "\0" not in (value or "")
        (value or "").encode("utf-8")


@given(st.text(alphabet=st.characters(exclude_characters='"', exclude_categories=["Cs", "Cc"]), min_size=1))
def test_a_quoted_text_is_looked_for_as_it_is(text: str) -> None:
    assert parse_filter(f'"{text}"', NOW).texts == (text,)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("", None),
        ("out", "outcome:"),
        ("user:anna !out", "user:anna !outcome:"),
        ("outcome:f", "outcome:failed"),
        ("action:sync_d", "action:sync_departments"),
        ("action:da", "action:data_lake"),
        ('action:"data l', 'action:"data lake"'),
        ("outcome:failed", None),
        ("user:zo", "user:zoe"),
        ("!operator:zo", "!operator:zoe"),
        ('text user:"an', 'text user:"anna b"'),
        ("user:an", None),
        ("some text ", None),
    ],
)
def test_the_last_word_is_completed_where_it_can_be_guessed(text: str, whole: str | None) -> None:
    assert complete_filter(text, {"user": ("anna b", "zoe", 'b"d')}) == whole
