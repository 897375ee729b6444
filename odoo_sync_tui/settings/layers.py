"""Layers of settings: command line, environment and TOML files, each value with its origin.

This module only reads layers; names and values are checked when all layers are merged.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.runtime.paths import config_file
from odoo_sync_tui.settings.files import (
    SettingsFile,
    read_secret,
    read_settings_file,
    read_table_files,
    refuse_repeated_tables,
)
from odoo_sync_tui.settings.names import (
    ENV_PREFIX,
    LIST_SECTIONS,
    TABLE_SECTIONS,
    find_secret_of_file,
    from_env_variable,
    split_name,
    to_env_variable,
)

LOCAL_SETTINGS_FILE = Path("settings.toml")
"""The file in the working directory, which earlier versions used unnamed, whoever had put it there."""


@dataclass(frozen=True, slots=True)
class Layer:
    """The values of one source.

    Attributes:
        values: by dotted name.
        origins: the source of each value, as text.
        label_template: template of the term for a value of this source, with braces for the name.
        format_name: converts a dotted name to the spelling of this source.
        notice: a sentence for the operator about this source; empty without one.
        member: the name of the Odoo of many whose file it is, with the main settings; ``None`` for any other layer.
    """

    values: Mapping[str, object]
    origins: Mapping[str, str]
    label_template: str = "{}"
    format_name: Callable[[str], str] = str
    notice: str = ""
    member: Member | None = None

    def to_nested_dict(self) -> dict[str, Any]:
        """Return the values nested by section, as in the settings classes."""
        tree: dict[str, Any] = {}
        for name, value in self.values.items():
            *path, key = split_name(name)
            place = tree
            for each in path:
                place = place.setdefault(each, {})
            place[key] = value
        return tree


@dataclass(frozen=True, slots=True)
class Member:
    """One Odoo of many, by name, and the layers of the main settings, the strongest first."""

    name: str
    main: tuple[Layer, ...]


def read_layers(config: Path | None, overrides: Mapping[str, object]) -> list[Layer]:
    """Read the current layers of :func:`odoo_sync_tui.load_settings.load_settings`, the strongest first.

    Raises:
        ConfigurationError: a source cannot be read.
    """
    return [read_option_layer(overrides), read_environment_layer(os.environ), *read_file_layers(config)]


def read_option_layer(overrides: Mapping[str, object]) -> Layer:
    """Build the layer of the command line's settings, given by dotted name.

    Raises:
        ConfigurationError: the file of a secret cannot be read.
    """
    return _build_layer(dict(overrides), lambda name: f"option --set {name}", "option --set {}")


def read_environment_layer(environ: Mapping[str, str]) -> Layer:
    """Build the layer of the environment variables; an empty variable counts as not set.

    Raises:
        ConfigurationError: the file of a secret cannot be read.
    """
    values: dict[str, object] = {
        from_env_variable(variable): value
        for variable, value in environ.items()
        if variable.startswith(ENV_PREFIX) and value
    }
    return _build_layer(
        values, lambda name: f"environment variable {to_env_variable(name)}", "environment variable {}", to_env_variable
    )


def read_answer_layer(answers: Mapping[str, object]) -> Layer:
    """Build the layer of what an operator answered, by dotted name, as a first settings file will say it.

    Raises:
        ConfigurationError: the file of a secret cannot be read.
    """
    return _build_layer(dict(answers), lambda _: "answer")


def find_settings_file(config: Path | None) -> Path | None:
    """Find the settings file: ``config``, else in the user's configuration directory."""
    return config or (config_file() if _exists(config_file()) else None)


def _describe_unused_file() -> str:
    """Describe a file in the working directory that an earlier version would have used; empty without one."""
    try:
        if not LOCAL_SETTINGS_FILE.exists():
            return ""
    except PermissionError:  # a working directory that is closed to us
        return ""
    return f"{LOCAL_SETTINGS_FILE} in this directory is not used: name it, --config {LOCAL_SETTINGS_FILE}."


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:
        return True  # the reading then says what is wrong


def read_file_layers(config: Path | None) -> list[Layer]:
    """Read the layers of the settings file and of the files of named tables beside it.

    Without a settings file its layer is empty, but for a notice; the other files then stand in the user's
    configuration directory. There, and beside a file that is not named, all must belong to this user or to root; beside
    a file that is named they may also belong to whom it belongs.

    Raises:
        ConfigurationError: a file cannot be read, is not TOML, holds a secret readable by other users, is writable by
            other users, or holds what does not belong there; two files hold the same table.
    """
    path = find_settings_file(config)
    files = [read_settings_file(path, named=config is not None)] if path else []
    owners = {os.geteuid(), 0, *(file.owner for file in files)}
    for section in sorted(TABLE_SECTIONS.keys() - LIST_SECTIONS):
        files += read_table_files(section, find_table_directory(section, config), owners)
    refuse_repeated_tables(files)
    missing = [] if path else [Layer({}, {}, notice=_describe_unused_file())]
    return missing + [build_file_layer(file) for file in files]


def find_table_directory(section: str, config: Path | None) -> Path:
    """Find the directory for files of named tables of a section: beside the settings file, wherever that would be."""
    return (config or config_file()).with_name(f"{section}.d")


# ------------------------------------------------------------------------------------------------- one layer


def build_file_layer(file: SettingsFile) -> Layer:
    """Build the layer of a file.

    Raises:
        ConfigurationError: the file of a secret cannot be read.
    """
    return _build_layer(dict(file.values), lambda _: f"file {file.path}", f"setting {{}} in {file.path}")


def _build_layer(
    values: dict[str, object],
    origin: Callable[[str], str],
    kind: str = "{}",
    spelled: Callable[[str], str] = str,
) -> Layer:
    """Build a layer, with the secret files read."""
    origins = {name: origin(name) for name in values}
    for variant in tuple(values):
        if not (name := find_secret_of_file(variant)):
            continue
        if name in values:
            raise ConfigurationError(
                f"{spelled(variant)} and {spelled(name)} are both set ({origins[variant]}).", "Remove one of them."
            )
        path = Path(str(values[variant]))
        try:
            path = path.expanduser()
        except RuntimeError as error:
            raise ConfigurationError(
                f"{spelled(variant)} names {path}, and {path.parts[0]} leads nowhere here.", "Give the whole path."
            ) from error
        values[name] = read_secret(path, variant)
        origins[name] = f"file {path}"
    return Layer(values, origins, kind, spelled)
