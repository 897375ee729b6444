"""Dialogs. A question has its careful answer focused, and Escape gives that answer too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import ClassVar, NamedTuple, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingsMap, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.style import Style
from textual.timer import Timer
from textual.visual import Visual
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from odoo_sync_tui.tui.commands.command import Command
from odoo_sync_tui.tui.format.layout import Entry, layout_entries

Answer = TypeVar("Answer")

NOTE_SECONDS = 5.0
"""Seconds for which a toast, or a note in the foot of a dialog, is shown."""


class QuitChoice(StrEnum):
    """Choice of an operator who quits while a run is at work."""

    WAIT = "wait"
    STOP = "stop"
    STAY = "stay"


class Question(ModalScreen[Answer]):
    """Dialog with buttons for the answers. Toasts do not cover it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]


class QuitDialog(Question[QuitChoice]):
    """Dialog that asks how to quit while a run is at work."""

    AUTO_FOCUS = "#stay"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "answer('stay')", "Stay"),
        Binding("w", "answer('wait')", "Wait"),
        Binding("c,s", "answer('stop')", "Cancel the run"),
    ]

    def compose(self) -> ComposeResult:
        """Compose the question and its three answers."""
        with Vertical(classes="dialog"):
            yield Static("A run of this dashboard is at work.", classes="dialog-title", markup=False)
            yield Static(
                "w  Wait: leave when it has ended.\n"
                "c  Cancel the run: end it at its next page, then leave. What is written stays written; the next run "
                "goes on.\n"
                "Esc  Stay: go on.",
                markup=False,
            )
            with Horizontal(classes="dialog-buttons"):
                yield Button("Wait", id="wait", compact=True)
                yield Button("Cancel the run", id="stop", compact=True)
                yield Button("Stay", id="stay", compact=True)

    def action_answer(self, answer: str) -> None:
        """Close with this answer."""
        self.dismiss(QuitChoice(answer))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Close with the button's answer."""
        self.dismiss(QuitChoice(event.button.id or QuitChoice.STAY))


