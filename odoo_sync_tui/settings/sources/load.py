"""Loading of the settings of many Odoos: each by itself, so that a broken one harms no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.settings.load import build_settings
from odoo_sync_tui.settings.model import Settings
from odoo_sync_tui.settings.sources.files import SourceFiles


@dataclass(frozen=True, slots=True)
class Source:
    """One Odoo of many.

    Attributes:
        name: its name, that of its file.
        settings: its settings; ``None``: they cannot be used, and ``problem`` says why.
        problem: what has to be set right first.
    """

    name: str
    settings: Settings | None = None
    problem: ConfigurationError | None = None

    @property
    def tags(self) -> tuple[str, ...]:
        """Its tags; none where its settings cannot be used."""
        return self.settings.tags if self.settings else ()


@dataclass(frozen=True, slots=True)
class Sources:
    """The main settings, and all sources, sorted by name."""

    main: Settings
    sources: tuple[Source, ...]


def load_source(config: Path | None, overrides: Mapping[str, object], name: str) -> Settings:
    """Load the settings of one source.

    Raises:
        ConfigurationError: there is none of this name, or its settings cannot be used.
    """
    return build_settings(SourceFiles(config, overrides).read(name))


def load_sources(config: Path | None, overrides: Mapping[str, object], names: Sequence[str] = ()) -> Sources:
    """Load the settings of all sources, or of the named ones; one that cannot be used is among them, with its problem.

    Raises:
        ConfigurationError: the main settings cannot be used.
    """
    files = SourceFiles(config, overrides)
    main = build_settings(files.main)
    return Sources(main, tuple(_load(files, main, name) for name in names or files.names))


def _load(files: SourceFiles, main: Settings, name: str) -> Source:
    try:
        return Source(name, build_settings(files.read(name), main))
    except ConfigurationError as error:
        return Source(name, problem=error)
