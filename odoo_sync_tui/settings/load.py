"""Merges the layers into checked settings, and tells what is wrong with a value in the operator's words."""

from __future__ import annotations

import difflib
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
from odoo_sync_tui.core.text import clean
from odoo_sync_tui.settings.addresses import shown
from odoo_sync_tui.settings.layers import Layer, layers_of, option_layer
from odoo_sync_tui.settings.model import Settings, settings_by_name
from odoo_sync_tui.settings.names import is_secret

_NOTHING: Mapping[str, object] = MappingProxyType({})


def load_settings(config: Path | None = None, overrides: Mapping[str, object] = _NOTHING) -> Settings:
    """The settings of this process: ``overrides`` (by dotted name) > environment > TOML file > defaults.

    ``config`` names the file; without it the user's configuration directory and then the current directory are
    looked into.

    Raises:
        ConfigurationError: a source cannot be read, names an unknown setting or holds a wrong value.
    """
    return merged(layers_of(config, overrides))


def settings_of(overrides: Mapping[str, object]) -> Settings:
    """Settings from these values by dotted name and nothing else: for the demo, which must not touch a real lake.

    Raises:
        ConfigurationError: a name is unknown or a value wrong.
    """
    return merged([option_layer(overrides)])


def merged(layers: Sequence[Layer]) -> Settings:
    """The settings, the first layer winning. Their secrets are hidden from every log from now on.

    Raises:
        ConfigurationError: a name is unknown or a value wrong.
    """
    for layer in layers:
        _refuse_unknown(layer)

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


def _refuse_unknown(layer: Layer) -> None:
    known = settings_by_name()
    for name in layer.values:
        if name not in known:
            raise ConfigurationError(
                f"There is no {layer.kind.format(clean(layer.spelled(name), 100))}.", _advice(name, layer)
            )


def _advice(name: str, layer: Layer) -> str:
    """What to write instead of the name of no setting."""
    known = settings_by_name()
    inner = next((setting for setting in known if setting.startswith(f"{name}.")), None)
    if inner:
        return f"Write [{name}], and its settings below it, or name one of them, such as {layer.spelled(inner)}."
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"The nearest name is {layer.spelled(near[0])}." if near else "settings.example.toml lists every setting."


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
