"""Settings of the dashboard's first picture, read before any check: the checks load pydantic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from odoo_sync_tui.settings.layers import Layer

DEFAULT_THEME = "odoo-sync"

TRUE_WORDS = frozenset({"1", "on", "t", "true", "y", "yes"})
"""Texts that pydantic takes for true, in lower case; pydantic ignores the case."""


@dataclass(frozen=True, slots=True)
class EarlySettings:
    """Some of the settings, unchecked: a value wrong here is refused later by the check."""

    environment: str = ""
    environment_color: str = ""
    theme: str = DEFAULT_THEME
    mouse: bool = True
    ascii: bool = False
    read_only: bool = False


def read_early_settings(layers: Sequence[Layer]) -> EarlySettings:
    """Read the early settings from the layers, the first one winning."""

    def find_value(name: str) -> object:
        return next((layer.values[name] for layer in layers if name in layer.values), None)

    return EarlySettings(
        environment=_text_or_default(find_value("ui.environment"), ""),
        environment_color=_text_or_default(find_value("ui.environment_color"), ""),
        theme=_text_or_default(find_value("ui.theme"), DEFAULT_THEME),
        mouse=_is_on(find_value("ui.mouse"), unset=True),
        ascii=_is_on(find_value("ui.ascii"), unset=False),
        read_only=any(_is_on(find_value(name), unset=False) for name in ("read_only", "ui.read_only")),
    )


def _text_or_default(value: object, default: str) -> str:
    return value if isinstance(value, str) else default


def _is_on(value: object, *, unset: bool) -> bool:
    return unset if value is None else value == 1 or str(value).lower() in TRUE_WORDS
