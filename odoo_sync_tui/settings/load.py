"""Loading of settings: merges and checks the layers, and words errors about values for the operator."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource

from odoo_sync_tui.core.errors import ConfigurationError, WrongSettingsError
from odoo_sync_tui.core.text.redaction import register_secrets
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.settings.layers import Layer, read_layers, read_option_layer
from odoo_sync_tui.settings.model import Settings, get_setting_fields
from odoo_sync_tui.settings.names import is_secret_setting, is_secret_value
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


def build_settings(layers: Sequence[Layer]) -> Settings:
    """Merge and check the layers, the first one winning. Registers the secrets for redaction in every log.

    Raises:
        ConfigurationError: a name is unknown or a value wrong.
    """
    for layer in layers:
        register_secrets(_find_given_secrets(layer))
        _refuse_unknown(layer)

    class Loaded(Settings):
        source_notices = tuple(layer.notice for layer in layers if layer.notice)

        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], *_: object, **__: object
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return tuple(InitSettingsSource(settings_cls, layer.to_nested_dict()) for layer in layers)

    problems: list[str] = []
    try:
        settings = Loaded()
    except ValidationError as error:
        problems = [_describe_error(details, layers) for details in error.errors(include_url=False)]
    else:
        register_secrets(settings.collect_secrets())
        return settings
    raise WrongSettingsError(problems)  # not while handling that error, whose text quotes the values


def _find_given_secrets(layer: Layer) -> Iterator[str]:
    """Yield the secrets of a layer as they are given: the message about a wrong value may repeat one."""
    for name, value in layer.values.items():
        if isinstance(value, str) and is_secret_value(name, value):
            yield value
            if name != "odoo.api_key":
                yield from find_secrets(value)


def _refuse_unknown(layer: Layer) -> None:
    known = get_setting_fields()
    for name in layer.values:
        if name not in known:
            raise ConfigurationError(
                f"There is no {layer.label_template.format(sanitize(layer.format_name(name), 100))}.",
                _suggest_name(name, layer),
            )


def _suggest_name(name: str, layer: Layer) -> str:
    """Suggest a replacement for an unknown setting name."""
    known = get_setting_fields()
    inner = next((setting for setting in known if setting.startswith(f"{name}.")), None)
    if inner:
        return f"Write [{name}], and its settings below it, or name one of them, such as {layer.format_name(inner)}."
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return (
        f"The nearest name is {layer.format_name(near[0])}." if near else "settings.example.toml lists every setting."
    )


def _describe_error(details: ErrorDetails, layers: Sequence[Layer]) -> str:
    """Describe a wrong value: setting, given value, origin and accepted values."""
    name = ".".join(str(part) for part in details["loc"][:2])
    origin = next(layer.origins[name] for layer in layers if name in layer.origins)
    given = "has a value" if is_secret_setting(name) else f'is "{redact_value(details["input"])}"'
    reason = details.get("ctx", {}).get("error") if details["type"] == "value_error" else None
    return f"{name} {given} (from the {origin}): {reason or _describe_accepted(name)}."


def _describe_accepted(name: str) -> str:
    """Describe the accepted values of a setting, from its declared type and limits."""
    field = get_setting_fields()[name]
    return f"{_describe_type(field)}{_describe_limits(field)} is accepted"


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
