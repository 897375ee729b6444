"""The screen of all sources, and the dashboards that are opened from it."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from odoo_sync_tui.cli.command_parser import PROGRAM
from odoo_sync_tui.cli.commands import dashboard
from odoo_sync_tui.cli.parser import get_config_path, get_source, list_given_options
from odoo_sync_tui.cli.session import Session

if TYPE_CHECKING:  # the pipeline loads the drivers, the screen Textual
    from odoo_sync_tui.cli.commands.fleet.sources_sync import SourcesSync
    from odoo_sync_tui.core.actions import Action
    from odoo_sync_tui.pipeline.fleet.overview import FleetOverview
    from odoo_sync_tui.tui.fleet.setup import FleetSetup


def run(session: Session) -> int:
    """Open the screen of all sources; where there are none, or one is named, the dashboard.

    Raises:
        ConfigurationError: there is no terminal, or a setting is wrong.
    """
    from odoo_sync_tui.settings.sources.files import list_source_names

    if get_source(session.options) is None and list_source_names(get_config_path(session.options)):
        return open_fleet(session)
    return dashboard.run(session)


def open_fleet(session: Session, *, stops_syncs: bool = False) -> int:
    """Show the screen of all sources until the operator leaves; return the exit code.

    Args:
        session: the invocation of the program.
        stops_syncs: whether syncs that were started there end with it, because their servers do.

    Raises:
        ConfigurationError: there is no terminal, there are no sources, or a main setting is wrong.
    """
    dashboard.require_terminal('Without a screen use "odoo-sync-tui fleet --json" and "odoo-sync-tui sync".')
    from odoo_sync_tui.settings.early import read_early_settings
    from odoo_sync_tui.tui.startup import run_fleet

    with ExitStack() as resources:
        fleet = _Fleet(session, resources, stops_syncs=stops_syncs)
        if stops_syncs:
            resources.callback(fleet.stop_syncs)
        early = read_early_settings(session.load_layers())
        code = run_fleet(fleet.load, early, partial(_open_source, session), resources)
    for sync in fleet.syncs:
        if sync.is_at_work:
            session.progress_writer.print(f"A sync of {sync.count} sources goes on; its log is {sync.log}")
    return code


def _open_source(session: Session, name: str) -> int:
    options = Namespace(**{**vars(session.options), "source": name})
    return dashboard.run(replace(session, options=options), is_of_fleet=True)


class _Fleet:
    """What the screen of all sources works with."""

    def __init__(self, session: Session, resources: ExitStack, *, stops_syncs: bool) -> None:
        self._session = session
        self._stops_syncs = stops_syncs
        self._resources = resources
        self._overview: FleetOverview | None = None
        self._names: tuple[str, ...] = ()
        self.syncs: list[SourcesSync] = []

    def load(self) -> FleetSetup:
        """Load the settings of all sources.

        Raises:
            ConfigurationError: there are none, or the main settings cannot be used.
        """
        from odoo_sync_tui.cli.commands.fleet.sources import get_processes, load_all_sources

        sources = load_all_sources(self._session)
        from odoo_sync_tui.pipeline.fleet.overview import FleetOverview
        from odoo_sync_tui.tui.commands.keymap import apply_keymap
        from odoo_sync_tui.tui.fleet.setup import FleetSetup

        if self._overview is None:
            self._overview = self._resources.enter_context(FleetOverview(sources))
        self._overview.use(sources)
        main = sources.main
        self._names = tuple(each.name for each in sources.sources)
        return FleetSetup(
            names=self._names,
            problems={each.name: each.problem for each in sources.sources if each.problem},
            read=self._overview.read,
            start=self._start,
            cancel=self._cancel,
            ui=main.ui,
            operator=main.current_operator(),
            commands=apply_keymap(main.ui.keymap),
            notices=main.notices,
            program=(PROGRAM, *list_given_options(self._session.options)),
            processes=get_processes(sources),
            stops_syncs=self._stops_syncs,
        )

    def stop_syncs(self) -> None:
        """Stop the syncs that were started here, and wait for their ends."""
        for sync in self.syncs:
            sync.stop()
        for sync in self.syncs:
            sync.wait()

    def _cancel(self, runs: Mapping[str, str]) -> int:
        return self._overview.request_cancel(runs) if self._overview else 0

    def _start(self, action: Action, names: Sequence[str]) -> SourcesSync:
        from odoo_sync_tui.cli.commands.fleet.sources_sync import SourcesSync

        sync = SourcesSync(self._session.options, action, names, is_all=set(names) == set(self._names))
        self.syncs.append(sync)
        return sync
