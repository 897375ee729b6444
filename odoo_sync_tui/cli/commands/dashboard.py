"""Open the dashboard, the default command."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from odoo_sync_tui.cli.command_parser import PROGRAM
from odoo_sync_tui.cli.parser import get_config_path, get_source, list_given_options
from odoo_sync_tui.cli.session import Session, is_terminal
from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.runtime.paths import config_file

if TYPE_CHECKING:  # the settings load pydantic
    from odoo_sync_tui.core.actions import Action
    from odoo_sync_tui.core.reports.diagnosis import Check
    from odoo_sync_tui.core.scope import Scope
    from odoo_sync_tui.entities.declaration import EntityTable
    from odoo_sync_tui.settings.early import EarlySettings
    from odoo_sync_tui.settings.model import Settings
    from odoo_sync_tui.tui.backend import DetachedStart, OwnSettings

_HEADLESS_HINT = 'Without a screen use "odoo-sync-tui status" and "odoo-sync-tui sync".'


def run(session: Session, *, is_of_fleet: bool = False) -> int:
    """Open the dashboard with the operator's own settings; ``is_of_fleet``: from the screen of all sources.

    Raises:
        ConfigurationError: there is no terminal, or a setting is wrong.
    """
    require_terminal()
    from odoo_sync_tui.settings.early import read_early_settings

    own = _OwnSettings(session)

    def start_detached(runs: Sequence[tuple[Action, Scope]]) -> None:
        from odoo_sync_tui.cli import detach

        for number, (action, scope) in enumerate(runs):
            detach.start_from_dashboard(session.options, action, scope, wait=number > 0)

    early = read_early_settings(own.layers)
    return open_dashboard(session, own.load, early, own, start_detached=start_detached, can_go_back=is_of_fleet)


class _OwnSettings:
    """The operator's own settings, and the files of them that the dashboard may write."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._file = get_config_path(session.options) or config_file()
        self.layers = session.load_layers()

    def load(self) -> Settings:
        from odoo_sync_tui.settings.load import build_settings

        return build_settings(self.layers)

    @property
    def path(self) -> str:
        return str(self._file.absolute())

    @property
    def asked(self) -> tuple[str, ...]:
        from odoo_sync_tui.settings.writer import SETUP_SETTINGS

        return tuple(name for name in SETUP_SETTINGS if not any(name in layer.values for layer in self.layers))

    @property
    def lines(self) -> tuple[str, ...]:
        from odoo_sync_tui.settings.writer import format_example

        return format_example(self._file.absolute(), (name for name in self.asked if name != "mongo.uri"))

    @property
    def is_written(self) -> bool:
        return os.path.lexists(self._file)

    def check(self, answers: Mapping[str, str]) -> tuple[Check, ...]:
        from odoo_sync_tui.pipeline.doctor.examination import check_connections
        from odoo_sync_tui.settings.layers import read_answer_layer
        from odoo_sync_tui.settings.load import build_settings
        from odoo_sync_tui.settings.writer import check_answers

        check_answers(answers)
        return tuple(check_connections(build_settings([*self.layers, read_answer_layer(answers)])))

    def save(self, answers: Mapping[str, str]) -> None:
        from odoo_sync_tui.settings.writer import write_settings

        write_settings(self._file, answers)
        self.layers = self._session.load_layers()

    def save_table(self, table: EntityTable) -> Path:
        from odoo_sync_tui.settings.layers import read_file_layers
        from odoo_sync_tui.settings.names import find_table
        from odoo_sync_tui.settings.sections.entities import get_table_name
        from odoo_sync_tui.settings.writer import write_declaration

        config, name = get_config_path(self._session.options), f"entities.{get_table_name(table)}"
        path = write_declaration(table, config)
        self.layers += [layer for layer in read_file_layers(config) if name in map(find_table, layer.values)]
        return path


def require_terminal(hint: str = _HEADLESS_HINT) -> None:
    """Raise an error unless the dashboard can be drawn here; the hint is what to use instead.

    Raises:
        ConfigurationError: there is no terminal, or it cannot place text.
    """
    if not is_terminal():
        raise ConfigurationError("The dashboard needs a terminal for its input and output.", hint)
    if os.environ.get("TERM") == "dumb":
        raise ConfigurationError("This terminal (TERM=dumb) cannot show the dashboard.", hint)


def open_dashboard(
    session: Session,
    load_settings: Callable[[], Settings],
    early: EarlySettings,
    own_settings: OwnSettings | None = None,
    environment_note: str = "",
    start_detached: DetachedStart | None = None,
    can_go_back: bool = False,
) -> int:
    """Run the dashboard until the operator leaves; return the exit code.

    Args:
        session: the invocation of the program.
        load_settings: loads and checks the settings; called after the first paint.
        early: the settings that the first paint needs.
        own_settings: the operator's settings files; ``None`` where none are read.
        environment_note: a sentence about the environment (for the demo: that its data is made up).
        start_detached: starts runs in processes of their own; ``None``: that is not possible.
        can_go_back: whether it is opened from the screen of all sources.

    Raises:
        ConfigurationError: a setting is wrong.
    """
    from odoo_sync_tui.tui.startup import run_dashboard

    def examine() -> Iterator[Check]:
        from odoo_sync_tui.pipeline.doctor.examination import Doctor

        load_sources = session.load_sources if own_settings else None  # the demo looks at no file of the operator's
        return Doctor(load_settings, get_config_path(session.options), session.log.path, load_sources).checks()

    return run_dashboard(
        load_settings,
        early,
        examine,
        own_settings=own_settings,
        environment_note=environment_note,
        start_detached=start_detached,
        program=[PROGRAM, *list_given_options(session.options)],
        source=get_source(session.options) or "",
        can_go_back=can_go_back,
    )
