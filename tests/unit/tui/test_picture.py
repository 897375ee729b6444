"""Of what is painted only the cells go to the terminal that differ from what it shows."""

from __future__ import annotations

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from odoo_sync_tui.tui.terminal.picture import Picture

RED, RED_ON_BLUE, LINK = Style.parse("red"), Style.parse("red on blue"), Style.from_meta({"@click": "app.quit"})


def strip(text: str, style: Style | None = None) -> Strip:
    return Strip([Segment(text, style)])


def sent(picture: Picture, x: int, painted: Strip) -> list[tuple[int, str]]:
    return [(column, part.text) for column, part in picture.replace(x, 0, painted)]


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        (strip("00:41"), strip("00:42"), [(4, "2")]),
        (strip("same"), strip("same"), []),
        (strip("same"), strip("same", LINK), []),
        (strip("same"), strip("same", RED), [(0, "same")]),
        (strip("7", Style(link="https://a.example")), strip("7", Style(link="https://a.example")), []),
        (strip("7", Style(link="https://a.example")), strip("7", Style(link="https://b.example")), [(0, "7")]),
        (strip("7", Style(link="https://a.example")), strip("7"), [(0, "7")]),
        (strip("a  "), strip("a  ", RED), [(0, "a")]),
        (strip("a  ", RED), strip("a  ", RED_ON_BLUE), [(0, "a  ")]),
        (strip("abcd"), strip("aXcY"), [(1, "XcY")]),
        (strip("a" + "-" * 30 + "b"), strip("A" + "-" * 30 + "B"), [(0, "A"), (31, "B")]),
        (strip("名前"), strip("名前"), [(0, "名前")]),
        (strip("e\u0301x"), strip("e\u0301x"), [(0, "e\u0301x")]),
    ],
)
def test_only_what_differs_is_sent(old: Strip, new: Strip, parts: list[tuple[int, str]]) -> None:
    picture = Picture()
    assert sent(picture, 0, old) == [(0, old.text)]
    assert sent(picture, 0, new) == parts


def test_behind_a_character_of_uncertain_width_nothing_is_known() -> None:
    picture = Picture()
    sent(picture, 0, strip("ab"))
    sent(picture, 2, strip("名"))
    sent(picture, 4, strip("cd"))
    sent(picture, 2, strip("名"))
    assert sent(picture, 0, strip("ab")) == []
    assert sent(picture, 4, strip("cd")) == [(4, "cd")]


def test_what_was_forgotten_is_sent_again() -> None:
    picture = Picture()
    sent(picture, 0, strip("ab"))
    picture.forget()
    assert sent(picture, 0, strip("ab")) == [(0, "ab")]
