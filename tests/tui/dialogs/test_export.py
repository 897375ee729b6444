"""What the audit screen writes into files: all that the filter finds, complete or not at all."""

from __future__ import annotations

import asyncio
import csv
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from odoo_sync_tui.core.errors import StoreUnavailable
from odoo_sync_tui.tui.screens.audit import AuditScreen
from tests.support.fake_backend.history import history
from tests.tui.support.audit_driver import backend, open_history, type_filter
from tests.tui.support.screen import PATIENCE_SECONDS, RunApp


class TestExport:
    @pytest.fixture(autouse=True)
    def downloads(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
        """A directory whose name fits into one line of the dialog."""
        with tempfile.TemporaryDirectory() as directory:
            monkeypatch.setenv("XDG_DOWNLOAD_DIR", directory)
            yield Path(directory)

    async def test_everything_that_the_filter_finds_goes_into_a_csv_file(self, downloads, run_app: RunApp) -> None:
        async with run_app(backend(1300)) as screen:
            await open_history(screen)
            await type_filter(screen, "user:bob")
            await screen.shows("of 433")
            await screen.press("x")
            await screen.shows("Export the audit history", "user:bob", str(downloads))
            await screen.press("enter")
            await screen.until(lambda: any("433 events written" in toast for toast in screen.toasts()), "it is told")
            (path,) = downloads.iterdir()
            assert any(str(path) in toast for toast in screen.toasts())
            with path.open(newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
            assert len(rows) == 433
            assert {row["user_id"] for row in rows} == {"bob"}
            assert path.suffix == ".csv"

    async def test_json_lines_hold_every_detail_in_the_order_shown(self, downloads, run_app: RunApp) -> None:
        async with run_app(backend(700)) as screen:
            await open_history(screen)
            await screen.press("s")
            await screen.shows("oldest first")
            await screen.press("x", "j")
            await screen.until(lambda: list(downloads.glob("*.jsonl")), "the file appears")
            (path,) = downloads.glob("*.jsonl")
            events = [json.loads(line) for line in path.read_text().splitlines()]
            assert [each["id"] for each in events] == [each.id for each in reversed(history(700))]
            assert events[-1]["details"] == {"synced": 1000, "created": 0, "updated": 0}

    async def test_an_export_that_fails_leaves_no_file_and_says_why(self, downloads, run_app: RunApp) -> None:
        async with run_app(backend(700)) as screen:
            await open_history(screen)
            screen.backend.overview_queries.error = StoreUnavailable("MongoDB went away.")
            await screen.press("x", "c")
            await screen.until(lambda: any("MongoDB went away" in toast for toast in screen.toasts()), "it is told")
            assert list(downloads.iterdir()) == []

    async def test_escape_exports_nothing(self, downloads, run_app: RunApp) -> None:
        async with run_app(backend()) as screen:
            await open_history(screen)
            await screen.press("x", "escape")
            await screen.until(lambda: isinstance(screen.app.screen, AuditScreen), "closed")
            await screen.settled()
            assert list(downloads.iterdir()) == []

    async def test_leaving_the_dashboard_ends_an_export(self, downloads, run_app: RunApp) -> None:
        async with run_app(backend(700)) as screen:
            await open_history(screen)
            screen.backend.overview_queries.answers.clear()
            await screen.press("x", "c")
            await screen.until(lambda: len(screen.backend.overview_queries.asked) == 2, "it has begun")
            await screen.press("q")
            screen.backend.overview_queries.answers.set()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while list(downloads.iterdir()):
            assert time.monotonic() < deadline, "the thread does not clean up"
            await asyncio.sleep(0.01)
        assert len(screen.backend.overview_queries.asked) == 2, "it went on reading"
