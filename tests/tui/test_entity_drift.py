"""Changes of fields in Odoo: shown on the dashboard and on the entity's screen until somebody has seen them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from odoo_sync_tui.core.cursor import DriftKind, FieldDrift
from odoo_sync_tui.tui.widgets.document_list import DriftList
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.detail_queries import FakeDetailQueries, entity_report
from tests.support.fake_backend.options import Ui
from tests.support.fake_backend.overview_queries import FakeOverviewQueries
from tests.support.fake_backend.values import ENTITIES, NOW, overview
from tests.support.slow import slow
from tests.tui.support.entity_driver import LEADS, open_entity
from tests.tui.support.screen import RunApp
from tests.tui.support.sizes import SMALL, USUAL, name_of

DRIFT = tuple(
    FieldDrift(f"k{number}", name, change, text, NOW - timedelta(minutes=number), "run-1", "run-0")
    for number, (name, change, text) in enumerate(
        [
            ("x_region", DriftKind.NEW, "not read"),
            ("[red]phone\x1b[2J", DriftKind.RIGHTS_NARROWED, "its values become null"),
            ("priority", DriftKind.VALUES, "may be 4 now"),
        ]
    )
)
SHOWN = ("x_region", "new, not read", "rights narrowed, its values become null", "[red]phone", "may be 4 now")


def changed() -> FakeBackend:
    entities = tuple(replace(each, drift=DRIFT) if each.name == LEADS else each for each in ENTITIES)
    return FakeBackend(
        FakeOverviewQueries(overview(entities=entities)),
        detail_queries=FakeDetailQueries(entity_shown=entity_report(replace(ENTITIES[3], drift=DRIFT))),
    )


@pytest.mark.parametrize("size", [SMALL, *slow([(USUAL,)])], ids=name_of)
async def test_they_are_shown_until_the_key_says_that_they_are_seen(run_app: RunApp, size: tuple[int, int]) -> None:
    async with run_app(changed(), size=size) as screen:
        await screen.shows("opportunities !drift")
        await open_entity(screen)
        await screen.shows("Changes of fields", "g when you have seen them", *SHOWN)
        await screen.press("g")
        await screen.until(lambda: "Changes of fields" not in screen.text, "they are seen")
        assert screen.backend.seen == [("anna", LEADS)]
        await screen.press("g")
        await screen.shows("No field has changed that nobody has seen.")
        assert len(screen.backend.seen) == 1


async def test_a_read_only_dashboard_shows_and_acknowledges_nothing(run_app: RunApp) -> None:
    async with run_app(changed(), ui=Ui(read_only=True)) as screen:
        await open_entity(screen)
        await screen.shows(*SHOWN)
        await screen.press("g")
        await screen.shows("This dashboard is read-only")
        assert screen.backend.seen == []
        assert len(screen.app.screen.query_one(DriftList).rows) == 3
