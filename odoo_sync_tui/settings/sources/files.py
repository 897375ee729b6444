"""Files of sources: what each has to have of its own, and what it inherits of the main settings."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.settings.files import list_toml_files, read_trusted_file
from odoo_sync_tui.settings.layers import (
    Layer,
    Member,
    build_file_layer,
    find_table_directory,
    read_environment_layer,
    read_file_layers,
    read_option_layer,
)
from odoo_sync_tui.settings.sources.places import Places

SECTION = "sources"

REQUIRED = ("odoo.url", "odoo.database", "odoo.username", "odoo.api_key", "mongo.database")
"""What each source has to have of its own."""

OWN = frozenset({*REQUIRED, "odoo.proxy", "odoo.api_key_file", "odoo.proxy_file", "metrics.textfile"})
"""What no source inherits: it says which key goes to which server, and where what was read is written."""

MAX_NAMED = 8
"""Names in the hint about a name that no source has."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
_MAIN_SECTIONS = ("fleet.", "hosts.")


def list_source_names(config: Path | None) -> tuple[str, ...]:
    """List the names of all sources, sorted; none where there is no directory ``sources.d``.

    Raises:
        ConfigurationError: the directory cannot be read, or others decide what is in it.
    """
    return tuple(path.stem for path in list_toml_files(find_table_directory(SECTION, config), _find_owners(config)))


class SourceFiles:
    """The files of all sources, and the main settings; these are read once.

    Args:
        config: the main settings file; ``None``: the one in the user's configuration directory, if there is one.
        overrides: settings given on the command line, by dotted name; they count for every source.

    Raises:
        ConfigurationError: a file of the main settings cannot be read; or an option or an environment variable sets
            what each source has to have of its own.
    """

    def __init__(self, config: Path | None, overrides: Mapping[str, object]) -> None:
        self._directory = find_table_directory(SECTION, config)
        self._owners = _find_owners(config)
        self._paths = {path.stem: path for path in list_toml_files(self._directory, self._owners)}
        self._given = (read_option_layer(overrides), read_environment_layer(os.environ))
        for layer in self._given:
            self._refuse_own(layer)
        self._main = tuple(read_file_layers(config))
        self._inherited = tuple(_drop_own(layer) for layer in self._main)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all sources, sorted."""
        return tuple(sorted(self._paths))

    @property
    def main(self) -> tuple[Layer, ...]:
        """The layers of the main settings, the strongest first."""
        return (*self._given, *self._main)

    def read(self, name: str) -> list[Layer]:
        """Read the layers of the settings of a source, the strongest first.

        Raises:
            ConfigurationError: there is no such source, its file cannot be read, it lacks what it has to have of its
                own, holds what stands in the main settings alone, or shares its MongoDB database with another one.
        """
        if name not in self._paths:
            raise ConfigurationError(f"There is no source named {sanitize(name, 63)}.", self._suggest(name))
        path = self._paths[name]
        if not _NAME.fullmatch(name):
            hint = "A name begins with a letter or digit and has at most 63 letters, digits, hyphens and underscores."
            raise ConfigurationError(f"{sanitize(path, 200)} has a name that no source may have.", hint)
        own = build_file_layer(read_trusted_file(path, self._owners))
        self._refuse_flaw(path, own)
        self._places.refuse_shared(name, own.values)
        return [*self._given, replace(own, member=Member(name, self.main)), *self._inherited]

    def _refuse_own(self, layer: Layer) -> None:
        name = next((name for name in layer.values if name.startswith("odoo.") or name in OWN), None)
        if name is not None:
            raise ConfigurationError(
                f"{layer.label_template.format(layer.format_name(name))} would count for every source, and each has"
                " address, login and database of its own.",
                f"Unset it, and write it into {self._directory}/NAME.toml.",
            )

    def _refuse_flaw(self, path: Path, own: Layer) -> None:
        missing = [name for name in REQUIRED if not own.values.get(name)]
        if missing:
            raise ConfigurationError(
                f"{path} lacks {', '.join(missing)}: no source inherits its address, login or database.",
                "Write what is missing into that file.",
            )
        if "odoo.proxy" not in own.values and any("odoo.proxy" in layer.values for layer in self._main):
            raise ConfigurationError(
                f"{path} lacks odoo.proxy: the one in the main settings is not inherited.",
                'Write the proxy on the way to this Odoo into that file, or proxy = "none".',
            )
        foreign = next((name for name in own.values if name.startswith(_MAIN_SECTIONS)), None)
        if foreign is not None:
            raise ConfigurationError(
                f"{sanitize(foreign, 100)} in {path} is about all sources.", "Move it to the main settings file."
            )

    @cached_property
    def _places(self) -> Places:
        return Places(self._given, self._main, self._paths, self._owners)

    def _suggest(self, name: str) -> str:
        if not self._paths:
            return f"There are none: write a file for each, {self._directory}/NAME.toml."
        near = difflib.get_close_matches(name, self.names, n=1)
        known = ", ".join(self.names[:MAX_NAMED]) + (" …" if len(self.names) > MAX_NAMED else "")
        return (f"Did you mean {near[0]}? " if near else "") + f"Known are: {sanitize(known)}."


def _find_owners(config: Path | None) -> frozenset[int]:
    """Find to whom files beside the settings file may belong: beside one that is named, to its owner as well."""
    named = {config.stat().st_uid} if config is not None and config.exists() else set[int]()
    return frozenset({os.geteuid(), 0, *named})


def _drop_own(layer: Layer) -> Layer:
    """Drop what no source inherits."""
    return replace(layer, values={name: value for name, value in layer.values.items() if name not in OWN})
