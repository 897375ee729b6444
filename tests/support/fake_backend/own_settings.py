"""A first settings file that is only remembered."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from odoo_sync_tui.core.errors import SyncError
from odoo_sync_tui.core.reports.diagnosis import Check, Grade
from odoo_sync_tui.entities.declaration import EntityTable
from odoo_sync_tui.settings.sections.entities import get_table_name
from odoo_sync_tui.tui.backend import OwnSettings
from tests.support.fake_backend.backend import FakeBackend
from tests.support.fake_backend.overview_queries import FakeOverviewQueries, answering
from tests.support.fake_backend.values import empty_overview

WELL = (Check("odoo.login", Grade.OK, "sync is let in."),)
MISSING = (
    "odoo.url, odoo.database, odoo.username, odoo.api_key are not set. Set what is missing in one of three places: the"
    " environment (ODOO_SYNC_ODOO__URL), the settings file ([odoo] in /home/anna/.config/odoo-sync-tui/settings.toml),"
    " or integrations.config in the database."
)
LINES = (
    "[odoo]",
    'url = "https://odoo.example.com"',
    'database = "acme"',
    'username = "sync@example.com"',
    'api_key_file = "/home/anna/.config/odoo-sync-tui/odoo_api_key"',
)


def backend_without_settings() -> FakeBackend:
    """A backend whose settings name no Odoo."""
    empty = empty_overview()
    lacking = replace(empty, integration=replace(empty.integration, settings_problem=MISSING))
    return FakeBackend(FakeOverviewQueries(lacking))


@dataclass
class FakeOwnSettings:
    """Answers as a test wants; what is saved ends the backend's lack of settings.

    Attributes:
        checks: what a try finds; or what it raises.
        goes_on: while it is cleared, a try does not end.
        refuses: what saving raises.
        tried: the answers of each try.
        saved: the answers of each file that was written.
        tables: the tables that were written, each to a file of its own.
    """

    backend: FakeBackend
    path: str = "/home/anna/.config/odoo-sync-tui/settings.toml"
    asked: tuple[str, ...] = ("odoo.url", "odoo.database", "odoo.username", "odoo.api_key", "mongo.uri")
    lines: tuple[str, ...] = LINES
    is_written: bool = False
    checks: tuple[Check, ...] | SyncError = WELL
    refuses: SyncError | None = None
    goes_on: threading.Event = field(default_factory=answering)
    tried: list[Mapping[str, str]] = field(default_factory=list[Mapping[str, str]])
    saved: list[Mapping[str, str]] = field(default_factory=list[Mapping[str, str]])
    tables: list[EntityTable] = field(default_factory=list[EntityTable])

    def check(self, answers: Mapping[str, str]) -> tuple[Check, ...]:
        self.tried.append(answers)
        assert self.goes_on.wait(20)
        if isinstance(self.checks, SyncError):
            raise self.checks
        return self.checks

    def save(self, answers: Mapping[str, str]) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.saved.append(answers)
        self.is_written = True
        self.backend.overview_queries.answer = empty_overview()

    def save_table(self, table: EntityTable) -> Path:
        if self.refuses is not None:
            raise self.refuses
        self.tables.append(table)
        return Path(self.path).with_name("entities.d") / f"{get_table_name(table)}.toml"


# The type checker compares each member with the dashboard's protocol here.
AS_THE_DASHBOARD_SEES_IT: OwnSettings = FakeOwnSettings(FakeBackend())
