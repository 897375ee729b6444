"""Input line for a filter."""

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
    """Filter input without a blinking cursor; the right arrow key completes fields and their values."""

    DEFAULT_CSS = """
    FilterBar {
        background: $surface;
        &:focus { background: $panel; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "submit", "Apply", key_display="Enter")]

    def __init__(self, *, id: str) -> None:  # noqa: A002 -- Textual's word
        super().__init__(
            id=id, placeholder=PLACEHOLDER, compact=True, select_on_focus=False, suggester=_FilterSuggester()
        )
        self.cursor_blink = False

    def validate_value(self, value: str) -> str:
        """Remove control characters: pasted text may come from anywhere."""
        return clean(value, LONGEST)


class _FilterSuggester(Suggester):
    """Completion of the last word."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        return completed(value)
