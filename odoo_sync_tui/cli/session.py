"""Values that a command uses: its options, the log, and the settings once they are needed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from odoo_sync_tui.cli.log import Log
from odoo_sync_tui.cli.output.progress import ProgressWriter
from odoo_sync_tui.cli.parser import get_config_path, get_overrides, get_source
from odoo_sync_tui.core.errors import ConfigurationError

if TYPE_CHECKING:  # the settings load pydantic
    from odoo_sync_tui.settings.layers import Layer
    from odoo_sync_tui.settings.model import Settings
    from odoo_sync_tui.settings.sources.load import Source

_EMPTY: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Session:
    """One invocation of the program."""

    options: argparse.Namespace
    log: Log
    progress_writer: ProgressWriter

    def load_settings(self, extra: Mapping[str, object] = _EMPTY) -> Settings:
        """Load the settings; ``extra`` are those that the command's own options set, by dotted name.

        Raises:
            ConfigurationError: a setting is wrong.
        """
        from odoo_sync_tui.settings.load import build_settings

        settings = build_settings(self.load_layers(extra))
        for notice in settings.notices:
            self.progress_writer.print(notice)
        return settings

    def load_layers(self, extra: Mapping[str, object] = _EMPTY) -> list[Layer]:
        """Load the layers of the settings, not yet checked.

        Raises:
            ConfigurationError: a layer cannot be read, or a secret is given with ``--set``.
        """
        from odoo_sync_tui.settings.layers import read_layers

        config, overrides = get_config_path(self.options), {**self.load_overrides(), **extra}
        source = get_source(self.options)
        if source is None:
            return read_layers(config, overrides)
        from odoo_sync_tui.settings.sources.files import SourceFiles

        return SourceFiles(config, overrides).read(source)

    def load_sources(self) -> Sequence[Source]:
        """Load the settings of all sources; one whose settings cannot be used is among them, with its problem.

        Raises:
            ConfigurationError: the main settings are wrong.
        """
        from odoo_sync_tui.settings.sources.load import load_sources

        return load_sources(get_config_path(self.options), self.load_overrides()).sources

    def load_overrides(self) -> Mapping[str, object]:
        """Load the settings given with ``--set``.

        Raises:
            ConfigurationError: a setting given with ``--set`` is a secret.
        """
        from odoo_sync_tui.settings.names import is_secret_value, to_env_variable

        overrides = get_overrides(self.options)
        exposed = next((name for name, value in overrides.items() if is_secret_value(name, value)), None)
        if exposed:
            variable = to_env_variable(exposed)
            raise ConfigurationError(
                f"{exposed} holds a secret and cannot be given with --set: command lines show in the process list.",
                f"Use {variable}, or {variable}_FILE with the path of a file that holds it.",
            )
        return overrides


def is_terminal() -> bool:
    """Whether all standard streams are a terminal, as a full-screen program needs."""
    return all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))
