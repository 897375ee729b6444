"""The application's colours: those of the settings, or those that the operator chose since."""

from __future__ import annotations

from textual.theme import Theme

from odoo_sync_tui.tui.app.base import StatefulApp
from odoo_sync_tui.tui.app.preferences import Preferences, PreferencesError
from odoo_sync_tui.tui.format import render
from odoo_sync_tui.tui.model.state import Problem


class ThemingApp(StatefulApp):
    """Chooses the theme at the start and remembers the one that the operator picks later."""

    _remembered: Preferences | None = None
    _theme_setting = ""
    _theme_kept = ""

    def start_theme(self, setting: str, remembered: Preferences | None) -> None:
        """Look as was chosen last: in the settings, or in the dashboard since.

        Args:
            setting: ``ui.theme``.
            remembered: what the dashboard remembers; ``None``: it remembers nothing.
        """
        self._remembered, self._theme_setting = remembered, setting
        name = self._chosen_before() or setting
        if name in self.available_themes:
            self.theme = name
        else:
            known = ", ".join(sorted(self.available_themes))
            told = f'There is no theme "{render.safe_text(name, self.state.glyphs, 40)}". There are: {known}.'
            self.toast(told, "Setting ui.theme", "warning")
        self._theme_kept = self.theme
        self.theme_changed_signal.subscribe(self, self._theme_picked)

    def _chosen_before(self) -> str | None:
        if self._remembered is None:
            return None
        try:
            name = self._remembered.load_theme(self._theme_setting)
        except PreferencesError as error:
            self._tell_theme_problem(error)
            return None
        return name if name in self.available_themes else None

    def _theme_picked(self, theme: Theme) -> None:
        if theme.name == self._theme_kept or self._remembered is None:
            return
        self._theme_kept = theme.name
        try:
            self._remembered.save_theme(theme.name, self._theme_setting)
        except PreferencesError as error:
            self._tell_theme_problem(error)

    def _tell_theme_problem(self, error: PreferencesError) -> None:
        self.toast(render.safe_text(Problem.from_error(error), self.state.glyphs), "Colours", "warning")
