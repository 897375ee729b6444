"""A dashboard under test: conditions to wait for, and pictures of the screen as plain text."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from textual import events
from textual._context import visible_screen_stack
from textual.keys import _character_to_key
from textual.pilot import Pilot

from odoo_sync_tui.tui.app.application import OdooSyncApp
from tests.support.fake_backend.backend import FakeBackend

SNAPSHOTS = Path(__file__).parents[1] / "snapshots"
PATIENCE_SECONDS = 20.0


@dataclass
class Screen:
    """A running dashboard under test."""

    app: OdooSyncApp
    pilot: Pilot[None]
    backend: FakeBackend

    @property
    def text(self) -> str:
        """What the terminal shows, as text: the topmost screen and, around a dialog, the screens under it."""
        visible_screen_stack.set(self.app._background_screens)
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)

    async def until(self, condition: Callable[[], object], what: str = "") -> None:
        """Wait until the condition holds; fail with the screen's text when it does not come true."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < deadline, f"never came true: {what}\n{self.text}"
            await asyncio.sleep(0.005)
            await self.pilot.pause()

    async def shows(self, *texts: str) -> None:
        """Wait until the screen shows all of the texts."""
        await self.until(lambda: all(text in self.text for text in texts), f"shows {texts}")

    async def settled(self) -> str:
        """The text once it no longer changes.

        A dialog keeps its picture of the screens under it until they are painted again. Which moment it kept
        depends on the machine's speed, so that all is painted afresh before the last looks.
        """
        same, text = 0, ""
        while same < 5:
            await asyncio.sleep(0.01)
            await self.pilot.pause()
            if same >= 3:
                self.app.screen.refresh()
            same, text = (same + 1, text) if self.text == text else (0, self.text)
        return text

    async def matches(self, name: str) -> None:
        """The screen looks as the stored file says; ``UPDATE_SNAPSHOTS=1`` writes the file instead."""
        path = SNAPSHOTS / f"{name}.txt"
        text = await self.settled()
        if os.environ.get("UPDATE_SNAPSHOTS"):
            path.write_text(f"{text}\n", encoding="utf-8")
        assert path.exists(), f"no snapshot {path.name}: make it with UPDATE_SNAPSHOTS=1 and look at it"
        assert text.splitlines() == path.read_text(encoding="utf-8").removesuffix("\n").splitlines()

    async def press(self, *keys: str) -> None:
        """Press keys, each once all has been done that the one before it asked for."""
        await self.pilot.press(*keys)

    async def type(self, text: str) -> None:
        """Type a text into what has the focus, faster than each letter is shown."""
        assert self.app._driver is not None
        for char in text:
            key = events.Key(char if char.isalnum() else _character_to_key(char), char)
            key.set_sender(self.app)
            self.app._driver.send_message(key)
        await self.pilot.pause()

    async def footer(self) -> str:
        """The footer's line, once it has caught up with the situation."""
        await self.pilot.pause()
        return self.text.splitlines()[-1]

    def toasts(self) -> list[str]:
        return [toast.message for toast in self.app._notifications]


RunApp = Callable[..., AbstractAsyncContextManager[Screen]]
