"""Writing of settings: a first file, with each secret in a file of its own beside it, and declarations of entities.

An existing file is never touched.
"""

from __future__ import annotations

import json
import os
import textwrap
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import chain, count
from pathlib import Path
from types import MappingProxyType
from typing import cast

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.text.sanitize import clean, sanitize
from odoo_sync_tui.entities.declaration import EntityTable
from odoo_sync_tui.runtime.files import translate_os_errors, write_atomically, write_new
from odoo_sync_tui.settings.files import is_bare_secret
from odoo_sync_tui.settings.layers import find_table_directory, read_answer_layer, read_file_layers
from odoo_sync_tui.settings.load import build_settings
from odoo_sync_tui.settings.names import find_table, is_secret_value
from odoo_sync_tui.settings.sections.entities import ENTITY_TABLES, MAX_NAME_LENGTH, get_table_name

SETUP_SETTINGS = ("odoo.url", "odoo.database", "odoo.username", "odoo.api_key", "mongo.uri")
"""What is asked for before a first sync."""

_HEAD = """\
# Settings of odoo-sync-tui. Every setting is on the page "settings" of the manual: odoo-sync-tui docs settings
"""
_PATH = "the path"
_EXAMPLES = {
    "odoo.url": "https://odoo.example.com",
    "odoo.database": "acme",
    "odoo.username": "sync@example.com",
    "odoo.api_key": "",
    "mongo.uri": "embedded",
}
_NO_FIELDS: Mapping[str, str] = MappingProxyType({})
MAX_LINE_LENGTH = 100
"""Characters of a line with a list of fields; a longer list is written in several."""
_OTHER_NAME = "Choose another name, or edit what is there."
_SECRET_FILES = {"odoo.api_key": "odoo_api_key", "mongo.uri": "mongo_uri"}


def refuse_existing(path: Path) -> None:
    """Raise an error where a settings file is already.

    Raises:
        ConfigurationError: there is one, or a link of its name.
    """
    if os.path.lexists(path):
        raise _exists_error(path)


def find_flaw(name: str, answer: str) -> str:
    """Find what is wrong with the answer for a setting, as sentences for the operator; empty if nothing is."""
    try:
        check_answers({name: answer})
    except ConfigurationError as error:
        return str(error)
    return ""


def write_settings(path: Path, answers: Mapping[str, str]) -> Path:
    """Write a new settings file, its owner's alone, that appears whole or not at all; return its whole path.

    Args:
        path: the file; its directory is created if missing.
        answers: values by dotted name: of :data:`SETUP_SETTINGS`, or the paths of files with a secret
            (``odoo.api_key_file``).

    Raises:
        ConfigurationError: there is a file already, a value is wrong, or the file cannot be written.
    """
    path = path.absolute()
    check_answers({**answers, _PATH: str(path)})
    refuse_existing(path)
    written: list[Path] = []
    hint = "Give yourself the right to write there, or name another file: --config FILE."
    try:
        with translate_os_errors(ConfigurationError, f"{path} could not be written", hint):
            values = dict(_move_secrets(path.parent, answers, written))
            write_new(path, [_HEAD, *_format_lines(values)])
    except BaseException as error:
        for secret in written:
            secret.unlink(missing_ok=True)
        if isinstance(error.__cause__, FileExistsError) and os.path.lexists(path):
            raise _exists_error(path) from error  # made by somebody else a moment ago
        raise
    return path


def check_answers(answers: Mapping[str, str]) -> None:
    """Check values by dotted name.

    Raises:
        ConfigurationError: one is empty or wrong, or its file could not hold it.
    """
    for name, value in answers.items():
        if not value:
            raise ConfigurationError(f"{name} is empty.", "A sync cannot do without it.")
        if name in _SECRET_FILES and not is_bare_secret(value):
            raise ConfigurationError(f"{name} has more than one line, or is too long.", "The bare value is accepted.")
        if name not in _SECRET_FILES and clean(value) != value:
            raise ConfigurationError(f"{name} holds characters that cannot be shown: {clean(value)}", "Leave them out.")
    build_settings([read_answer_layer({name: value for name, value in answers.items() if name != _PATH})])


def choose_name(model: str, taken: Container[str]) -> str:
    """Choose a name for an entity of this model: the last part of the name of the model, or more where that is taken.

    Args:
        model: the technical name of the model.
        taken: names that other entities have.
    """
    parts = model.split(".")
    longer = ("_".join(parts[-length:]) for length in range(1, len(parts) + 1))
    numbered = (f"entity_{number}" for number in count(1))
    names = (text[:MAX_NAME_LENGTH] for text in chain(longer, numbered))
    return next(name for name in names if name not in taken and not ENTITY_TABLES.find_name_flaw(name))


def format_declaration(
    table: EntityTable, keys: Iterable[str] = (), further_fields: Mapping[str, str] = _NO_FIELDS
) -> list[str]:
    """Format the table of an entity as lines of TOML.

    Args:
        table: what the table is to say.
        keys: the keys that the table is to have; by default all of them.
        further_fields: names of fields, each with a remark: they stand in the list of fields, commented out.
    """
    values = _list_values(table)
    lines = [f"[entities.{get_table_name(table)}]"]
    for key in keys or values:
        lines += _format_key(key, values[key], further_fields if key == "fields" else _NO_FIELDS)
    return lines


