"""Help: keys from the command registry, entities from their registry, meanings of signs and figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from textual.content import Content

from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.tui import view
from odoo_sync_tui.tui.commands import Command
from odoo_sync_tui.tui.glyphs import Glyphs
from odoo_sync_tui.tui.screens.dialogs import DetailDialog
from odoo_sync_tui.tui.widgets.definitions import Entry

FIGURES = (
    ("created", "documents that did not exist; archived rows are stored too, inactive from the start"),
    ("updated", "documents whose content changed, not those merely read"),
    ("unchanged", "compared and equal, or not written since the last run"),
    ("reactivated", "inactive documents whose row is active again"),
    ("retired", "active documents that became inactive: the row is archived or gone"),
    ("quarantined", "rows that could not be read or stored, set aside with the reason"),
    ("not retired", "more would go than the guard allows; a person confirms"),
)

STATES = (
    ("running", "at work"),
    ("success", "everything in the scope is in step"),
    ("partial", "in step but for what is named: quarantined rows, an entity, or documents not retired"),
    ("failed", "stopped by an error, which is shown"),
    ("cancelled", "stopped by a person at the end of a page"),
    ("interrupted", "ended without a word: killed, or cut off; the next run continues"),
    ("unavailable", "the Odoo server has no such model"),
    ("waiting", "its turn comes"),
)


LABEL_WIDTH = 16


class HelpScreen(DetailDialog):
    """All of the help on one page that scrolls."""

    def __init__(
        self, glyphs: Glyphs, entities: Sequence[Entity], commands: Sequence[Command], place: str, *, writable: bool
    ) -> None:
        entries = help_entries(glyphs, entities, commands, place, writable=writable)
        super().__init__(Content("Help"), entries, LABEL_WIDTH)


def help_entries(
    glyphs: Glyphs, entities: Sequence[Entity], commands: Sequence[Command], place: str, *, writable: bool
) -> list[Entry]:
    """Build the help: keys, with those of the screen in front first; then signs, figures and entities.

    When the dashboard is not ``writable``, the keys that are off are marked.
    """
    groups = [(group, list(members)) for group, members in groupby(commands, key=lambda command: command.group)]
    groups.sort(key=lambda group: not any(command.places == (place,) for command in group[1]))
    sections = [
        *((group, _key_rows(members, writable)) for group, members in groups),
        ("In a list", [("up down j k", "move"), ("Enter", "open"), ("Tab", "go to the next part of the screen")]),
        ("States", [(f"{glyphs.state(word)} {word}", meaning) for word, meaning in STATES]),
        ("Figures", FIGURES),
        ("Entities", [(entity.title, f"{entity.model} into {entity.target.collection}") for entity in entities]),
    ]
    entries: list[Entry] = []
    for title, rows in sections:
        entries += [Entry(Content("")), Entry(view.line((title, view.STRONG)))]
        entries += [Entry(Content(text), view.line((f"  {label}", view.ACCENT))) for label, text in rows]
    return entries[1:]


def _key_rows(commands: Iterable[Command], writable: bool) -> list[tuple[str, str]]:
    return [
        (
            f"{command.key_shown} {command.also}".strip(),
            command.description if writable or not command.writes else f"(read-only: off) {command.description}",
        )
        for command in commands
    ]
