"""What the dashboard says in words: the sentence of health, the events, why a key does nothing, and its charts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from odoo_sync_tui.core.actions import Action, Outcome
from odoo_sync_tui.core.audit.events import AuditEvent
from odoo_sync_tui.core.cursor import DriftKind, FieldDrift
from odoo_sync_tui.core.reports.health import HealthLevel
from odoo_sync_tui.core.reports.overview import Overview
from odoo_sync_tui.core.reports.verification import IdDigests, Proof
from odoo_sync_tui.core.schedule import Due, Pause, PlannedSync
from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.tui.commands.command import CommandContext
from odoo_sync_tui.tui.commands.registry import COMMANDS_BY_ID
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.event_row import describe_event, format_event_row, leave_out_starts
from odoo_sync_tui.tui.model.glyphs import UNICODE
from odoo_sync_tui.tui.model.state import ConnectionState, DashboardState, OwnRun
from odoo_sync_tui.tui.refusals import explain_refusal
from odoo_sync_tui.tui.widgets.dashboard.health import HealthSentence, SyncReasons
from odoo_sync_tui.tui.widgets.dashboard.trends import draw_columns
from tests.support.fake_backend.values import (
    ANNA,
    EVENTS,
    NOW,
    ago,
    busy_overview,
    empty_overview,
    overview,
    partial_overview,
    troubled_overview,
)


def state(seen: Overview, **changes: object) -> DashboardState:
    shown = DashboardState(NOW, ANNA, UNICODE, BUILT_IN, connection=ConnectionState.READY, overview=seen)
    return replace(shown, **changes)


def sentence(seen: Overview, **changes: object) -> str:
    (line,) = HealthSentence().build_lines(state(seen, **changes), 118, 1)
    return line.content.plain.rstrip()


class TestSentence:
    def test_all_is_well(self) -> None:
        assert sentence(overview()) == "✓ in step  6 entities · 1 267 976 documents · nothing waits for you"

    def test_what_is_proved_is_said_as_far_as_it_fits_where_each_entity_that_was_synced_is(self) -> None:
        first = Proof(ago(minutes=14), IdDigests(800), (ago(minutes=14), None, None, None))
        second = Proof(ago(minutes=16), IdDigests(200), (ago(minutes=16), ago(minutes=31), ago(days=2), None))
        seen = replace(overview(), proofs=(first, second))
        through = f"{ago(minutes=16):%H:%M}"
        assert sentence(seen).endswith(f"documents · proved through {through}, all ids, 30 % of the contents today")
        (short,) = HealthSentence().build_lines(state(seen), 80, 1)
        assert short.content.plain.rstrip().endswith(f"documents · proved {through}, 30 % today")
        assert sentence(replace(seen, proofs=(first, None))).endswith("nothing waits for you"), "one was never proved"

    def test_fields_that_changed_in_odoo_wait_until_somebody_has_seen_them(self) -> None:
        first, *others = overview().entities
        drift = FieldDrift("new x", "x_region", DriftKind.NEW, "", NOW, "run", "")
        seen = replace(overview(), entities=(replace(first, drift=(drift,)), *others))
        assert sentence(seen).endswith("· fields of 1 entity changed in Odoo")

    def test_one_entity_is_one(self) -> None:
        first, *others = overview().health.syncs
        unknown = [replace(each, level=HealthLevel.UNKNOWN) for each in others]
        seen = replace(overview(), health=replace(overview().health, syncs=(first, *unknown)))
        assert sentence(seen).startswith("✓ in step  1 entity ·")

    def test_one_entity_is_named_with_its_reason(self) -> None:
        assert sentence(partial_overview()) == "▲ attention  opportunities since 12:28:08: 512 documents not retired"
        assert sentence(troubled_overview()).startswith("✗ wrong  opportunities since 12:28:08: The key was refused")

    def test_what_is_worse_than_all_syncs_is_said_in_their_place(self) -> None:
        seen = partial_overview()
        worse = replace(seen.health, level=HealthLevel.WRONG, reason="the history was changed; data-lake: withheld")
        assert sentence(replace(seen, health=worse)) == "✗ wrong  the history was changed; data-lake: withheld"

    def test_rows_that_the_store_lacks_are_counted(self) -> None:
        seen = troubled_overview()
        lacking = replace(seen.entities[3], odoo=1_000_500)
        entities = (*seen.entities[:3], lacking, *seen.entities[4:])
        assert sentence(replace(seen, entities=entities)).endswith("· 500 rows missing")

    def test_before_the_first_run_the_keys_that_start_one(self) -> None:
        assert sentence(empty_overview()) == "○ never synced  press d, u or l to start"
        assert sentence(empty_overview(), read_only=True) == "○ never synced"

    def test_old_figures_are_said_to_be_old_before_anything_else(self) -> None:
        assert sentence(overview(), stale_since=NOW).startswith("▲ stale  since 12:31")


class TestEvents:
    def test_a_run_is_one_row_and_its_start_alone_is_one_too(self) -> None:
        assert [event.id for event in leave_out_starts(EVENTS)] == ["e5", "e3", "e2", "e1"]
        assert [event.id for event in leave_out_starts(EVENTS[1:])] == ["e4", "e3", "e2", "e1"]

    @pytest.mark.parametrize(
        ("details", "outcome", "words"),
        [
            ({"synced": 9, "updated": 2, "duration_seconds": 1.24}, Outcome.SUCCESS, "2 changed · 9 in step · 1.2 s"),
            ({"synced": 0}, Outcome.SUCCESS, "nothing changed"),
            ({"synced": 3, "reason": "cancelled by bert"}, Outcome.CANCELLED, "cancelled by bert · nothing changed"),
            ({"event": "started", "scope": {"mode": "full", "filter": "x"}}, None, "started, full, filtered"),
            (
                {"event": "started", "scope": {"mode": "full", "filter": "x", "selection": "id 4"}},
                None,
                "started, full, id 4",
            ),
            ({"event": "lease_freed", "reason": "it burnt"}, None, "lease freed · reason it burnt"),
            ({"synced": 1, "created": 1, "dry_run": True}, Outcome.SUCCESS, "1 changed · 1 in step · dry run"),
        ],
    )
    def test_what_happened_is_told_in_words(
        self, details: dict[str, object], outcome: Outcome | None, words: str
    ) -> None:
        event = AuditEvent("e", Action.USERS, "anna", ago(minutes=2), details, "r", outcome)
        assert describe_event(event, state(overview())).startswith(words)

    @pytest.mark.parametrize("width", [58, 78, 118])
    def test_a_row_is_as_wide_as_its_list(self, width: int) -> None:
        assert {format_event_row(event, state(overview()), width).cell_length for event in EVENTS} == {width}


class TestRefusals:
    @pytest.mark.parametrize(
        ("command", "context", "why"),
        [
            ("sync.users", CommandContext(failed=True), "MongoDB cannot be opened; r tries again."),
            ("sync.users", CommandContext(), "MongoDB is not open yet."),
            ("sync.users", CommandContext(ready=True, writable=False), "This dashboard is read-only"),
            ("sync.users", CommandContext(ready=True, writable=False, running=True), "This dashboard is read-only"),
            (
                "run.cancel",
                CommandContext(ready=True, running=True, stopping=True),
                "The run was asked to stop already",
            ),
            ("run.cancel", CommandContext(ready=True), "No run is at work."),
            ("run.confirm_retire", CommandContext(ready=True), "No documents wait to be retired."),
        ],
    )
    def test_it_says_what_is_in_the_way(self, command: str, context: CommandContext, why: str) -> None:
        assert explain_refusal(COMMANDS_BY_ID[command], context, state(overview())).startswith(why)

    def test_a_run_in_the_way_is_named_with_who_and_since_when(self) -> None:
        busy = CommandContext(ready=True, running=True)
        told = explain_refusal(COMMANDS_BY_ID["sync.users"], busy, state(busy_overview()))
        assert told == "The run of bob on etl-2 is at work since 12:30:27; c asks it to stop."
        own = state(overview(), own_run=OwnRun(Action.USERS, busy_overview().live_run.scope, NOW))
        told = explain_refusal(COMMANDS_BY_ID["sync.users"], busy, own)
        assert told == "A run of yours is at work since 12:31:08; c asks it to stop."


class TestCharts:
    def test_a_logarithmic_chart_shows_small_values_beside_a_large_one(self) -> None:
        assert render.format_sparkline((0, 1, 50_000), 3, UNICODE, logarithmic=True) == "▁▂█"
        assert render.format_sparkline((0, 1, 50_000), 3, UNICODE) == "▁▁█"

    def test_columns_stand_on_an_axis_of_powers_of_ten(self) -> None:
        lines = [line.plain.rstrip() for line in draw_columns([9, 99, 0], 21, 5, UNICODE)]
        assert lines[0].startswith("     100 ")
        assert lines[2].startswith("      10 ")
        assert lines[-1].strip().startswith("oldest")
        columns = [[line.ljust(21)[cell] for line in lines[:4]] for cell in (9, 13, 17)]
        assert columns == [[" ", " ", "█", "█"], ["█"] * 4, [" "] * 4]


class TestPlans:
    @staticmethod
    def lines(*planned: PlannedSync, seen: Overview | None = None) -> list[str]:
        shown = state(replace(seen or overview(), planned=planned))
        actions = [Action.DEPARTMENTS, Action.USERS]
        return [line.content.plain.rstrip() for line in SyncReasons(actions, id="x").build_lines(shown, 60, 2)]

    def test_a_sync_shows_when_it_is_due_or_by_whom_it_is_paused(self) -> None:
        due = Due(Action.DEPARTMENTS, NOW + timedelta(minutes=15))
        paused = PlannedSync(Action.USERS, due, Pause("an\x1b[31mna", NOW, NOW + timedelta(hours=1)))
        first, second = self.lines(PlannedSync(Action.DEPARTMENTS, due), paused)
        assert first == f"next {render.format_time(NOW, due.at)}"
        assert second.startswith("paused until ")
        assert "by an" in second
        assert "\x1b" not in second

    def test_what_is_past_its_time_is_due_now_and_what_is_not_planned_says_nothing(self) -> None:
        due = Due(Action.DEPARTMENTS, NOW - timedelta(minutes=1))
        assert self.lines(PlannedSync(Action.DEPARTMENTS, due)) == ["due now", ""]
