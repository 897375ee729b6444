"""The colour theme: that of the settings, or the operator's choice since, kept between sessions.

The file is in the state directory; the settings file is the operator's own and is never written. A choice counts until
the setting itself is changed: the operator's newer decision wins.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from textual.app import App
from textual.theme import Theme

from odoo_sync_tui.core.errors import SyncError
from odoo_sync_tui.runtime.files import translate_os_errors, write_atomically
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.model.glyphs import Glyphs
from odoo_sync_tui.tui.model.state import Problem

THEMES = (
    Theme(
        "odoo-sync", primary="#7aa2f7", secondary="#7d8799", accent="#7aa2f7", foreground="#d7dce5",
        background="#11151c", surface="#171c25", panel="#1d2733", success="#8fcf9f", warning="#f0c674", error="#ff6b6b",
        variables={"text-success": "#8fcf9f", "text-warning": "#f0c674", "text-error": "#ff6b6b",
                   "text-accent": "#7aa2f7"},
    ),
    Theme(
        "odoo-sync-light", primary="#2f5fc4", secondary="#5c6675", accent="#2f5fc4", foreground="#1d2430",
        background="#fbfbf9", surface="#f1f2f0", panel="#e3e7ec", success="#2c7a43", warning="#8f5f00", error="#c0271e",
        dark=False,
        variables={"text-success": "#2c7a43", "text-warning": "#8f5f00", "text-error": "#c0271e",
                   "text-accent": "#2f5fc4"},
    ),
)  # fmt: skip
"""Our own themes: one accent, and nothing as bright as what is wrong."""


MAX_FILE_BYTES = 10_000

BADGE_COLORS = {"prod": "error", "stag": "warning", "test": "success", "demo": "accent", "dev": "secondary"}
"""The badge's colour by how its text begins, where the settings name none."""


def choose_badge_color(environment: str) -> str:
    """Choose the colour of the environment's badge by how its text begins."""
    name = environment.strip().lower()
    return next((color for start, color in BADGE_COLORS.items() if name.startswith(start)), "primary")


class PreferencesError(SyncError):
    """The preferences file cannot be read or written. Nothing depends on it."""

    kind = "state_file"


@dataclass(frozen=True, slots=True)
class Preferences:
    """The preferences file: the theme."""

    path: Path

    def load_theme(self, setting: str) -> str | None:
        """Return the theme chosen while ``ui.theme`` was ``setting``; ``None`` without such a choice.

        Raises:
            PreferencesError: the file cannot be read or understood.
        """
        chosen = self._read()
        if chosen.get("instead_of") != setting:
            return None
        theme = chosen.get("theme")
        return theme if isinstance(theme, str) else None

    def save_theme(self, theme: str, setting: str) -> None:
        """Save the theme, all or nothing.

        Raises:
            PreferencesError: the file cannot be written.
        """
        text = json.dumps({"theme": theme, "instead_of": setting})
        hint = "The theme is used now, but not remembered."
        with translate_os_errors(PreferencesError, f"{self.path} cannot be written", hint):
            write_atomically(self.path, [text])

    def _read(self) -> dict[str, object]:
        try:
            with self.path.open("rb") as file:
                content: object = json.loads(file.read(MAX_FILE_BYTES))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            raise self._unusable() from error
        if not isinstance(content, dict):
            raise self._unusable()
        return cast("dict[str, object]", content)

    def _unusable(self) -> PreferencesError:
        return PreferencesError(
            f"{self.path} cannot be read or understood and is ignored.", "The next choice of a theme replaces it."
        )


class ThemeMemory:
    """Chooses the theme at the start and saves each later choice of the operator.

    Args:
        app: has the themes.
        warn: shows a warning: its text and its title.
        glyphs: the character set of the warnings.
        setting: the theme of the settings (``ui.theme``).
        preferences: the preferences file; ``None``: nothing is kept.
    """

    def __init__(
        self,
        app: App[None],
        warn: Callable[[str, str], None],
        glyphs: Glyphs,
        setting: str,
        preferences: Preferences | None,
    ) -> None:
        self._app = app
        self._warn = warn
        self._glyphs = glyphs
        self._setting = setting
        self._preferences = preferences
        self._saved = ""

    def start(self) -> None:
        """Apply the theme, and follow the operator's choices from now on."""
        for theme in THEMES:
            self._app.register_theme(theme)
        name = self._load() or self._setting
        if name in self._app.available_themes:
            self._app.theme = name
        else:
            known = ", ".join(sorted(self._app.available_themes))
            text = f'There is no theme "{render.safe_text(name, self._glyphs, 40)}". There are: {known}.'
            self._warn(text, "Setting ui.theme")
        self._saved = self._app.theme
        self._app.theme_changed_signal.subscribe(self._app, self._save)

    def _load(self) -> str | None:
        if self._preferences is None:
            return None
        try:
            name = self._preferences.load_theme(self._setting)
        except PreferencesError as error:
            self._warn_of(error)
            return None
        return name if name in self._app.available_themes else None

    def _save(self, theme: Theme) -> None:
        if theme.name == self._saved or self._preferences is None:
            return
        self._saved = theme.name
        try:
            self._preferences.save_theme(theme.name, self._setting)
        except PreferencesError as error:
            self._warn_of(error)

    def _warn_of(self, error: PreferencesError) -> None:
        self._warn(render.safe_text(Problem.from_error(error), self._glyphs), "Theme")
