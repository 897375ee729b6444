"""The colour theme: that of the settings, or the operator's choice since, kept between sessions."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import App
from textual.theme import Theme

from odoo_sync_tui.tui.app.preferences import Preferences, PreferencesError
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


BADGE_COLORS = {"prod": "error", "stag": "warning", "test": "success", "demo": "accent", "dev": "secondary"}
"""The badge's colour by how its text begins, where the settings name none."""


def choose_badge_color(environment: str) -> str:
    """Choose the colour of the environment's badge by how its text begins."""
    name = environment.strip().lower()
    return next((color for start, color in BADGE_COLORS.items() if name.startswith(start)), "primary")


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
