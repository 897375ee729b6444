"""Dialog of command lines that do what keys do; a key copies its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from textual.binding import Binding, BindingsMap
from textual.content import Content

from odoo_sync_tui.tui.commands.command import Command
from odoo_sync_tui.tui.commands.command_line import MAX_WORD, Subject, format_command_line
from odoo_sync_tui.tui.dialogs.base import DetailDialog
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.layout import Entry
from odoo_sync_tui.tui.messages import CopyText
from odoo_sync_tui.tui.model.state import DashboardState
from odoo_sync_tui.tui.terminal.clipboard import ClipboardText

LABEL_WIDTH = 6


class ShownCommandLine(NamedTuple):
    """The command lines of one command, its key in Textual's spelling and for people, and its name."""

    key: str
    key_display: str
    title: str
    lines: Sequence[str]


def list_command_lines(
    commands: Iterable[Command], subject: Subject, program: Sequence[str]
) -> Sequence[ShownCommandLine]:
    """List the commands that have a command line about this subject."""
    shown: list[ShownCommandLine] = []
    for command in commands:
        listed = command.command_line(subject) if command.command_line else ()
        lines = [format_command_line(program, words) for words in listed]
        if lines:
            shown.append(ShownCommandLine(command.key, command.key_display, command.title, lines))
    return shown


class CommandLineDialog(DetailDialog):
    """Command lines; each is copied by the key of what it does."""

    def __init__(self, state: DashboardState, lines: Sequence[ShownCommandLine]) -> None:
        super().__init__(Content("Command lines"), list(_list_entries(state, lines)), LABEL_WIDTH)
        self._footer = "A key copies its command line.   Esc closes" if lines else self._footer
        bindings = [Binding(line.key, f"copy({index})", show=False) for index, line in enumerate(lines)]
        self._bindings = BindingsMap.merge([self._bindings, BindingsMap(bindings)])
        self._lines = lines

    def action_copy(self, index: int) -> None:
        """Copy the command lines of one command."""
        shown = self._lines[index]
        self.post_message(CopyText(ClipboardText("\n".join(shown.lines), "command-line", "txt"), shown.title))


def _list_entries(state: DashboardState, lines: Sequence[ShownCommandLine]) -> Iterable[Entry]:
    if not lines:
        yield Entry(Content("Nothing here has a command line."))
    if state.note:
        yield Entry(render.assemble(("They work on your own settings, and on nothing of this demo.", render.MUTED)))
    program = format_command_line(state.program, ())
    for shown in lines:
        yield Entry(render.assemble((shown.title, render.MUTED)), render.assemble((shown.key_display, render.ACCENT)))
        for line in shown.lines:
            words = render.safe_text(line.removeprefix(program), state.glyphs, MAX_WORD)
            yield Entry(render.assemble((render.safe_text(program, state.glyphs), render.FAINT), words), Content(""))
