"""What the dashboard's first picture needs to know. Read before anything is checked: the checks load pydantic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from odoo_sync_tui.settings.layers import Layer

DEFAULT_THEME = "textual-dark"

TRUE_WORDS = frozenset({"1", "on", "t", "true", "y", "yes"})
"""What pydantic takes for true in a text, whatever the case."""


@dataclass(frozen=True, slots=True)
class Look:
    """Some of ``ui`` in the settings, as it was given: the same as will be checked, or a setting will be refused."""

    environment: str = ""
    environment_color: str = ""
    theme: str = DEFAULT_THEME
    mouse: bool = True
    ascii: bool = False
    read_only: bool = False


def look_of(layers: Sequence[Layer]) -> Look:
    """What the layers say, the first one winning."""

    def given(name: str) -> object:
        return next((layer.values[name] for layer in layers if name in layer.values), None)

    return Look(
        environment=_text(given("ui.environment"), ""),
        environment_color=_text(given("ui.environment_color"), ""),
        theme=_text(given("ui.theme"), DEFAULT_THEME),
        mouse=_is_on(given("ui.mouse"), unset=True),
        ascii=_is_on(given("ui.ascii"), unset=False),
        read_only=_is_on(given("ui.read_only"), unset=False),
    )


def _text(given: object, default: str) -> str:
    return given if isinstance(given, str) else default


def _is_on(given: object, *, unset: bool) -> bool:
    return unset if given is None else given == 1 or str(given).lower() in TRUE_WORDS
