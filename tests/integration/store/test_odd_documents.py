"""Documents of other programs in our collections: whatever they hold, every question about the rest is answered."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from itertools import cycle, islice
from typing import Any

import bson
import pytest
from bson import Binary, Code, DatetimeMS, Decimal128, MaxKey, ObjectId, Regex, Timestamp
from bson.raw_bson import RawBSONDocument
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pymongo.collection import Collection
from pymongo.errors import WriteError

from odoo_sync_tui.cli.commands import audit, check, runs, status
from odoo_sync_tui.cli.output.stdout import to_json_line
from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.audit.events import AuditEvent, AuditQuery, ChainBreak, Order
from odoo_sync_tui.core.reports.details import RunReport
from odoo_sync_tui.core.reports.overview import Overview
from odoo_sync_tui.core.run import RunRecord
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.demo.faults import PoisonRow
from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.tui.format.document import format_document, format_quarantine_entry
from odoo_sync_tui.tui.format.event import format_event, format_event_line
from odoo_sync_tui.tui.format.layout import layout_entries
from odoo_sync_tui.tui.format.problems import format_problems
from odoo_sync_tui.tui.format.run import format_run
from odoo_sync_tui.tui.model.glyphs import UNICODE
from odoo_sync_tui.tui.model.shown_runs import find_shown_runs
from odoo_sync_tui.tui.model.state import ConnectionState, DashboardState
from odoo_sync_tui.tui.widgets.chrome.header import Header
from odoo_sync_tui.tui.widgets.dashboard.health import HealthSentence, SyncReasons, SyncRows
from odoo_sync_tui.tui.widgets.dashboard.lists import EntityCountsPanel, RecentEvents
from odoo_sync_tui.tui.widgets.dashboard.run import RunPanel
from odoo_sync_tui.tui.widgets.dashboard.trends import ChangeChart, LastChanges, RunDurations, WaitingList
from odoo_sync_tui.tui.widgets.entity_facts import EntityFacts
from odoo_sync_tui.tui.widgets.run_list import RunList
from tests.integration.store.conftest import Copies
from tests.support.documents import paths, with_value
from tests.support.fake_backend.values import ANNA
from tests.support.slow import slow
from tests.support.world import World, world

Fields = dict[str, Any]

EAST, WEST = (datetime.now(timezone(timedelta(hours=hours))) for hours in (14, -12))
COLLECTIONS = (
    "audit_log",
    "sync_runs",
    "integrations",
    "sync_leases",
    "sync_quarantine",
    "data_lake_serving",
    "departments",
)

KEYED_BY_NAMES = ("cursors", "census", "entities")
"""Fields of the integration whose every second level has names of entities, or of Odoo's fields, for its keys."""

NOT_UTF_8 = "@not utf-8@"
ODD_VALUES = (
    None, True, "x", "", NOT_UTF_8, "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00", -1, 2**63 - 1, 1e300,
    float("nan"), float("-inf"), Decimal128("NaN"), Binary(b"\xff"), ObjectId(), Regex("["), Timestamp(1, 1),
    Code("x"), MaxKey(), DatetimeMS(253_402_300_800_000), DatetimeMS(-(2**63)), datetime(9999, 12, 31, 23, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=UTC), [], ["x"], [[["x"]]], {}, {"x": {"x": 1}},
)  # fmt: skip


@pytest.fixture(scope="module")
def odoo() -> Iterator[DemoOdoo]:
    poisoned = PoisonRow(model="res.partner", record_id=1)
    with DemoOdoo(records=20) as server, server.faults.on(poisoned):
        yield server


@pytest.fixture
def here(mongo_uri: str, database_name: str, odoo: DemoOdoo, copies: Copies) -> Iterator[World]:
    with world(mongo_uri, database_name, odoo) as parts:
        copies.fill(parts.database, lambda: [parts.sync(action) for action in Action])
        yield parts


def raw(fields: Fields) -> RawBSONDocument:
    return RawBSONDocument(bson.encode(fields).replace(NOT_UTF_8.encode(), b"\xff" * len(NOT_UTF_8)))


def odd_forms(document: Fields, values: int, places: int = 1_000) -> Iterator[tuple[str, Fields]]:
    """The document with an odd value at one path: so many values for each path, in turn, and the name of the field.

    Of places of one kind, which differ only in the name of an entity, or of a field of Odoo, so many at most.
    """
    odd, seen = cycle(ODD_VALUES), Counter[tuple[object, ...]]()
    for path in paths(document):
        kind = (len(path), path[0], *path[2::2]) if path[0] in KEYED_BY_NAMES else path
        seen[kind] += 1
        if seen[kind] <= places:
            for value in islice(odd, values):
                yield str(path[0]), with_value(document, path, value)


def add(collection: Collection[Fields], forms: Iterable[Fields]) -> None:
    """Add the documents under keys of the kind that the document has which they are made from."""
    collection.insert_many(
        [
            raw({**form, "_id": ObjectId() if isinstance(form["_id"], ObjectId) else f"odd-{number}"})
            for number, form in enumerate(forms)
        ]
    )


