"""Help: keys from the command registry, entities from their catalog, meanings of signs and figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from textual.content import Content

from odoo_sync_tui.entities.catalog import EntityCatalog
from odoo_sync_tui.tui.commands.command import Command
from odoo_sync_tui.tui.dialogs.base import DetailDialog
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.format.layout import Entry
from odoo_sync_tui.tui.model.glyphs import Glyphs

FIGURE_MEANINGS = (
    ("created", "documents that did not exist; archived rows are stored too, inactive from the start"),
    ("updated", "documents whose content changed, not those merely read"),
    ("unchanged", "compared and equal, or not written since the last run"),
    ("reactivated", "inactive documents whose row is active again"),
    ("retired", "active documents that became inactive: the row is archived or gone"),
    ("quarantined", "rows that could not be read or stored, set aside with the reason"),
    ("dismissed", "such rows that somebody dismissed, and that have not changed since"),
    ("withheld", "documents not retired: more would go than the guard allows; a person confirms"),
)

STATE_MEANINGS = (
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


class HelpDialog(DetailDialog):
    """All of the help on one page that scrolls."""

    def __init__(
        self,
        glyphs: Glyphs,
        catalog: EntityCatalog,
        commands: Sequence[Command],
        screen_name: str,
        *,
        writable: bool,
    ) -> None:
        entries = build_help_entries(glyphs, catalog, commands, screen_name, writable=writable)
        super().__init__(Content("Help"), entries, LABEL_WIDTH)


def build_help_entries(
    glyphs: Glyphs, catalog: EntityCatalog, commands: Sequence[Command], screen_name: str, *, writable: bool
) -> list[Entry]:
    """Build the help: the keys of the screen in front, of every screen, and of others; then signs, figures, entities.

    When the dashboard is not ``writable``, the keys that are off are marked.
    """
    here = [command for command in commands if screen_name in command.screens]
    everywhere = [command for command in commands if not command.screens]
    others = [command for command in commands if command.screens and screen_name not in command.screens]
    sections = [
        ("On this screen", _key_rows(here, writable)),
        ("On every screen", _key_rows(everywhere, writable)),
        *((group, _key_rows(members, writable)) for group, members in groupby(others, lambda command: command.group)),
        ("In a list", [("up down j k", "move"), ("Enter", "open"), ("Tab", "go to the next part of the screen")]),
        ("States", [(f"{glyphs.get_state_sign(word)} {word}", meaning) for word, meaning in STATE_MEANINGS]),
        ("Figures", FIGURE_MEANINGS),
        ("Entities", [(entity.title, f"{entity.model} into {entity.target.collection}") for entity in catalog]),
    ]
    entries: list[Entry] = []
    for title, rows in sections:
        entries += [Entry(Content("")), Entry(render.assemble((title, render.STRONG)))]
        entries += [Entry(Content(text), render.assemble((f"  {label}", render.ACCENT))) for label, text in rows]
    return entries[1:]


def _key_rows(commands: Iterable[Command], writable: bool) -> list[tuple[str, str]]:
    return [
        (
            f"{command.key_display} {command.extra_keys}".strip(),
            command.description if writable or not command.can_write else f"(read-only: off) {command.description}",
        )
        for command in commands
    ]
