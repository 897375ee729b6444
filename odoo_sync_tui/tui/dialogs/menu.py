"""The menu: Textual's command palette with our commands in the order of use, found by key, name, id or description."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.tui.commands.command import Command, CommandContext
from odoo_sync_tui.tui.format import render


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One line of the menu.

    Attributes:
        title: its name.
        keys: the keys that do the same, in the form for people.
        id: the command's id, or the entity's.
        description: its effect, in a sentence.
        run: runs it.
    """

    title: str
    keys: tuple[str, ...]
    id: str
    description: str
    run: Callable[[], None]

    @property
    def line(self) -> Content:
        """The name and the keys."""
        return render.assemble(self.title, *[part for key in self.keys for part in ("  ", (key, render.KEY))])

    def score(self, query: str) -> int:
        """Score how well the query finds this entry: by key, name, id, description, or by all its words; 0: not."""
        if query in self.keys:
            return 5
        texts = [text.lower() for text in (self.title, self.id, self.description)]
        sought = query.lower()
        if found := [4 - index for index, text in enumerate(texts) if sought in text]:
            return found[0]
        return int(all(any(word in text for text in texts) for word in sought.split()))


def build_menu(
    commands: Iterable[Command],
    context: CommandContext,
    run: Callable[[str], None],
    entities: Iterable[Entity] = (),
    open_entity: Callable[[str], None] = lambda _: None,
) -> list[MenuEntry]:
    """Build the menu: what the screen in front can do now, its own first; the entities; what every screen can do."""
    offered = [each for each in commands if each.is_available(context) and each.id != "app.palette"]
    of_screens = sorted((each for each in offered if each.screens), key=lambda each: each.screens[0] != context.screen)
    of_all = [each for each in offered if not each.screens]
    return [
        *(_build_entry(each, run) for each in of_screens),
        *(
            MenuEntry(
                f"Open {entity.title}", (), entity.id, "Its figures, its quarantine, and its documents.",
                partial(open_entity, entity.id),
            )
            for entity in entities
        ),
        *(_build_entry(each, run) for each in of_all),
    ]  # fmt: skip


def _build_entry(command: Command, run: Callable[[str], None]) -> MenuEntry:
    keys = tuple(command.key_display.split())
    return MenuEntry(command.title, keys, command.id, command.description, partial(run, command.id))


class MenuSource(Protocol):
    """The application, as the menu sees it."""

    def menu_entries(self) -> Sequence[MenuEntry]:
        """Return what the menu offers now, in its order."""
        ...


class MenuProvider(Provider):
    """Provider of the menu's entries. Entries that are found equally well keep their order."""

    async def discover(self) -> Hits:
        """Yield all entries."""
        for entry in self._entries:
            yield DiscoveryHit(entry.line, entry.run, entry.title, entry.description)

    async def search(self, query: str) -> Hits:
        """Yield the entries that the query finds."""
        for entry in self._entries:
            if score := entry.score(query):
                yield Hit(score, entry.line, entry.run, entry.title, entry.description)

    @property
    def _entries(self) -> Sequence[MenuEntry]:
        app = self.app  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # Textual leaves its type open
        return cast("MenuSource", app).menu_entries()
