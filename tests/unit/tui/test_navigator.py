"""Screens are opened once what they need is there."""

from __future__ import annotations

import pytest

from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.tui.app.audit_actions import AuditExporter
from odoo_sync_tui.tui.app.navigator import Navigator
from odoo_sync_tui.tui.screens.audit import AuditScreen
from odoo_sync_tui.tui.screens.base import ScreenContext
from odoo_sync_tui.tui.screens.doctor import DoctorScreen
from odoo_sync_tui.tui.screens.entity import EntityScreen
from odoo_sync_tui.tui.screens.run import RunScreen
from odoo_sync_tui.tui.screens.runs import RunsScreen
from odoo_sync_tui.tui.screens.verification import VerificationScreen
from tests.unit.tui.manual import Desk


def navigator(desk: Desk) -> Navigator:
    exporter = AuditExporter(desk.store, desk.tasks, desk.ui, desk.poller)

    def context() -> ScreenContext:
        return ScreenContext(desk.store, desk.tasks, opens, desk.ui.every, desk.poller.refresh_seconds, "primary")

    opens = Navigator(desk.ui, desk.store, context, desk.poller, desk.runs, exporter)
    return opens


def open_everything(opens: Navigator) -> None:
    opens.open_history()
    opens.open_runs()
    opens.open_run("run-1")
    opens.open_entity("users")
    opens.open_verification()
    opens.open_doctor()


def test_nothing_opens_before_the_store_is_open() -> None:
    desk = Desk()
    open_everything(navigator(desk))
    assert desk.ui.screens == []


async def test_each_place_has_its_screen() -> None:
    desk = Desk().open()
    opens = navigator(desk)
    opens.run_checks = lambda: iter(())
    open_everything(opens)
    kinds = [AuditScreen, RunsScreen, RunScreen, EntityScreen, VerificationScreen, DoctorScreen]
    assert [(type(screen), in_place) for screen, in_place in desk.ui.screens] == [(kind, False) for kind in kinds]


async def test_the_doctor_needs_only_the_settings() -> None:
    desk = Desk()
    opens = navigator(desk)
    opens.run_checks = lambda: iter(())
    opens.open_doctor()
    assert len(desk.ui.screens) == 1


async def test_an_entity_takes_the_place_of_another() -> None:
    desk = Desk().open()
    opens = navigator(desk)
    opens.open_entity("users")
    desk.ui.front = desk.ui.screens[-1][0]
    opens.open_entity("departments")
    screen, in_place = desk.ui.screens[-1]
    assert (screen.entity_id, in_place) == ("departments", True)


def test_no_run_opens_while_none_is_shown() -> None:
    desk = Desk().open()
    navigator(desk).open_run(None)
    assert desk.ui.screens == []


@pytest.mark.parametrize("entity_id", [None, "users"])
async def test_a_verification_compares_one_entity_or_all(entity_id: str | None) -> None:
    desk = Desk().open()
    navigator(desk).open_verification(entity_id)
    ((screen, _),) = desk.ui.screens
    expected = [entity.id for entity in BUILT_IN] if entity_id is None else [entity_id]
    assert [entity.id for entity in screen._entities] == expected