class ConfirmDialog(Question[bool]):
    """Dialog that asks before an action that writes more than a normal sync.

    With ``required_text`` the text has to be typed before it can be confirmed: a habit of pressing Enter is not enough.
    Typed characters go into the field wherever the focus is.
    """

    AUTO_FOCUS = "#cancel"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel")]

    def __init__(self, title: Content, text: Content, confirm_label: str, required_text: str = "") -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._confirm_label = confirm_label
        self._required_text = required_text

    def compose(self) -> ComposeResult:
        """Compose the question, the field for the required text if any, and two answers."""
        with Vertical(classes="dialog"):
            yield Static(self._title, classes="dialog-title")
            yield Static(self._text)
            if self._required_text:
                yield Static(Content(f"Type {self._required_text} to confirm; Esc cancels:"), classes="dialog-type")
                with Horizontal(classes="dialog-typed"):
                    yield Static("> ", classes="dialog-prompt", markup=False)
                    typed = Input(id="typed", compact=True, select_on_focus=False)
                    typed.cursor_blink = False
                    yield typed
                yield Static(id="typed-wrong", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button(
                    Content(self._confirm_label), id="confirm", compact=True, disabled=bool(self._required_text)
                )
                yield Button("Cancel", id="cancel", compact=True)

    def on_key(self, event: events.Key) -> None:
        """Focus the field and type into it at the first printable key."""
        fields = self.query("#typed").results(Input)
        field = next(fields, None)
        if field is None or field.has_focus or not event.is_printable or event.character in {None, " "}:
            return
        event.stop()
        field.focus()
        field.insert_text_at_cursor(event.character or "")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Enable the confirm button when the typed text is right."""
        self.query_one("#confirm", Button).disabled = event.value.strip() != self._required_text
        self.query_one("#typed-wrong", Static).update("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Confirm if the typed text is right."""
        if event.value.strip() == self._required_text:
            self.dismiss(True)
        else:
            self.query_one("#typed-wrong", Static).update(f"That is not {self._required_text}.")

    def action_cancel(self) -> None:
        """Close with the careful answer."""
        self.dismiss(False)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Close with the button's answer."""
        self.dismiss(event.button.id == "confirm")


class DialogKey(NamedTuple):
    """The key of a command that runs an action of a dialog, and what it does, for the foot ("copies the line")."""

    command: Command
    action: str
    label: str


class DetailDialog(ModalScreen[None]):
    """Dialog of details; the text scrolls and can be selected.

    Args:
        title: the title.
        entries: the details, or what builds them for a width in cells.
        label_width: the width of their labels.
        keys: keys besides those that scroll and close.
    """

    AUTO_FOCUS = "#detail"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter", "close", "Close"),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
    ]

    def __init__(
        self,
        title: Content,
        entries: Sequence[Entry] | Callable[[int], Sequence[Entry]],
        label_width: int = 0,
        keys: Sequence[DialogKey] = (),
    ) -> None:
        super().__init__()
        self._title = title
        self._footer = "   ".join(["Esc closes", *(f"{key.command.key_display} {key.label}" for key in keys)])
        bindings = BindingsMap([Binding(key.command.key, key.action, show=False) for key in keys])
        self._bindings = BindingsMap.merge([self._bindings, bindings])
        self._entries = entries
        self._label_width = label_width
        self._note_timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """Compose title, text, and the key to close."""
        with Vertical(classes="dialog -large"):
            yield Static(self._title, classes="dialog-title")
            with VerticalScroll(id="detail"):
                yield Definitions(self._entries, self._label_width)
            yield Static(self._footer, classes="dialog-foot", markup=False)

    def show_note(self, text: str) -> None:
        """Show a text in the foot for some seconds, in place of the keys."""
        foot = self.query_one(".dialog-foot", Static)
        foot.update(text)
        if self._note_timer is not None:
            self._note_timer.stop()
        self._note_timer = self.set_timer(NOTE_SECONDS, lambda: foot.update(self._footer))

    def action_close(self) -> None:
        """Close the dialog."""
        self.dismiss(None)

    def action_scroll(self, lines: int) -> None:
        """Scroll the text."""
        self.query_one("#detail", VerticalScroll).scroll_relative(y=lines, animate=False)


class Definitions(Widget):
    """Widget of entries, as high as its entries are at its width.

    Lines are rendered when they come into sight: of a long text that is opened, most never do.
    """

    DEFAULT_CSS = "Definitions { height: auto; text-wrap: nowrap; }"

    def __init__(self, entries: Sequence[Entry] | Callable[[int], Sequence[Entry]], label_width: int) -> None:
        super().__init__()
        self._entries = entries
        self._label_width = label_width
        self._lines = lru_cache(2)(self._lay_out)

    def _lay_out(self, width: int) -> list[Content]:
        entries = self._entries(width) if callable(self._entries) else self._entries
        return layout_entries(entries, self._label_width, width).split(allow_blank=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of lines of the entries at ``width``. See :meth:`Widget.get_content_height`."""
        del container, viewport
        return len(self._lines(width))

    def render(self) -> Content:
        """Render all entries, for those who copy selected text."""
        return Content("\n").join(self._lines(self.content_size.width))

    def render_line(self, y: int) -> Strip:
        """Render one line. See :meth:`Widget.render_line`."""
        width = self.content_size.width
        line = next(iter(self._lines(width)[y : y + 1]), Content(""))  # at another width there may be fewer lines
        if (selection := self.text_selection) is not None and (span := selection.get_span(y)) is not None:
            start, end = span
            style = Style.from_styles(self.screen.get_component_styles("screen--selection"))
            line = line.stylize(style, start, end if end != -1 else None)
        return Visual.to_strips(self, line, width, 1, self.visual_style, apply_selection=False)[0].apply_offsets(0, y)
