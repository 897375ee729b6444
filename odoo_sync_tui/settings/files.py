"""Files of settings and secrets: read with their owner and rights, and refused where others decide what they say."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.settings.names import (
    LIST_SECTIONS,
    TABLE_SECTIONS,
    find_table,
    is_destination,
    is_secret_value,
    split_name,
)

MAX_SECRET_BYTES = 4096

_COPY_HINT = "If you trust it, put a copy of your own in its place."
_GROUP_AND_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """A file of settings as it was read. ``values`` are by dotted name; ``owner`` is the id of its owner."""

    path: Path
    values: Mapping[str, object]
    owner: int


def read_settings_file(path: Path, *, named: bool) -> SettingsFile:
    """Read a settings file. One that the operator did not name must belong to this user or to root.

    Raises:
        ConfigurationError: the file cannot be read, is not TOML, holds a secret readable by other users, is writable
            by other users, or belongs to one.
    """
    hint = f"If you trust it, name it: --config {shlex.quote(str(path))}"
    return _read_checked(path, None if named else {os.geteuid(), 0}, hint)


def read_table_files(section: str, directory: Path, owners: Container[int]) -> Iterator[SettingsFile]:
    """Read the files of a directory that hold named tables of one section, in the order of their names.

    Hidden files and those that do not end in ``.toml``, such as the backups of editors, are left out.

    Args:
        section: the only section whose tables may stand there.
        directory: the directory; it need not exist.
        owners: ids of the users to whom the directory and the files in it may belong.

    Raises:
        ConfigurationError: as for a settings file, also of the directory; or something else stands in a file.
    """
    for path in list_toml_files(directory, owners):
        file = read_trusted_file(path, owners)
        _refuse_other_settings(section, file)
        yield file


def list_toml_files(directory: Path, owners: Container[int]) -> list[Path]:
    """List the TOML files of a directory that need not exist, sorted, as :func:`read_table_files` reads them.

    Raises:
        ConfigurationError: the directory cannot be read, is writable by other users, or belongs to one.
    """
    try:
        status = directory.stat()
        names = sorted(path.name for path in directory.iterdir())
    except OSError as error:
        if isinstance(error, FileNotFoundError | NotADirectoryError) and not os.path.lexists(directory):
            return []
        raise _unreadable_error(f"The directory {directory}", error) from error
    _refuse_foreign(directory, status, owners, _COPY_HINT)
    return [directory / name for name in names if name.endswith(".toml") and not name.startswith(".")]


def read_trusted_file(path: Path, owners: Container[int]) -> SettingsFile:
    """Read a file of settings that must belong to one of ``owners``.

    Raises:
        ConfigurationError: as for a settings file.
    """
    return _read_checked(path, owners, _COPY_HINT)


def refuse_repeated_tables(files: list[SettingsFile]) -> None:
    """Raise an error where two files hold the same named table.

    Raises:
        ConfigurationError: two files do.
    """
    holders: dict[str, Path] = {}
    for file in files:
        for table in sorted({find_table(name) for name in file.values} - {""}):
            if table in holders:
                raise ConfigurationError(
                    f"[{sanitize(table, 100)}] stands in two files, {holders[table]} and {file.path}.",
                    "Leave it in one of them, and take it out of the other.",
                )
            holders[table] = file.path


def _read_checked(path: Path, owners: Container[int] | None, hint: str) -> SettingsFile:
    """Read a file that belongs to one of ``owners``, if there are any; ``hint`` is what to do about another one."""
    text, status = _read_file(path, "The settings file")
    _refuse_foreign(path, status, owners, hint)
    values = dict(_flatten(_parse_toml(path, text)))
    if status.st_mode & _GROUP_AND_OTHERS and any(is_secret_value(name, value) for name, value in values.items()):
        raise _exposed_secret_error(path)
    destination = next((name for name in values if is_destination(name)), None)
    if status.st_mode & stat.S_IWGRP and destination:
        raise ConfigurationError(
            f"A group may write to {path}, and {destination} in it decides where a secret goes.",
            f"Run: chmod g-w {shlex.quote(str(path))}",
        )
    return SettingsFile(path, values, status.st_uid)


def _refuse_foreign(path: Path, status: os.stat_result, owners: Container[int] | None, hint: str) -> None:
    """Refuse what other users can write: it decides to which server a key is sent, and what is read from there.

    Raises:
        ConfigurationError: anybody can write to it, or it belongs to another user than ``owners``, if there are any.
    """
    if status.st_mode & stat.S_IWOTH:
        raise ConfigurationError(f"Anybody may write to {path}.", f"Run: chmod o-w {shlex.quote(str(path))}")
    if owners is not None and status.st_uid not in owners:
        raise ConfigurationError(f"{path} belongs to another user.", hint)


def _refuse_other_settings(section: str, file: SettingsFile) -> None:
    other = next((name for name in file.values if split_name(name)[0] != section), None)
    if other is not None:
        raise ConfigurationError(
            f"{sanitize(other, 100)} cannot stand in {file.path}: only tables [{section}.NAME] can.",
            "Move it to the settings file.",
        )


def _parse_toml(path: Path, text: str) -> dict[str, object]:
    import tomllib  # its regular expressions take as long to compile as reading all other settings

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            f"{path} is not valid TOML: {sanitize(error)}.", 'A text value needs quotes: url = "https://…".'
        ) from error


def _flatten(tree: Mapping[str, object], path: tuple[str, ...] = ()) -> Iterator[tuple[str, object]]:
    """Yield dotted names with values; an empty text counts as not set, so that a line may stay as a reminder.

    A named table in which nothing is set is yielded itself, empty: it may say something that it is there.
    """
    is_section = len(path) < (2 if path[:1] and path[0] in TABLE_SECTIONS else 1)
    for key, given in tree.items():
        name = ".".join((*path, key))
        value = _number_tables(given) if not path and key in LIST_SECTIONS else given
        if is_section and isinstance(value, dict):
            inner = list(_flatten(cast("dict[str, object]", value), (*path, key)))
            yield from inner or ([(name, value)] if path else [])
        elif value != "":
            yield name, value


def _number_tables(value: object) -> object:
    """Name the tables of a list by their numbers; what is no such list stays as it is."""
    if not isinstance(value, list):
        return value
    return {str(number): each for number, each in enumerate(cast("list[object]", value), 1)}


def _read_file(path: Path, what: str, size: int = -1) -> tuple[str, os.stat_result]:
    """Read text, of ``size`` bytes at most, and owner and permission bits, from one and the same open file."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            return file.read(size).decode("utf-8-sig"), status  # editors on Windows write its mark
    except OSError as error:
        raise _unreadable_error(f"{what} {path}", error) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is not UTF-8 text (byte {error.start}).", "Save it as UTF-8.") from error


def read_secret(path: Path, setting: str) -> str:
    """Read the secret that is all that the file holds; ``setting`` is the name of the setting that names the file.

    Raises:
        ConfigurationError: the file cannot be read, everybody may read it, or it holds something else.
    """
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


def _unreadable_error(what: str, error: OSError) -> ConfigurationError:
    return ConfigurationError(f"{what} cannot be read: {error.strerror}.", "Check the path and its permissions.")


def _exposed_secret_error(path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"{path} holds a secret and others may read it.", f"Run: chmod 600 {shlex.quote(str(path))}"
    )
