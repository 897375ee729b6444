"""Layers of settings: command line, environment and TOML file, each value with its origin.

This module only reads layers; names and values are checked when all layers are merged.
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
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.runtime.paths import config_file
from odoo_sync_tui.settings.names import ENV_PREFIX, is_secret_value, to_env_variable

LOCAL_SETTINGS_FILE = Path("settings.toml")
"""The file in the working directory, which earlier versions used unnamed, whoever had put it there."""

MAX_SECRET_BYTES = 4096

_GROUP_AND_OTHERS = stat.S_IRWXG | stat.S_IRWXO

_FILE_VARIANTS = {"odoo.api_key_file": "odoo.api_key", "odoo.proxy_file": "odoo.proxy", "mongo.uri_file": "mongo.uri"}

_DESTINATIONS = frozenset({"odoo.url", "odoo.verify_tls", "odoo.ca_file", *_FILE_VARIANTS, *_FILE_VARIANTS.values()})
"""Settings that decide which secret goes where."""


@dataclass(frozen=True, slots=True)
class Layer:
    """The values of one source.

    Attributes:
        values: by dotted name.
        origins: the source of each value, as text.
        label_template: template of the term for a value of this source, with braces for the name.
        format_name: converts a dotted name to the spelling of this source.
        notice: a sentence for the operator about this source; empty without one.
    """

    values: Mapping[str, object]
    origins: Mapping[str, str]
    label_template: str = "{}"
    format_name: Callable[[str], str] = str
    notice: str = ""

    def to_nested_dict(self) -> dict[str, Any]:
        """Return the values nested by section, as in the settings classes."""
        tree: dict[str, Any] = {}
        for name, value in self.values.items():
            section, _, inner = name.rpartition(".")
            (tree.setdefault(section, {}) if section else tree)[inner] = value
        return tree


def read_layers(config: Path | None, overrides: Mapping[str, object]) -> list[Layer]:
    """Read the current layers of :func:`odoo_sync_tui.load_settings.load_settings`, the strongest first.

    Raises:
        ConfigurationError: a source cannot be read.
    """
    return [read_option_layer(overrides), read_environment_layer(os.environ), read_file_layer(config)]


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
        variable.removeprefix(ENV_PREFIX).lower().replace("__", "."): value
        for variable, value in environ.items()
        if variable.startswith(ENV_PREFIX) and value
    }
    return _build_layer(
        values, lambda name: f"environment variable {to_env_variable(name)}", "environment variable {}", to_env_variable
    )


def read_answer_layer(answers: Mapping[str, str]) -> Layer:
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


def read_file_layer(config: Path | None) -> Layer:
    """Read the layer of the TOML file; without a file the layer is empty, but for a notice.

    Raises:
        ConfigurationError: the file cannot be read, is not TOML, holds a secret readable by other users, or is writable
            by other users.
    """
    path = find_settings_file(config)
    if path is None:
        return Layer({}, {}, notice=_describe_unused_file())
    text, status = _read_file(path, "The settings file")
    _check_not_writable_by_others(path, status, named=config is not None)
    values = dict(_flatten(_parse_toml(path, text)))
    if status.st_mode & _GROUP_AND_OTHERS and any(is_secret_value(name, value) for name, value in values.items()):
        raise _exposed_secret_error(path)
    destination = next((name for name in values if name in _DESTINATIONS), None)
    if status.st_mode & stat.S_IWGRP and destination:
        raise ConfigurationError(
            f"A group may write to {path}, and {destination} in it decides where a secret goes.",
            f"Run: chmod g-w {shlex.quote(str(path))}",
        )
    return _build_layer(values, lambda _: f"file {path}", f"setting {{}} in {path}")


# ------------------------------------------------------------------------------------------------- one layer


def _build_layer(
    values: dict[str, object],
    origin: Callable[[str], str],
    kind: str = "{}",
    spelled: Callable[[str], str] = str,
) -> Layer:
    """Build a layer, with the secret files read."""
    origins = {name: origin(name) for name in values}
    for variant, name in _FILE_VARIANTS.items():
        if variant not in values:
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
        values[name] = _read_secret(path, variant)
        origins[name] = f"file {path}"
    return Layer(values, origins, kind, spelled)


# ------------------------------------------------------------------------------------------------- files


def _read_file(path: Path, what: str, size: int = -1) -> tuple[str, os.stat_result]:
    """Read text, of ``size`` bytes at most, and owner and permission bits, from one and the same open file."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            return file.read(size).decode("utf-8-sig"), status  # editors on Windows write its mark
    except OSError as error:
        raise ConfigurationError(
            f"{what} {path} cannot be read: {error.strerror}.",
            "Check the path and its permissions.",
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is not UTF-8 text (byte {error.start}).", "Save it as UTF-8.") from error


def _parse_toml(path: Path, text: str) -> dict[str, object]:
    import tomllib  # its regular expressions take as long to compile as reading all other settings

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            f"{path} is not valid TOML: {sanitize(error)}.", 'A text value needs quotes: url = "https://…".'
        ) from error


def _flatten(tree: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Yield dotted names with values; an empty text counts as not set, so that a line may stay as a reminder."""
    for name, value in tree.items():
        if isinstance(value, dict):
            table = cast("dict[str, object]", value)
            yield from ((f"{name}.{inner}", content) for inner, content in table.items() if content != "")
        elif value != "":
            yield name, value


def _read_secret(path: Path, setting: str) -> str:
    text, status = _read_file(path, f"The file of {setting}:", MAX_SECRET_BYTES + 1)
    # Reading by the group is allowed: mounted secrets reach a process without root rights that way.
    if status.st_mode & stat.S_IRWXO:
        raise _exposed_secret_error(path)
    if not text.strip():
        raise ConfigurationError(f"{path} is empty, but {setting} names it.", "Write the secret into it.")
    secret = text.strip()
    if len(text) > MAX_SECRET_BYTES or not is_bare_secret(secret):
        raise ConfigurationError(
            f"{path} holds nothing that {setting} may name: one line of at most {MAX_SECRET_BYTES} characters.",
            "Name the file with the secret for that server, and no other secret of yours.",
        )
    return secret


def is_bare_secret(text: str) -> bool:
    """Whether the text may stand in the file of a secret: one line that is not too long, and no private key."""
    return len(text.encode()) < MAX_SECRET_BYTES and "\n" not in text and "PRIVATE KEY" not in text


def _check_not_writable_by_others(path: Path, status: os.stat_result, *, named: bool) -> None:
    """Refuse a settings file that other users can write: it decides to which server a key is sent.

    A file that is not named must belong to this user or root; a named file may belong to anybody.

    Raises:
        ConfigurationError: anybody can write the file, or another user owns the file that is not named.
    """
    if status.st_mode & stat.S_IWOTH:
        raise ConfigurationError(f"Anybody may write to {path}.", f"Run: chmod o-w {shlex.quote(str(path))}")
    if not named and status.st_uid not in {os.geteuid(), 0}:
        raise ConfigurationError(
            f"{path} belongs to another user.", f"If you trust it, name it: --config {shlex.quote(str(path))}"
        )


def _exposed_secret_error(path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"{path} holds a secret and others may read it.", f"Run: chmod 600 {shlex.quote(str(path))}"
    )
