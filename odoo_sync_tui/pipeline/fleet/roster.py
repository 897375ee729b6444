"""Which sources are to be kept in step, by their settings: read again when a file changes, and only what did."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.pipeline.fleet.due_sources import Member
from odoo_sync_tui.settings.layers import find_table_directory
from odoo_sync_tui.settings.sources.files import SECTION
from odoo_sync_tui.settings.sources.load import Source, load_sources

MAX_NAMED = 8
"""Names in a sentence about several sources."""

_Stamp = tuple[float, float]
"""When the text of a file was changed last, and when its rights were, too: a file may be refused for them."""


@dataclass(frozen=True, slots=True)
class RosterHooks:
    """What a roster calls, once for one thing.

    Attributes:
        on_problem: takes why the settings of a source cannot be used; an empty name: those of none can be read again.
        on_notice: takes what else an operator may want to know.
    """

    on_problem: Callable[[str, ConfigurationError], None]
    on_notice: Callable[[str], None]


class Roster:
    """The sources that have a schedule. One whose settings cannot be used harms no other.

    Of the settings only what a plan needs is kept, so that two hundred sources take little memory.

    Args:
        config: the main settings file; ``None``: the one in the user's configuration directory.
        overrides: settings given on the command line, by dotted name.
        hooks: what it calls.
    """

    def __init__(self, config: Path | None, overrides: Mapping[str, object], hooks: RosterHooks) -> None:
        self._config = config
        self._overrides = overrides
        self._hooks = hooks
        self._directory = find_table_directory(SECTION, config)
        self._stamps: dict[Path, _Stamp] = {}
        self._members: dict[str, Member] = {}
        self._idle: dict[str, str] = {}
        self._told: dict[str, str] = {}
        self._has_read = False

    def read(self) -> Mapping[str, Member]:
        """Return the sources by name; reads the files that have changed since.

        Raises:
            ConfigurationError: the first time, the settings of no source can be used. Later they stay as they were.
        """
        stamps = dict(self._stamp_files())
        if stamps == self._stamps and "" not in self._told:
            return self._members
        changed = {path for path, _ in stamps.items() ^ self._stamps.items()}
        self._stamps = stamps
        existing = self._list_names(stamps)
        for known in (self._members, self._idle, self._told):
            for name in known.keys() - existing - {""}:
                del known[name]
        self._update(existing, changed)
        return self._members

    def _update(self, existing: set[str], changed: set[Path]) -> None:
        """Read the settings that may be others now: also of the refused ones, which may have shared a database."""
        own = self._list_names(changed)
        names = existing & {*own, *self._told} if len(own) == len(changed) and "" not in self._told else existing
        if not names:
            return
        try:
            sources = load_sources(self._config, self._overrides, sorted(names)).sources
        except ConfigurationError as error:
            if not self._has_read:
                raise
            self._tell("", error)
            return
        self._has_read = True
        self._told.pop("", None)
        idle = dict(self._idle)
        for source in sources:
            self._place(source)
        if self._idle.keys() - idle.keys():
            named = [f"{name} ({why})" for name, why in sorted(self._idle.items())]
            more = f" and {len(named) - MAX_NAMED} more" if len(named) > MAX_NAMED else ""
            self._hooks.on_notice(f"Never run here: {', '.join(named[:MAX_NAMED])}{more}.")

    def _place(self, source: Source) -> None:
        name, settings = source.name, source.settings
        self._members.pop(name, None)
        self._idle.pop(name, None)
        if source.problem:
            self._tell(name, source.problem)
        if settings is None:
            return
        self._told.pop(name, None)
        rules = settings.schedule_rules.values()
        if settings.is_read_only or not rules:
            self._idle[name] = "read_only" if settings.is_read_only else "no schedule"
            return
        every = min(rule.every for rule in rules)
        self._members[name] = Member(name, every, settings.tags, settings.zone, self._find_change(name))

    def _tell(self, name: str, problem: ConfigurationError) -> None:
        if self._told.get(name) != str(problem):
            self._told[name] = str(problem)
            self._hooks.on_problem(name, problem)

    def _find_change(self, name: str) -> datetime:
        """Find when the settings of a source were changed last, in its file or in the main ones."""
        times = [at for path, (at, _) in self._stamps.items() if path.parent != self._directory or path.stem == name]
        return datetime.fromtimestamp(max(times), UTC)

    def _list_names(self, paths: Iterable[Path]) -> set[str]:
        return {path.stem for path in paths if path.parent == self._directory}

    def _stamp_files(self) -> Iterator[tuple[Path, _Stamp]]:
        """Stamp the settings file, and the files in the directories beside it."""
        root = self._directory.parent
        for path in [*root.glob("*.toml"), *root.glob("*.d/*.toml")]:
            with suppress(OSError):  # gone since, or not to be read: the loader says so
                status = path.stat()
                yield path, (status.st_mtime, status.st_ctime)
