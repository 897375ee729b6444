"""What really goes over the wire, through a pseudo terminal: bytes at idle and at work, signals, foreign escapes."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.pty_program import PtyProgram
from tests.support.slow import slow
from tests.support.terminal_screen import TerminalScreen, count_bytes
from tests.tui.support.pty_screen import PtyScreen

PROGRAM = "tests.tui.support.terminal_program"


class Dashboard(PtyScreen):
    """The dashboard on a lively fake backend, in a terminal of 120x40."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        super().__init__(PROGRAM, *arguments, **environment)

    def clog(self, pulse: Callable[[], int]) -> None:
        """Have it draw more and more that nobody reads, until its pulse stands still."""
        for _ in range(30):
            before = pulse()
            for _ in range(10):
                self.type("?")
                time.sleep(0.05)
                self.type("\x1b")
                time.sleep(0.15)
            if pulse() == before:
                return
        raise AssertionError("it still draws, although nobody reads")


@pytest.fixture
def dashboard() -> Iterator[Callable[..., Dashboard]]:
    opened: list[Dashboard] = []

    def start(*arguments: str, **environment: str) -> Dashboard:
        opened.append(Dashboard(*arguments, **environment))
        return opened[-1]

    yield start
    for program in opened:
        program.__exit__()


def test_idle_costs_next_to_nothing(dashboard) -> None:
    program = dashboard()
    program.wait_for("55 007")
    program.come_to_rest()
    assert program.drawn_within(6.0) <= 120


def test_a_run_at_full_speed_stays_within_the_budget(dashboard) -> None:
    program = dashboard()
    program.wait_for("55 007")
    program.come_to_rest()
    program.type("l")
    program.wait_for("rows/s")
    program.drawn_within(2.0)
    assert 200 < program.drawn_within(5.0) / 5 <= 4000


def test_the_start_costs_hardly_more_than_one_complete_picture(dashboard) -> None:
    program = dashboard()
    program.wait_for("55 007")
    program.come_to_rest()
    start = len(program.output.encode())
    picture = count_bytes({}, program.screen().cells)
    assert picture <= program.drawn_after("r") <= 1.1 * picture  # r paints everything anew
    assert start <= 1.5 * picture


def test_a_dialog_costs_what_changes(dashboard) -> None:
    program = dashboard()
    program.wait_for("55 007")
    for keys in ("?", "\x1b", "?", "\x1b"):
        before = dict(program.screen().cells)
        drawn = program.drawn_after(keys)
        changes = count_bytes(before, program.screen().cells)
        assert changes > 5_000
        assert drawn <= 1.3 * changes, keys


def test_a_terminal_that_showed_something_else_meanwhile_is_painted_anew(dashboard) -> None:
    program = dashboard()
    program.wait_for("55 007")
    program.come_to_rest()
    program.output = ""
    program.suspend_and_resume()
    program.wait_for("55 007")
    assert program.drawn_after("?") > 5_000  # and hears its keys


COLOUR = re.compile(r"(?:^|;)(?:3[0-9]|4[0-9]|9[0-7]|10[0-7])(?=;|$)")


def test_with_no_color_no_colour_is_ever_sent(dashboard) -> None:
    program = dashboard(NO_COLOR="1")
    program.wait_for("55 007")
    for keys, shown in (("?", "Help"), ("\x1b", "Events"), ("\x10", "Search"), ("\x1b", "Events"), ("l", "rows/s")):
        before = len(program.output)
        program.type(keys)
        program.wait_for(f"(?s).{{{before}}}.*{shown}")
    screen = TerminalScreen()
    screen.feed(program.output[: program.output.rindex("\x1b[")])  # the last sequence may not have come in whole
    assert {style for style in screen.styles if COLOUR.search(style)} == set()


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, *slow([{"TERM": "linux", "COLORTERM": ""}])], ids=str)
def test_where_colours_are_few_or_none_the_cursor_is_reversed(environment: dict[str, str], dashboard) -> None:
    program = dashboard(**environment)
    program.wait_for("55 007")
    screen = program.screen()
    if environment.get("NO_COLOR"):
        assert {style for _, style in screen.find("PROD")} == {"1;7"}, "the badge is reversed, too"
    assert all("7" in style.split(";") for _, style in screen.find("1 311 changed"))
    assert not any("7" in style.split(";") for text in ("4 changed", "accounts") for _, style in screen.find(text))


