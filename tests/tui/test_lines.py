"""Panels repaint only what changed: over SSH every cell is paid for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip

from odoo_sync_tui.tui.widgets.lines import Lines, find_changed_span
from tests.support.fake_backend.values import NOW, overview, progress
from tests.tui.support.screen import RunApp

RED = Style(color="red")


def strip(*texts: str | tuple[str, Style]) -> Strip:
    return Strip([Segment(text) if isinstance(text, str) else Segment(*text) for text in texts])


@pytest.mark.parametrize(
    ("old", "new", "span"),
    [
        (strip("00:41"), strip("00:42"), (4, 5)),
        (strip("abcdef"), strip("abXdYf"), (2, 5)),
        (strip("same"), strip("same"), None),
        (strip("sa", "me"), strip("same"), None),
        (strip("same"), strip("s", ("a", RED), "me"), (1, 2)),
        (strip("a名b"), strip("a前b"), (1, 3)),
        (strip("名"), strip("ab"), (0, 2)),
        (strip("short"), strip("longer"), (0, 6)),
        (strip("e\u0301x"), strip("e\u0301y"), (0, 2)),
    ],
)
def test_changed_span(old: Strip, new: Strip, span: tuple[int, int] | None) -> None:
    assert find_changed_span(old, new) == span


@pytest.fixture
def repainted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Region]]:
    """Every region that a panel asks to be repainted; a whole repaint counts as the whole panel."""
    seen: list[tuple[str, Region]] = []
    refresh = Lines.refresh

    def note(self: Lines, *regions: Region, **options: object) -> Lines:
        seen.extend((self.id, region) for region in regions or (self.size.region,))
        return refresh(self, *regions, **options)

    monkeypatch.setattr(Lines, "refresh", note)
    return seen


async def test_an_idle_screen_repaints_nothing(repainted, run_app: RunApp) -> None:
    async with run_app() as screen:
        await screen.settled()
        repainted.clear()
        screen.app.store.change()
        screen.backend.overview_queries.answer = overview(at=NOW + timedelta(seconds=2))
        await screen.press("r")
        await screen.until(lambda: screen.app.store.state.overview.at != NOW, "it was read")
        await screen.settled()
        assert repainted == []


async def test_progress_repaints_a_few_cells(repainted, run_app: RunApp) -> None:
    async with run_app() as screen:
        await screen.press("l")
        await screen.shows("19 000 of 50 000")
        await screen.settled()
        repainted.clear()
        running = replace(progress().entities[1], done=19_001)
        entities = (progress().entities[0], running, *progress().entities[2:])
        screen.app.runs.job.progress.set(replace(progress(), entities=entities))
        await screen.shows("19 001 of 50 000")
        assert {panel for panel, _ in repainted} == {"run"}
        assert sum(region.area for _, region in repainted) == 1
