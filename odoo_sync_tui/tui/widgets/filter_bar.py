"""The line in which a filter is typed."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.suggester import Suggester
from textual.widgets import Input

from odoo_sync_tui.core.audit_filter import completed
from odoo_sync_tui.core.text import clean

LONGEST = 1000

PLACEHOLDER = 'all events   / filters: outcome:failed user:anna since:2d "timed out" !text'


class FilterBar(Input):
    """One quiet line: no blinking cursor; fields and their values are completed with the right arrow key."""

    DEFAULT_CSS = """
    FilterBar {
        background: $surface;
        &:focus { background: $panel; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "submit", "Apply", key_display="Enter")]

    def __init__(self, *, id: str) -> None:  # noqa: A002 -- Textual's word
        super().__init__(id=id, placeholder=PLACEHOLDER, compact=True, select_on_focus=False, suggester=_Completion())
        self.cursor_blink = False

    def validate_value(self, value: str) -> str:
        """What was pasted may come from anywhere: only harmless characters stay."""
        return clean(value, LONGEST)


class _Completion(Suggester):
    """Completes the last word."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        return completed(value)
