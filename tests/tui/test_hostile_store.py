"""Every screen and dialog over a real store in which every text is hostile: none is obeyed, and no secret shown."""

from __future__ import annotations

from typing import cast

import pytest

from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.core.reports.diagnosis import Check, Grade
from odoo_sync_tui.core.text.redaction import register_secrets
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.demo.faults import PoisonRow
from odoo_sync_tui.entities.registry import list_entities
from odoo_sync_tui.tui.commands.keymap import apply_keymap
from tests.support.fake_backend.backend import FakeBackend
from tests.support.hostile_store import make_hostile
from tests.support.hostile_text import find_harm, make_hostile_text
from tests.support.world import World, world
from tests.tui.support.screen import RunApp, Screen

SECRETS = ("deadcafe" * 5, "canary@of/the mongo-password")
MEGABYTE = 1_000_000


def as_fake(here: World, text: str) -> FakeBackend:
    """The real queries behind the dashboard of a test, and a doctor that says the text."""
    backend = FakeBackend(checks=[Check(text, grade, text, text) for grade in Grade])
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
        depth = len(screen.app.screen_stack)
        await screen.press("escape")
        await screen.until(lambda depth=depth: len(screen.app.screen_stack) < depth, "it is closed")
    return found


@pytest.mark.parametrize("length", [0, MEGABYTE], ids=["short", "megabyte"])
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
            for entity in list_entities()[: 1 if length else None]:
                screen.app.navigator.open_entity(entity.id)
                found += await look_and_enter(screen, entity.id)
            screen.app.toast(text.replace("\n", " "), text, "error")
            found += await look(screen, "toast")
        assert not found, "\n".join(found)
