"""What the list of all sources costs on the line, through a pseudo terminal."""

from __future__ import annotations

import pytest

from tests.support.slow import slow
from tests.tui.support.pty_screen import PtyScreen

PROGRAM = "tests.tui.support.fleet_program"


@pytest.mark.parametrize(("columns", "lines"), [(120, 40), *slow([(80, 24), (200, 60)])])
def test_twenty_of_two_hundred_sources_that_change_each_second_stay_within_the_budget(columns: int, lines: int) -> None:
    with PtyScreen(PROGRAM, "20", columns=columns, lines=lines) as program:
        program.wait_for("200 sources")
        program.drawn_within(2.0)
        assert 200 < program.drawn_within(5.0) / 5 <= 4000


def test_an_idle_fleet_costs_nothing() -> None:
    with PtyScreen(PROGRAM, "0", columns=120, lines=40) as program:
        program.wait_for("200 sources")
        program.come_to_rest()
        assert program.drawn_within(5.0) == 0
