"""Loading of settings: merges and checks the layers, and words errors about values for the operator."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from functools import reduce
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from odoo_sync_tui.core.errors import ConfigurationError, WrongSettingsError
from odoo_sync_tui.core.text.redaction import register_secrets
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.settings.layers import Layer, read_layers, read_option_layer
from odoo_sync_tui.settings.model import NAMED_TABLES, Settings, find_setting_field, get_setting_fields
from odoo_sync_tui.settings.names import LIST_SECTIONS, find_table, is_secret_setting, is_secret_value, split_name
from odoo_sync_tui.settings.sections.membership import FleetMembership, choose_host_limit
from odoo_sync_tui.settings.urls import find_secrets, redact_value

_NO_OVERRIDES: Mapping[str, object] = MappingProxyType({})


def load_settings(config: Path | None = None, overrides: Mapping[str, object] = _NO_OVERRIDES) -> Settings:
    """Load the settings of this process: ``overrides`` (by dotted name) > environment > TOML file > defaults.

    ``config`` names the file; without it the one in the user's configuration directory is read, if there is one.

    Raises:
        ConfigurationError: a source cannot be read, names an unknown setting or holds a wrong value.
    """
    return build_settings(read_layers(config, overrides))


def build_settings_from_overrides(overrides: Mapping[str, object]) -> Settings:
    """Build settings from these values by dotted name alone: the demo must not touch a real lake.

    Raises:
        ConfigurationError: a name is unknown or a value wrong.
    """
    return build_settings([read_option_layer(overrides)])


def build_settings(layers: Sequence[Layer], main: Settings | None = None) -> Settings:
    """Merge and check the layers, the first one winning. Registers the secrets for redaction in every log.

    Args:
        layers: the layers, the strongest first.
        main: for the settings of one Odoo of many the main ones, where they are built already.

    Raises:
        ConfigurationError: a name is unknown or a value wrong.
    """
    for layer in layers:
        register_secrets(_find_given_secrets(layer))
        _refuse_unknown(layer)

    membership = _find_membership(layers, main)
    problems: list[str] = []
    try:
        settings = Settings(**reduce(_overlay, (layer.to_nested_dict() for layer in layers), dict[str, Any]()))
    except ValidationError as error:
        problems = [_describe_error(details, layers) for details in error.errors(include_url=False)]
    else:
        settings.set_origin(tuple(layer.notice for layer in layers if layer.notice), membership)
        register_secrets(settings.collect_secrets())
        return settings
    raise WrongSettingsError(problems)  # not while handling that error, whose text quotes the values


def _overlay(strong: Mapping[str, Any], weak: Mapping[str, Any]) -> dict[str, Any]:
    """Lay nested values over weaker ones, in tables within tables too."""
    both = [
        name for name in strong.keys() & weak.keys() if isinstance(strong[name], dict) and isinstance(weak[name], dict)
    ]
    return {**weak, **strong, **{name: _overlay(strong[name], weak[name]) for name in both}}


def _find_membership(layers: Sequence[Layer], main: Settings | None) -> FleetMembership | None:
    """Find what the settings of one Odoo of many know of the others; ``None`` for any other settings.

    Raises:
        ConfigurationError: a value of the main settings is wrong.
    """
    member = next((layer.member for layer in layers if layer.member), None)
    if member is None:
        return None
    main, own = main or build_settings(member.main), (layer.values.get("odoo.url") for layer in layers)
    url = next((value for value in own if isinstance(value, str)), "")
    return FleetMembership(member.name, main.build_mongo_config(), choose_host_limit(url, main.fleet, main.hosts))


def _find_given_secrets(layer: Layer) -> Iterator[str]:
    """Yield the secrets of a layer as they are given: the message about a wrong value may repeat one."""
    for name, value in layer.values.items():
        if isinstance(value, str) and is_secret_value(name, value):
            yield value
            if name != "odoo.api_key":
                yield from find_secrets(value)


def _refuse_unknown(layer: Layer) -> None:
    """Refuse a name that no setting has, and a name that no table may have.

    Raises:
        ConfigurationError: there is one in the layer.
    """
    for name, value in layer.values.items():
        section, *inner = split_name(name)
        flaw = NAMED_TABLES[section].find_name_flaw(inner[0]) if find_table(name) else ""
        if flaw:
            place = f"[{section}] ({_format_label(name, layer)})"
            raise ConfigurationError(f'"{sanitize(inner[0], 40)}" cannot be a name in {place}.', flaw)
        is_empty_table = bool(find_table(name)) and value == {} and len(inner) == 1
        if find_setting_field(name) is None and not is_empty_table:
            raise ConfigurationError(f"There is no {_format_label(name, layer)}.", _suggest_name(name, layer))


def _format_label(name: str, layer: Layer) -> str:
    return layer.label_template.format(sanitize(layer.format_name(name), 100))


def _suggest_name(name: str, layer: Layer) -> str:
    """Suggest a replacement for an unknown setting name."""
    known = _list_known_names(name)
    inner = next((setting for setting in known if setting.startswith(f"{name}.")), None)
    if inner:
        table = f"[{name}]" if name in LIST_SECTIONS else inner.rpartition(".")[0]
        return f"Write [{table}], and its settings below it, or name one of them, such as {layer.format_name(inner)}."
    if find_table(name):
        return _suggest_key(name, layer)
    near = difflib.get_close_matches(name, [*known, *_replace_section(name)], n=1, cutoff=0.6)
    return (
        f"The nearest name is {layer.format_name(near[0])}." if near else "settings.example.toml lists every setting."
    )


def _suggest_key(name: str, layer: Layer) -> str:
    """Suggest a replacement for an unknown key of a named table."""
    section, table, key = split_name(name)
    keys = [*NAMED_TABLES[section].find_model(table).get_key_fields()]
    near = difflib.get_close_matches(key, keys, n=1, cutoff=0.6)
    return NAMED_TABLES[section].explain_key(table, key) or (
        f"The nearest name is {layer.format_name(f'{section}.{table}.{near[0]}')}."
        if near
        else f"There are {', '.join(keys)}."
    )


def _replace_section(name: str) -> list[str]:
    """Put the sections of named tables in place of the section of an unknown name."""
    _, dot, rest = name.partition(".")
    return [f"{section}{dot}{rest}" for section in NAMED_TABLES]


def _list_known_names(name: str) -> list[str]:
    """List the names of settings that may be meant by an unknown one: within a named table, those of its keys."""
    section, *inner = split_name(name)
    if section not in NAMED_TABLES:
        return [*get_setting_fields()]
    table = inner[0] if inner else NAMED_TABLES[section].example
    return [f"{section}.{table}.{key}" for key in NAMED_TABLES[section].find_model(table).get_key_fields()]


def _describe_error(details: ErrorDetails, layers: Sequence[Layer]) -> str:
    """Describe a wrong value: setting, given value, origin and accepted values."""
    parts = [str(part) for part in details["loc"]]
    name = ".".join(parts[: 3 if parts[0] in NAMED_TABLES else 2])
    origin = _find_origin(name, layers)
    if details["type"] == "missing":
        guess = NAMED_TABLES[parts[0]].suggest_table(parts[1])
        needed = (
            f"{name} is not set, and [{find_table(name)}] (from the {origin}) needs it: {_describe_accepted(name)}."
        )
        return f"{needed} {guess}".rstrip()
    if name == find_table(name):
        return f"[{name}] (from the {origin}): {details.get('ctx', {}).get('error')}."
    given = "has a value" if is_secret_setting(name) else f'is "{redact_value(details["input"])}"'
    reason = details.get("ctx", {}).get("error") if details["type"] == "value_error" else None
    return f"{name} {given} (from the {origin}): {reason or _describe_accepted(name)}."


def _find_origin(name: str, layers: Sequence[Layer]) -> str:
    """Find the origin of a value; of one that is missing, that of another value in its table."""
    origins = [layer.origins[name] for layer in layers if name in layer.origins]
    table = find_table(name)
    others = (origin for layer in layers for other, origin in layer.origins.items() if find_table(other) == table)
    return origins[0] if origins else next(others)


def _describe_accepted(name: str) -> str:
    """Describe the accepted values of a setting, from its declared type and limits."""
    field = find_setting_field(name)
    if field is None:
        raise KeyError(name)
    examples = f', such as "{field.examples[0]}",' if field.examples else ""
    return f"{_describe_type(field)}{_describe_limits(field)}{examples} is accepted"


def _describe_type(field: FieldInfo) -> str:
    annotation: Any = field.annotation
    if get_origin(annotation) is Literal:
        return _join_choices(get_args(annotation))
    types = {getattr(part, "__origin__", part) for part in get_args(annotation) or (annotation,)}
    for kind, words in ((bool, "true or false"), (int, "a whole number"), (float, "a number"), (Path, "a path")):
        if kind in types:
            return words
    choices = next((part for part in types if isinstance(part, type) and issubclass(part, Enum)), None)
    return _join_choices([choice.value for choice in choices]) if choices else "a text"


def _join_choices(values: Sequence[object]) -> str:
    *most, last = [str(value) or '""' for value in values]
    return f"{', '.join(most)} or {last}"


def _describe_limits(field: FieldInfo) -> str:
    limits = {
        name: getattr(rule, name)
        for rule in field.metadata
        for name in ("gt", "ge", "lt", "le", "max_length")
        if getattr(rule, name, None) is not None
    }
    words = {"gt": "above", "ge": "from", "lt": "below", "le": "up to", "max_length": "of at most"}
    text = " ".join(f"{words[name]} {limit:,}".replace(",", " ") for name, limit in limits.items())
    unit = " characters" if "max_length" in limits else ""
    return f" {text}{unit}" if text else ""
