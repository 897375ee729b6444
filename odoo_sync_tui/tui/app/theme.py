"""The colour theme: that of the settings, or the operator's choice since, kept between sessions."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import App
from textual.theme import Theme

from odoo_sync_tui.tui.app.preferences import Preferences, PreferencesError
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.model.glyphs import Glyphs
from odoo_sync_tui.tui.model.state import Problem


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
        self._warn(render.safe_text(Problem.from_error(error), self._glyphs), "Colours")
