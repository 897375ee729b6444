"""Where settings come from: the command line, the environment and the TOML file, each value with its origin.

A layer is only read here; names and values are checked when all layers are merged.
"""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.text import clean
from odoo_sync_tui.paths import config_file
from odoo_sync_tui.settings.names import PREFIX, holds_secret, variable_of

LOCAL_FILE = Path("settings.toml")

_ANYONE_ELSE = stat.S_IRWXG | stat.S_IRWXO

_FILE_VARIANTS = {"odoo.api_key_file": "odoo.api_key", "mongo.uri_file": "mongo.uri"}


@dataclass(frozen=True, slots=True)
class Layer:
    """The values of one source.

    Attributes:
        values: by dotted name.
        origins: where each came from, in words.
        kind: what a value of this source is called, with braces for its name.
        spelled: how a dotted name looks in this source.
    """

    values: Mapping[str, object]
    origins: Mapping[str, str]
    kind: str = "{}"
    spelled: Callable[[str], str] = str

    def nested(self) -> dict[str, Any]:
        """The values as the settings' classes nest."""
        tree: dict[str, Any] = {}
        for name, value in self.values.items():
            section, _, inner = name.rpartition(".")
            (tree.setdefault(section, {}) if section else tree)[inner] = value
        return tree


def layers_of(config: Path | None, overrides: Mapping[str, object]) -> list[Layer]:
    """The sources of :func:`odoo_sync_tui.settings.load_settings` as they are now, the strongest first.

    Raises:
        ConfigurationError: a source cannot be read.
    """
    return [option_layer(overrides), environment_layer(os.environ), file_layer(config)]


def option_layer(overrides: Mapping[str, object]) -> Layer:
    """The settings given on the command line, by dotted name.

    Raises:
        ConfigurationError: the file of a secret cannot be read.
    """
    return _layer(dict(overrides), lambda name: f"option --set {name}", "option --set {}")


def environment_layer(environ: Mapping[str, str]) -> Layer:
    """The settings among the environment variables; an empty one counts as not set.

    Raises:
        ConfigurationError: the file of a secret cannot be read.
    """
    values: dict[str, object] = {
        variable.removeprefix(PREFIX).lower().replace("__", "."): value
        for variable, value in environ.items()
        if variable.startswith(PREFIX) and value
    }
    return _layer(
        values, lambda name: f"environment variable {variable_of(name)}", "environment variable {}", variable_of
    )


def settings_file(config: Path | None) -> Path | None:
    """The file that is read: ``config``, else the one in the user's configuration directory, else the one here."""
    return config or next((path for path in (config_file(), LOCAL_FILE) if path.exists()), None)


def file_layer(config: Path | None) -> Layer:
    """The settings of the TOML file, if there is one.

    Raises:
        ConfigurationError: the file cannot be read, is not TOML, holds a secret that others may read, or is written by
            others.
    """
    path = settings_file(config)
    if path is None:
        return Layer({}, {})
    text, status = _read(path, "The settings file")
    _refuse_what_others_write(path, status, named=config is not None)
    values = dict(_flat(_parsed(path, text)))
    layer = _layer(values, lambda _: f"file {path}", f"setting {{}} in {path}")
    if status.st_mode & _ANYONE_ELSE and any(holds_secret(name, value) for name, value in values.items()):
        raise _exposed(path)
    return layer


# ------------------------------------------------------------------------------------------------- one layer


def _layer(
    values: dict[str, object],
    origin: Callable[[str], str],
    kind: str,
    spelled: Callable[[str], str] = str,
) -> Layer:
    """A layer, the files of its secrets read."""
    origins = {name: origin(name) for name in values}
    for variant, name in _FILE_VARIANTS.items():
        if variant not in values:
            continue
        if name in values:
            raise ConfigurationError(
                f"{spelled(variant)} and {spelled(name)} are both set ({origins[variant]}).", "Remove one of them."
            )
        path = Path(str(values[variant])).expanduser()
        values[name] = _secret_of(path, variant)
        origins[name] = f"file {path}"
    return Layer(values, origins, kind, spelled)


# ------------------------------------------------------------------------------------------------- files


def _read(path: Path, what: str) -> tuple[str, os.stat_result]:
    """Text, and owner and permission bits, of one and the same open file."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            return file.read().decode(), status
    except OSError as error:
        raise ConfigurationError(
            f"{what} {path} cannot be read: {error.strerror}.",
            "Check the path and its permissions.",
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is not UTF-8 text (byte {error.start}).", "Save it as UTF-8.") from error


def _parsed(path: Path, text: str) -> dict[str, object]:
    import tomllib  # its expressions take as long to compile as all other settings to read

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            f"{path} is not valid TOML: {clean(error)}.", 'A text value needs quotes: url = "https://…".'
        ) from error


def _flat(tree: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Dotted names with values; an empty text counts as not set, so that a line may stay as a reminder."""
    for name, value in tree.items():
        if isinstance(value, dict):
            table = cast("dict[str, object]", value)
            yield from ((f"{name}.{inner}", content) for inner, content in table.items() if content != "")
        elif value != "":
            yield name, value


def _secret_of(path: Path, setting: str) -> str:
    text, status = _read(path, f"The file of {setting}:")
    # The group may read it: that is how mounted secrets reach a process that is not root.
    if status.st_mode & stat.S_IRWXO:
        raise _exposed(path)
    if not text.strip():
        raise ConfigurationError(f"{path} is empty, but {setting} names it.", "Write the secret into it.")
    return text.strip()


def _refuse_what_others_write(path: Path, status: os.stat_result, *, named: bool) -> None:
    """A settings file says where a key from the environment is sent to: nobody else may have a say in it.

    One that merely lies in the working directory must be ours, or root's; one that was named may be anybody's.

    Raises:
        ConfigurationError: somebody else may.
    """
    if status.st_mode & stat.S_IWOTH:
        raise ConfigurationError(f"Anybody may write to {path}.", f"Run: chmod o-w {shlex.quote(str(path))}")
    if not named and path == LOCAL_FILE and status.st_uid not in {os.geteuid(), 0}:
        raise ConfigurationError(
            f"{path} in this directory belongs to another user.",
            "Leave the directory, or, if you trust it, name it: --config settings.toml",
        )


def _exposed(path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"{path} holds a secret and others may read it.", f"Run: chmod 600 {shlex.quote(str(path))}"
    )
