"""Text from outside is shown, never obeyed: no markup is read, no control reaches the terminal, no action runs."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual import events

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.reports.diagnosis import Check, Grade
from odoo_sync_tui.core.reports.discovery import FieldReport, ModelList, ModelReport
from odoo_sync_tui.core.text.redaction import register_secrets
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.demo.faults import PoisonRow
from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.tui.commands.keymap import apply_keymap
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.event import format_event
from odoo_sync_tui.tui.format.layout import layout_entries
from odoo_sync_tui.tui.format.problems import format_problems
from odoo_sync_tui.tui.model.glyphs import ASCII, UNICODE
from odoo_sync_tui.tui.model.shown_runs import find_shown_runs
from odoo_sync_tui.tui.model.state import ConnectionState, DashboardState, Problem
from odoo_sync_tui.tui.widgets.chrome.header import Header
from odoo_sync_tui.tui.widgets.chrome.inputs import FilterBar
from odoo_sync_tui.tui.widgets.dashboard.health import HealthSentence, SyncReasons, SyncRows
from odoo_sync_tui.tui.widgets.dashboard.lists import EntityCountsPanel, RecentEvents
from odoo_sync_tui.tui.widgets.dashboard.run import RunPanel
from odoo_sync_tui.tui.widgets.dashboard.trends import ChangeChart, LastChanges, RunDurations, WaitingList
from odoo_sync_tui.tui.widgets.lines import Lines
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.discovery import FakeDiscovery
from tests.support.fake_backend.options import Ui
from tests.support.fake_backend.overview_queries import FakeOverviewQueries
from tests.support.fake_backend.values import ANNA, NOW
from tests.support.hostile_store import make_hostile
from tests.support.hostile_text import HOSTILE, HOSTILE_ON_SCREEN, find_harm, harmless, make_hostile_text
from tests.support.slow import slow
from tests.support.world import World, world
from tests.tui.support.audit_driver import backend, open_history
from tests.tui.support.hostile_overview import everywhere
from tests.tui.support.screen import RunApp, Screen


@pytest.mark.parametrize("live", [True, *slow([False])], ids=["live", "ended"])
@pytest.mark.parametrize("text", HOSTILE_ON_SCREEN, ids=lambda text: ascii(text[:12]))
async def test_the_dashboard_survives_and_does_not_obey(text: str, live: bool, run_app: RunApp) -> None:
    backend = FakeBackend(FakeOverviewQueries(everywhere(text, live=live)))
    async with run_app(backend, Ui(environment="[/x]"), size=(80, 24), note=text) as screen:
        for offset in range(3, 70, 9):
            await screen.pilot.click("#run", offset=(offset, 1))
        await screen.press("a", "enter")
        await screen.until(lambda: len(screen.app.screen_stack) == 2, "the event is open")
        await screen.settled()
        assert harmless(screen.text)
        await screen.press("escape")
        await screen.until(lambda: len(screen.app.screen_stack) == 1, "the event is closed")
        if text:
            await screen.press("e")
            await screen.shows("Errors and warnings")
            await screen.settled()
            assert harmless(screen.text)
            await screen.press("escape")
        screen.app.toast(render.safe_text(text, UNICODE), "a toast", "error")
        await screen.settled()
        assert harmless(screen.text)
        assert screen.app.is_running


def every_panel() -> tuple[Lines, ...]:
    """All panels of the dashboard."""
    health = (HealthSentence(), SyncRows(), SyncReasons(list(Action), id="reasons"))
    aside = (WaitingList(), LastChanges(), RunDurations(), ChangeChart())
    return (Header(), *health, EntityCountsPanel(), RunPanel(), RecentEvents(), *aside)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.text(max_size=60) | st.sampled_from(HOSTILE), live=st.booleans(), ascii_only=st.booleans())
def test_every_panel_draws_any_text_within_its_width(text: str, live: bool, ascii_only: bool) -> None:
    glyphs = ASCII if ascii_only else UNICODE
    state = DashboardState(
        NOW, ANNA, glyphs, note=text, connection=ConnectionState.READY, overview=everywhere(text, live=live),
        problem=Problem(text, text), stale_since=NOW, odoo_problem=Problem(text),
    )  # fmt: skip
    for panel in every_panel():
        for width, height in ((40, 3), (76, 7), (118, 12)):
            lines = panel.build_lines(state, width, height)
            assert all(line.content.cell_length <= width for line in lines), type(panel)
            assert all(harmless(line.content.plain) for line in lines)
            assert not ascii_only or all(line.content.plain.isascii() for line in lines)
    assert state.overview is not None
    for entries in (format_event(state.overview.events[0], state, 60), format_problems(state, find_shown_runs(state))):
        assert harmless(layout_entries(entries, 20, 60).plain)


async def test_pasted_lines_are_joined_by_a_blank_in_a_filter(run_app: RunApp) -> None:
    async with run_app(backend()) as screen:
        await open_history(screen)
        await screen.press("slash")
        bar = screen.app.screen.query_one(FilterBar)
        await screen.until(lambda: bar.has_focus, "the bar has the focus")
        screen.app.post_message(events.Paste("user:anna\r\n  outcome:failed\r\n"))
        await screen.until(lambda: bar.value == "user:anna outcome:failed", "both lines are there")


# ------------------------------------------------------------------------------------- every screen, over a real store

SECRETS = ("deadcafe" * 5, "canary@of/the mongo-password")
MEGABYTE = 1_000_000


def as_fake(here: World, text: str) -> FakeBackend:
    """The real queries behind the dashboard of a test, and a doctor that says the text."""
    model = ModelReport("x.hostile", text, (text,))
    discovery = FakeDiscovery(ModelList((model,) * 2), {"x.hostile": [FieldReport(text, text, text, text)]})
    backend = FakeBackend(discovery=discovery, checks=[Check(text, grade, text, text) for grade in Grade])
    real = here.backend
    for name in ("overview_queries", "detail_queries", "verifier"):
        setattr(backend, name, cast("object", getattr(real, name)))
    return backend


async def look(screen: Screen, what: str) -> list[str]:
    """Find the harm on the screen, once what it asked for has come."""
    await screen.until(lambda: not screen.app.tasks._busy, "all is read")
    await screen.pilot.pause()
    return [f"{what}: {harm}" for harm in find_harm(screen.text, *SECRETS)]


async def look_and_enter(screen: Screen, what: str) -> list[str]:
    """Look at what is open, and at what Enter opens from there; then go back to the dashboard."""
    found = await look(screen, what)
    await screen.press("down", "enter")
    found += await look(screen, f"{what}, Enter")
    while len(screen.app.screen_stack) > 1:
        await screen.press("escape")  # some screens go back to another part of them first
    return found


@pytest.mark.parametrize("length", [0, *slow([MEGABYTE])], ids=["short", "megabyte"])
async def test_no_screen_obeys_or_gives_away_what_a_store_says(
    mongo_uri: str, database_name: str, run_app: RunApp, length: int
) -> None:
    register_secrets(SECRETS)
    text = make_hostile_text(*SECRETS, length=length)
    with DemoOdoo(records=20) as odoo, world(mongo_uri, database_name, odoo) as here:
        with odoo.faults.on(PoisonRow(model="res.partner", record_id=1)):
            for action in Action:
                here.sync(action)
        make_hostile(here.database, text)
        keys = {each.id: each.key for each in apply_keymap({}) if each.id.startswith(("view.", "app.help"))}
        assert {"view.history", "view.runs", "view.run", "view.verification", "view.doctor"} <= keys.keys()
        async with run_app(as_fake(here, text), size=(120, 40)) as screen:
            found = await look(screen, "dashboard")
            for command, key in keys.items():
                await screen.press(key)
                found += await look_and_enter(screen, command)
            for entity in BUILT_IN.entities[: 1 if length else None]:
                screen.app.navigator.open_entity(entity.id)
                found += await look_and_enter(screen, entity.id)
            screen.app.toast(text.replace("\n", " "), text, "error")
            found += await look(screen, "toast")
        assert not found, "\n".join(found)