def show(overview: Overview) -> None:
    """Make the text that the commands and the dashboard show of the overview, east and west of everybody."""
    status._report(overview)
    json.loads(to_json_line(status._as_dict(overview)), parse_constant=pytest.fail)
    check._assess(overview, None, overview.concerns, timedelta(hours=1))
    for now in (EAST, WEST):
        state = DashboardState(now, ANNA, UNICODE, BUILT_IN, connection=ConnectionState.READY, overview=overview)
        panels = (
            Header(), HealthSentence(), SyncRows(), SyncReasons(list(Action), id="reasons"), EntityCountsPanel(),
            RunPanel(), RecentEvents(), WaitingList(), LastChanges(), RunDurations(), ChangeChart(),
        )  # fmt: skip
        for panel in panels:
            panel.build_lines(state, 118, 12)
        layout_entries(format_problems(state, find_shown_runs(state)), 20, 60)


def show_event(event: AuditEvent) -> None:
    """Make the text that the commands and the dashboard show of an event."""
    state = DashboardState(EAST, ANNA, UNICODE, BUILT_IN, connection=ConnectionState.READY)
    audit._line(event)
    json.loads(to_json_line(event), parse_constant=pytest.fail)
    format_event_line(event, state)
    layout_entries(format_event(event, state, 60), 20, 60)


def show_run(report: RunReport) -> None:
    """Make the text that the commands and the dashboard show of a run, east and west of everybody."""
    json.loads(to_json_line(runs.as_dict(report.run)), parse_constant=pytest.fail)
    for now in (EAST, WEST):
        state = DashboardState(now, ANNA, UNICODE, BUILT_IN, connection=ConnectionState.READY)
        format_run(report, state, 100)
        RunList().build_cells(state, report.run)


def show_entities(here: World) -> None:
    """Make the text that the dashboard shows of all entities, their set-aside rows and their documents."""
    details = here.backend.detail_queries
    for entity in BUILT_IN:
        state = DashboardState(EAST, ANNA, UNICODE, BUILT_IN, connection=ConnectionState.READY)
        report = details.get_entity(entity.id)
        for quarantined in report.quarantine.rows:
            format_quarantine_entry(quarantined, EAST, UNICODE)
        facts = EntityFacts()
        facts.report = report
        facts.build_lines(state, 100, 20)
        found = [details.list_documents(entity.id, search, 1000).documents for search in ("", "a")]
        for odoo_id in {line.odoo_id: None for lines in found for line in lines}:
            document = details.get_document(entity.id, odoo_id)
            if document:
                format_document(document, EAST, UNICODE)


def all_events(here: World, query: AuditQuery, order: Order = Order.NEWEST_FIRST) -> Iterator[AuditEvent]:
    after: str | None = None
    while True:
        page = here.backend.overview_queries.list_events(query, 100, after, order)
        yield from page.events
        after = page.after
        if after is None:
            return


def all_runs(here: World) -> Iterator[RunRecord]:
    after: str | None = None
    while True:
        page = here.backend.detail_queries.list_runs(100, after)
        yield from page.runs
        after = page.after
        if after is None:
            return


def newest(collection: Collection[Fields], **query: object) -> Fields:
    found = collection.find_one(query, sort=[("_id", -1)])
    assert found is not None
    return found


@pytest.mark.parametrize("values", [2, *slow([6])])
def test_odd_events_hide_no_other_event_from_any_reader(here: World, values: int):
    log = here.database.audit_log
    before = {event.id for event in all_events(here, AuditQuery())}
    event = newest(log, outcome={"$ne": None})
    forms = [
        form if name == "chain_number" else {**form, "chain_number": 1000 + number}
        for number, (name, form) in enumerate(odd_forms({**event, "id": "odd"}, values))
    ]
    add(log, [form for form in forms if form.get("chain_number") != event["chain_number"]])
    show(here.backend.overview_queries.get_overview())
    for query in (AuditQuery(), AuditQuery(texts=("sync",))):
        for order in Order:
            found = list(all_events(here, query, order))
            assert before <= {each.id for each in found}
            for each in found:
                show_event(each)
    problems: list[ChainBreak] = []
    here.backend.overview_queries.verify_audit_log(problems.append)
    assert {problem.run_id for problem in problems}.isdisjoint(before)


def test_odd_runs_hide_no_other_run_from_any_reader(here: World):
    before = {run.id for run in all_runs(here)}
    add(here.database.sync_runs, (form for _, form in odd_forms(newest(here.database.sync_runs), 3)))
    show(here.backend.overview_queries.get_overview())
    found = list(all_runs(here))
    assert before <= {run.id for run in found}
    runs._report(found, EAST)
    for number, run in enumerate(found):
        report = RunReport(run) if number % 20 else here.backend.detail_queries.get_run(run.id)
        assert report is not None
        show_run(report)
    here.backend.overview_queries.verify_audit_log(lambda problem: None)


