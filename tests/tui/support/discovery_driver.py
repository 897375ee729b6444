"""The screen of what Odoo has, opened on an Odoo in memory."""

from __future__ import annotations

from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.discovery import FakeDiscovery
from tests.tui.support.screen import Screen


def behind(odoo: FakeDiscovery) -> FakeBackend:
    return FakeBackend(discovery=odoo)


async def open_discovery(screen: Screen) -> None:
    await screen.press("i")
    await screen.shows("Models")
    await screen.until(lambda: "reading" not in screen.text, "the models are read")


async def open_model(screen: Screen, model: str) -> None:
    """Open a model from the list of models, which has the focus."""
    await screen.press("slash")
    await screen.type(model)
    await screen.press("enter", "enter")
    await screen.shows(f"Fields of {model}")
    await screen.until(lambda: screen.app.focused is not None and screen.app.focused.id == "fields", "the fields")
