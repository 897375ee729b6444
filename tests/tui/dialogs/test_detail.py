"""Long texts in dialogs: what a person selects with the mouse is marked, and is what gets copied."""

from __future__ import annotations

from rich.segment import Segment
from textual.geometry import Offset

from odoo_sync_tui.tui.dialogs.base import Definitions
from odoo_sync_tui.tui.dialogs.help import HelpDialog
from tests.tui.support.screen import RunApp, Screen


def find_grounds(screen: Screen, y: int) -> set[object]:
    """The grounds of a line of the screen."""
    strip = screen.app.screen._compositor.render_strips()[y]
    return {segment.style.bgcolor for segment in strip if isinstance(segment, Segment) and segment.style}


async def test_the_selected_lines_of_a_dialog_are_marked_and_copied(run_app: RunApp) -> None:
    async with run_app() as screen:
        await screen.press("question_mark")
        await screen.shows("Esc closes")
        dialog = screen.app.screen
        assert isinstance(dialog, HelpDialog)
        scroll = dialog.query_one("#detail")
        scroll.scroll_to(y=3, animate=False)
        await screen.settled()
        definitions = dialog.query_one(Definitions)
        left, top = definitions.content_region.offset
        first = top + 5  # a line in sight, two below the upper edge
        shown = screen.text.splitlines()[first : first + 2]
        plain = [find_grounds(screen, y) for y in (first, first + 1, first + 2)]
        width = definitions.content_size.width
        await screen.pilot.mouse_down(offset=Offset(left, first))
        await screen.pilot.hover(offset=Offset(left + width - 1, first + 1))
        await screen.pilot.mouse_up(offset=Offset(left + width - 1, first + 1))
        await screen.until(dialog.get_selected_text, "text is selected")
        selected = (dialog.get_selected_text() or "").splitlines()
        assert [line.strip() for line in selected] == [line[left : left + width].strip() for line in shown]
        await screen.until(lambda: find_grounds(screen, first) != plain[0], "the first line is marked")
        assert find_grounds(screen, first + 1) != plain[1]
        assert find_grounds(screen, first + 2) == plain[2]