def _list_values(table: EntityTable) -> dict[str, object]:
    """List the values of a table by key; its name is none of them."""
    return {key: value for key, value in asdict(table).items() if key not in {"name", "entity_id"}}


def _format_key(key: str, value: object, further_fields: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of a key: one, but for a long list of texts, or one with further ones commented out."""
    line = f"{key} = {_format_value(value)}"
    is_list = key in {"fields", "extra_fields"}
    if not further_fields and (len(line) <= MAX_LINE_LENGTH or not is_list):
        yield line
        return
    yield f"{key} = ["
    texts = [f"{_format_value(text)}," for text in cast("Sequence[str]", value)]
    indent = "    "
    yield from (
        (f"{indent}{text}" for text in texts)
        if further_fields
        else textwrap.wrap(
            " ".join(texts),
            MAX_LINE_LENGTH,
            initial_indent=indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
    )
    yield from (f"{indent}# {_format_value(name)},  # {sanitize(remark)}" for name, remark in further_fields.items())
    yield "]"


def write_declaration(
    declaration: EntityTable, config: Path | None = None, further_fields: Mapping[str, str] = _NO_FIELDS
) -> Path:
    """Write the table of an entity to a new file, ``entities.d/NAME.toml``; return its whole path.

    The file is its owner's alone, and appears whole or not at all. The next start of the program reads it.

    Args:
        declaration: what the file is to say.
        config: the settings file beside which the directory is; by default the one of the user.
        further_fields: see :func:`format_declaration`.

    Raises:
        ConfigurationError: a value is wrong, there is an entity of this name or a file in its place already, the files
            that are there cannot be read, or the file cannot be written.
    """
    entity_name = get_table_name(declaration)
    table = f"entities.{entity_name}"
    build_settings([read_answer_layer({f"{table}.{key}": each for key, each in _list_values(declaration).items()})])
    for layer in read_file_layers(config):
        origin = next((origin for name, origin in layer.origins.items() if find_table(name) == table), None)
        if origin:
            raise ConfigurationError(f"There is an entity {entity_name} already ({origin}).", _OTHER_NAME)
    path = find_table_directory("entities", config).absolute() / f"{entity_name}.toml"
    head = "# An entity of odoo-sync-tui. What may stand here: odoo-sync-tui docs settings\n"
    lines = (f"{line}\n" for line in format_declaration(declaration, (), further_fields))
    hint = "Give yourself the right to write there."
    try:
        with translate_os_errors(ConfigurationError, f"{path} could not be written", hint):
            write_new(path, [head, "\n", *lines])
    except ConfigurationError as error:
        if isinstance(error.__cause__, FileExistsError) and os.path.lexists(path):
            raise ConfigurationError(
                f"There is a file already, and it is left as it is: {path}.", _OTHER_NAME
            ) from error
        raise
    return path


def format_example(path: Path, names: Iterable[str]) -> tuple[str, ...]:
    """Format the lines that the settings file at ``path`` needs for these settings, with values as an example."""
    values = {f"{name}_file" if name == "odoo.api_key" else name: _EXAMPLES[name] for name in names}
    if "odoo.api_key_file" in values:
        values["odoo.api_key_file"] = str(path.with_name(_SECRET_FILES["odoo.api_key"]))
    return tuple(line.strip() for line in "".join(_format_lines(values)).splitlines() if line)


def _move_secrets(directory: Path, answers: Mapping[str, str], written: list[Path]) -> Iterator[tuple[str, str]]:
    """Yield the values of the settings file; each secret is written to a new file, whose name takes its place."""
    for name, value in answers.items():
        if name not in _SECRET_FILES or not is_secret_value(name, value):
            yield name, value
            continue
        if not is_bare_secret(value):
            raise ConfigurationError(
                f"{name} has a value that is too long, or more than one line.", "Give the bare key."
            )
        written.append(write_atomically(directory / _SECRET_FILES[name], [value, "\n"], replace=False))
        yield f"{name}_file", str(written[-1])


def _format_lines(values: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of a TOML file, by section."""
    sections: dict[str, list[str]] = {}
    for name, value in values.items():
        section, _, inner = name.rpartition(".")
        sections.setdefault(section, []).append(f"{inner} = {_quote(value)}\n")
    for section, lines in sections.items():
        yield f"\n[{section}]\n"
        yield from lines


def _format_value(value: object) -> str:
    """Format a value as TOML, whose texts, numbers and lists are those of JSON but for one character."""
    if isinstance(value, Mapping):
        items = cast("Mapping[str, object]", value).items()
        inner = ", ".join(f"{_format_value(key)} = {_format_value(each)}" for key, each in items)
        return f"{{ {inner} }}" if inner else "{}"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _quote(value: str) -> str:
    """Quote a basic string of TOML. Of what can be shown, only these two characters have to be escaped."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _exists_error(path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"There is a settings file already, and it is left as it is: {path}.",
        "Edit it: odoo-sync-tui docs settings has every setting, odoo-sync-tui config show what holds now.",
    )
