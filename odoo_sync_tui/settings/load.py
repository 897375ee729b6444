"""Merges the layers into checked settings, and tells what is wrong with a value in the operator's words."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.secrets import hide
from odoo_sync_tui.settings.addresses import shown
from odoo_sync_tui.settings.layers import Layer, environment_layer, file_layer, option_layer
from odoo_sync_tui.settings.model import Settings, is_secret, settings_by_name

_NOTHING: Mapping[str, object] = MappingProxyType({})


def load_settings(config: Path | None = None, overrides: Mapping[str, object] = _NOTHING) -> Settings:
    """The settings of this process: ``overrides`` (by dotted name) > environment > TOML file > defaults.

    ``config`` names the file; without it the user's configuration directory and then the current directory are
    looked into.

    Raises:
        ConfigurationError: a source cannot be read, names an unknown setting or holds a wrong value.
    """
    return merged(layers_of(config, overrides))


def layers_of(config: Path | None, overrides: Mapping[str, object]) -> list[Layer]:
    """The sources of :func:`load_settings` as they are now, the strongest first.

    Raises:
        ConfigurationError: a source cannot be read or names an unknown setting.
    """
    return [option_layer(overrides), environment_layer(os.environ), file_layer(config)]


def settings_of(overrides: Mapping[str, object]) -> Settings:
    """Settings from these values by dotted name and nothing else: for the demo, which must not touch a real lake.

    Raises:
        ConfigurationError: a name is unknown or a value wrong.
    """
    return merged([option_layer(overrides)])


def merged(layers: Sequence[Layer]) -> Settings:
    """The settings, the first layer winning. Their secrets are hidden from every log from now on.

    Raises:
        ConfigurationError: a value is wrong.
    """

    class Loaded(Settings):
        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], *_: object, **__: object
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return tuple(InitSettingsSource(settings_cls, layer.nested()) for layer in layers)

    problems: list[str] = []
    try:
        settings = Loaded()
    except ValidationError as error:
        problems = [_problem(details, layers) for details in error.errors(include_url=False)]
    else:
        hide(settings.secrets())
        return settings
    raise ConfigurationError("\n".join(problems))  # not while handling that error, whose text quotes the values


def _problem(details: ErrorDetails, layers: Sequence[Layer]) -> str:
    """One wrong value: the setting, what was given, where, and what would be accepted."""
    name = ".".join(str(part) for part in details["loc"][:2])
    origin = next(layer.origins[name] for layer in layers if name in layer.origins)
    given = "has a value" if is_secret(name) else f'is "{shown(details["input"])}"'
    reason = details.get("ctx", {}).get("error") if details["type"] == "value_error" else None
    return f"{name} {given} (from the {origin}): {reason or _accepted(name)}."


def _accepted(name: str) -> str:
    """What the setting of this dotted name takes, from its declared type and limits."""
    field = settings_by_name()[name]
    return f"{_kind(field)}{_limits(field)} is accepted"


def _kind(field: FieldInfo) -> str:
    annotation: Any = field.annotation
    if get_origin(annotation) is Literal:
        return _either(get_args(annotation))
    types = {getattr(part, "__origin__", part) for part in get_args(annotation) or (annotation,)}
    for kind, words in ((bool, "true or false"), (int, "a whole number"), (float, "a number"), (Path, "a path")):
        if kind in types:
            return words
    choices = next((part for part in types if isinstance(part, type) and issubclass(part, Enum)), None)
    return _either([choice.value for choice in choices]) if choices else "a text"


def _either(values: Sequence[object]) -> str:
    *most, last = [str(value) or '""' for value in values]
    return f"{', '.join(most)} or {last}"


def _limits(field: FieldInfo) -> str:
    limits = {
        name: getattr(rule, name)
        for rule in field.metadata
        for name in ("gt", "ge", "lt", "le", "max_length")
        if getattr(rule, name, None) is not None
    }
    words = {"gt": "above", "ge": "from", "lt": "below", "le": "up to", "max_length": "of at most"}
    told = " ".join(f"{words[name]} {limit:,}".replace(",", " ") for name, limit in limits.items())
    unit = " characters" if "max_length" in limits else ""
    return f" {told}{unit}" if told else ""