@pytest.mark.parametrize(("name", "places"), [("integrations", 2), ("sync_leases", 1), *slow([("integrations", 1000)])])
def test_the_state_of_the_integration_is_shown_whatever_a_field_of_it_holds(here: World, name: str, places: int):
    collection = here.database[name]
    document = newest(collection)
    for _, form in odd_forms(document, 1, places):
        collection.delete_one({"_id": document["_id"]})
        collection.insert_one(raw(form))
        show(here.backend.overview_queries.get_overview())
        to_json_line(here.backend.detail_queries.get_entity("departments"))


def test_odd_rows_in_quarantine_and_odd_documents_hide_no_other(here: World):
    row = newest(here.database.sync_quarantine)
    lake = newest(here.database.data_lake_serving, entity_type="account")
    add(here.database.sync_quarantine, (form for _, form in odd_forms(row, len(ODD_VALUES))))
    forms = (form for _, form in odd_forms(lake, 3))
    add(here.database.data_lake_serving, ({**form, "serving_id": f"{number}"} for number, form in enumerate(forms)))
    show(here.backend.overview_queries.get_overview())
    show_entities(here)


def test_a_date_beyond_the_calendar_is_shown_as_its_last_day(here: World):
    year_10_000 = DatetimeMS(253_402_300_800_000)
    here.database.audit_log.insert_one({"source": "odoo", "action": "odd", "timestamp": year_10_000})
    event = next(all_events(here, AuditQuery(actions=("odd",))))
    assert audit._line(event).startswith("9999-12-30 ")
    assert here.backend.overview_queries.get_overview().events[0] == event


def test_text_that_is_no_utf_8_is_shown_with_replacement_characters(here: World):
    here.database.audit_log.insert_one(raw({"source": "odoo", "action": "odd", "user_id": NOT_UTF_8, "_id": 1}))
    assert "\ufffd" in next(all_events(here, AuditQuery(actions=("odd",)))).user_id


def test_an_odd_number_of_written_events_counts_as_none(here: World):
    here.database.sync_runs.update_many({}, {"$set": {"audit.written": "x"}})
    assert here.backend.overview_queries.verify_audit_log(pytest.fail).is_intact


@pytest.mark.parametrize("fence", ["x", [], {}], ids=str)
def test_a_sync_begins_whatever_another_program_left_as_fence(here: World, fence: object):
    for name in ("integrations", "sync_leases", "sync_runs"):
        here.database[name].update_many({}, {"$set": {"fence": fence}})
        assert here.sync(Action.DEPARTMENTS).outcome is Outcome.SUCCESS, name


STORABLE_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
STORABLE_VALUES = st.recursive(
    st.sampled_from([value for value in ODD_VALUES if value != NOT_UTF_8])
    | STORABLE_TEXTS
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(STORABLE_TEXTS, inner, max_size=3),
    max_leaves=6,
)
FUZZ = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # to shrink a finding over a real store takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def originals(here: World) -> dict[str, Fields]:
    """One document of each collection."""
    return {name: newest(here.database[name]) for name in COLLECTIONS}


@FUZZ
@given(data=st.data())
def test_every_reader_answers_whatever_several_fields_hold(
    here: World, originals: dict[str, Fields], data: st.DataObject
):
    """Unlike in the tests above, several fields of every collection are odd at once, with values of any shape."""
    assert_that_every_reader_answers(here, originals, data)


@pytest.mark.slow
@settings(FUZZ, max_examples=20)
@given(data=st.data())
def test_every_reader_answers_whatever_more_fields_hold(here: World, originals: dict[str, Fields], data: st.DataObject):
    assert_that_every_reader_answers(here, originals, data)


def assert_that_every_reader_answers(here: World, originals: dict[str, Fields], data: st.DataObject) -> None:
    """Store odd forms that are drawn, ask every question, and put the documents back."""
    for name, document in originals.items():
        changed = document
        for path in data.draw(st.lists(st.sampled_from(list(paths(document))), min_size=1, max_size=3)):
            with suppress(KeyError, IndexError, TypeError, AttributeError):  # a value above it was replaced before
                changed = with_value(changed, path, data.draw(STORABLE_VALUES))
        with suppress(WriteError):  # what an index does not take, no other program has written either
            here.database[name].replace_one({"_id": document["_id"]}, changed)
    try:
        show(here.backend.overview_queries.get_overview())
        for event in all_events(here, AuditQuery()):
            show_event(event)
        for run in all_runs(here):
            show_run(here.backend.detail_queries.get_run(run.id) or RunReport(run))
        show_entities(here)
        here.backend.overview_queries.verify_audit_log(lambda problem: None)
    finally:
        for name, document in originals.items():
            here.database[name].replace_one({"_id": document["_id"]}, document)