def test_without_a_word_about_true_colour_there_are_256(dashboard) -> None:
    program = dashboard(COLORTERM="")
    program.wait_for("55 007")
    styles = program.screen().styles
    assert any("38;5;" in style for style in styles)
    assert not any("38;2;" in style or "48;2;" in style for style in styles)


def test_an_empty_no_color_leaves_the_colours(dashboard) -> None:
    program = dashboard(NO_COLOR="")
    program.wait_for("55 007")
    assert any("38;2;" in style for style in program.screen().styles)


ADDRESS = "https://odoo.acme.example/odoo/hr.department/"


def test_the_ids_of_records_are_links_into_odoo(dashboard) -> None:
    program = dashboard()
    program.wait_for("55 007")
    program.type("E")
    program.wait_for(r"\x1b\]8;id=[^;]*;" + re.escape(ADDRESS) + r"1000000\?db=acme\x1b\\\x1b?[^\x1b]*1000000")


def test_a_console_that_would_print_the_address_of_a_link_gets_none(dashboard) -> None:
    program = dashboard(TERM="linux", COLORTERM="")
    program.wait_for("55 007")
    program.type("E")
    program.wait_for("1000000")
    program.come_to_rest()
    assert "\x1b]8;" not in program.output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, *slow([signal.SIGHUP])])
def test_a_signal_ends_the_run_and_restores_the_terminal(number: signal.Signals, dashboard) -> None:
    program = dashboard()
    program.wait_for("55 007")
    program.type("l")
    program.wait_for("rows/s")
    program.kill(number)
    assert program.exit_code() == 128 + number
    assert f"the run heard: interrupted by {number.name}" in program.output
    assert program.output.rindex("\x1b[?1049l") > program.output.rindex("\x1b[?1049h")


@pytest.mark.parametrize("handler", ["SIG_IGN", *slow(["SIG_DFL"])])  # the first as under nohup
def test_a_dashboard_whose_terminal_is_gone_ends_its_run_and_exits_with_129(handler: str, tmp_path: Path) -> None:
    pulse = tmp_path / "pulse"
    ignore = f"import runpy, signal, sys; signal.signal(signal.SIGHUP, signal.{handler}); del sys.argv[0]; "
    run = "runpy.run_module(sys.argv[0], run_name='__main__')"
    with PtyProgram("-c", ignore + run, PROGRAM, "", str(pulse), columns=120, lines=40) as program:
        program.wait_for("55 007")
        program.type("l")
        program.wait_for("rows/s")
        program.hang_up()
        assert program.exit_code() == 128 + signal.SIGHUP
    assert pulse.with_suffix(".told").read_text() == "the run heard: interrupted by SIGHUP\n"


@pytest.mark.parametrize("number", [signal.SIGHUP, *slow([signal.SIGTERM])])
def test_a_terminal_that_takes_no_more_output_keeps_nobody(number: signal.Signals, dashboard, tmp_path: Path) -> None:
    pulse = tmp_path / "pulse"
    program = dashboard("", str(pulse))
    program.wait_for("55 007")
    program.type("l")
    program.wait_for("rows/s")
    program.clog(lambda: pulse.stat().st_size)
    program.kill(number)
    assert program.exit_code_unread() == 128 + number
    assert pulse.with_suffix(".told").read_text() == f"the run heard: interrupted by {number.name}\n"


def test_no_escape_of_theirs_reaches_the_terminal(dashboard) -> None:
    program = dashboard("\x1b]52;c;ZXZpbA==\x07\x9b31mMARK\x1b[2J")
    program.wait_for("MARK")
    program.come_to_rest()
    program.type("a\r")
    program.come_to_rest()
    assert "\x1b]52" not in program.output
    assert "\x07" not in re.sub(r"\x1b\][^\x07\x1b]*\x07", "", program.output)
    assert "\x1b[2J" not in program.output
    assert "\x9b" not in program.output
