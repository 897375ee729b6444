"""Where the documents of each source are: two in one MongoDB database would retire each other's."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.settings.files import read_trusted_file
from odoo_sync_tui.settings.layers import Layer
from odoo_sync_tui.settings.names import DEFAULT_DATABASE
from odoo_sync_tui.settings.urls import find_database

_URI_NAMES = ("mongo.uri_file", "mongo.uri")


class Place(NamedTuple):
    """A database of MongoDB. Names that differ in case alone are one: MongoDB refuses the second."""

    uri: str
    data_dir: str
    database: str


class Places:
    """The places of all sources. Servers are compared by what the settings say, not by where their names lead.

    Args:
        given: the layers of the command line and the environment.
        main: the layers of the main settings.
        paths: the files of all sources, by name.
        owners: ids of the users to whom the files may belong.
    """

    def __init__(
        self, given: Sequence[Layer], main: Sequence[Layer], paths: Mapping[str, Path], owners: Container[int]
    ) -> None:
        self._given = [layer.values for layer in given]
        self._main = [layer.values for layer in main]
        self._paths = paths
        self._owners = owners

    def refuse_shared(self, name: str, values: Mapping[str, object]) -> None:
        """Raise an error if a source, with these values in its file, shares its place.

        Raises:
            ConfigurationError: it does, with another source or with the main settings.
        """
        place = self._find_place(values)
        other = next((other for other in self._names_by_place.get(place, ()) if other != name), None)
        if other is not None:
            raise ConfigurationError(
                f"The sources {name} and {other} share the MongoDB database {sanitize(place.database, 63)}.",
                f"Give each a mongo.database of its own, in {self._paths[name]} and {self._paths[other]}.",
            )
        if place == self._find_place({}):
            database = sanitize(place.database, 63)
            raise ConfigurationError(
                f"The source {name} shares the MongoDB database {database} with the main settings.",
                f"Give it a mongo.database of its own, in {self._paths[name]}.",
            )

    @cached_property
    def _names_by_place(self) -> Mapping[Place, Sequence[str]]:
        names: dict[Place, list[str]] = {}
        for name, path in self._paths.items():
            try:
                values = read_trusted_file(path, self._owners).values
            except ConfigurationError:  # who asks for that source is told; it has no place meanwhile
                continue
            if values.get("mongo.database"):
                names.setdefault(self._find_place(values), []).append(name)
        return names

    def _find_place(self, own: Mapping[str, object]) -> Place:
        """Find the place of the source that has these values; without any, that of the main settings."""
        uri = self._find_setting(_URI_NAMES, own) or "embedded"
        database = own.get("mongo.database") or self._find_setting(("mongo.database",), {})
        named = str(database or find_database(str(uri)) or DEFAULT_DATABASE)
        return Place(str(uri), str(self._find_setting(("mongo.data_dir",), own) or ""), named.casefold())

    def _find_setting(self, names: Sequence[str], own: Mapping[str, object]) -> object:
        """Find the first of these settings that is set at the strongest place that sets any."""
        layers = (*self._given, own, *self._main)
        return next((values[name] for values in layers for name in names if name in values), None)
