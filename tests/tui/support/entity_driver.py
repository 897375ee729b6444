"""The screen of one entity, opened on documents in memory."""

from __future__ import annotations

from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.detail_queries import FakeDetailQueries
from tests.tui.support.screen import Screen

LEADS = "data_lake:opportunities"


def behind(inspector: FakeDetailQueries) -> FakeBackend:
    return FakeBackend(detail_queries=inspector)


async def open_entity(screen: Screen, entity_id: str = LEADS) -> None:
    screen.app.navigator.open_entity(entity_id)
    await screen.shows("Documents", "read up to")
    await screen.until(lambda: "reading" not in screen.text, "the documents are read")
