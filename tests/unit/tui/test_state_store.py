"""One state, one way to change it, and one derivation of what follows from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from odoo_sync_tui.tui.commands.command import CommandContext
from odoo_sync_tui.tui.model.state import ConnectionState
from tests.support.fake_backend.values import NOW, overview
from tests.unit.tui.manual import Desk


class Front:
    """A screen in front that allows copying, and counts how often it is asked."""

    def __init__(self, name: str = "audit") -> None:
        self.name = name
        self.asked = 0
        self.has_event = True

    def refine_context(self, app_context: CommandContext) -> CommandContext:
        self.asked += 1
        return replace(app_context, screen=self.name, has_event=self.has_event)


def test_a_change_replaces_fields_takes_the_time_and_draws_once() -> None:
    desk = Desk()
    desk.passes(minutes=1)
    desk.store.change(connection=ConnectionState.READY, leaving=True)
    (drawn,) = desk.drawn
    assert (drawn.connection, drawn.leaving, drawn.now) == (ConnectionState.READY, True, NOW + timedelta(minutes=1))


def test_a_field_that_the_state_does_not_have_is_refused() -> None:
    with pytest.raises(TypeError):
        Desk().store.change(colour="red")


def test_the_runs_and_the_context_follow_from_the_state() -> None:
    desk = Desk()
    assert (desk.store.shown_runs.last, desk.store.context.ready, desk.store.context.has_run) == (None, False, False)
    desk.store.change(connection=ConnectionState.READY, overview=overview())
    assert desk.store.shown_runs.run_id == "run-1"
    assert (desk.store.context.ready, desk.store.context.has_run) == (True, True)


def test_the_screen_in_front_refines_the_context_once_until_something_changes() -> None:
    desk = Desk()
    front = desk.ui.front = Front()
    assert [desk.store.context.screen for _ in range(40)] == ["audit"] * 40
    assert front.asked == 1
    front.has_event = False
    desk.store.refine_again()
    assert not desk.store.context.has_event
    desk.store.change()
    assert desk.store.context.screen == "audit"
    assert front.asked == 3


def test_another_screen_in_front_has_a_context_of_its_own() -> None:
    desk = Desk()
    desk.ui.front = Front()
    assert desk.store.context.screen == "audit"
    desk.ui.front = Front("runs")
    assert desk.store.context.screen == "runs"
    assert desk.store.app_context.screen == "dashboard"
