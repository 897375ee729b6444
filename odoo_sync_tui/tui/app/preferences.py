"""Preferences kept between sessions: the colour theme.

The file is in the state directory; the settings file is the operator's own and is never written. A choice counts until
the setting itself is changed: the operator's newer decision wins.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from odoo_sync_tui.core.errors import SyncError
from odoo_sync_tui.runtime.files import translate_os_errors, write_atomically

MAX_FILE_BYTES = 10_000


class PreferencesError(SyncError):
    """The preferences file cannot be read or written. Nothing depends on it."""

    kind = "state_file"


@dataclass(frozen=True, slots=True)
class Preferences:
    """The preferences file."""

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
