"""``demo``: run a made-up Odoo and a private MongoDB, to try everything without either.

The operator's own settings are not used, so that the demo can never touch a real lake; only ``--set`` counts.
"""

from __future__ import annotations

import threading
from argparse import Namespace
from contextlib import ExitStack
from dataclasses import replace

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.commands.dashboard import open_dashboard, require_terminal
from odoo_sync_tui.cli.commands.fleet.demo import start_sources
from odoo_sync_tui.cli.commands.fleet.screen import open_fleet
from odoo_sync_tui.cli.output.stdout import emit_json
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.cli.signals import SignalReceived
from odoo_sync_tui.core.errors import StoreUnavailable
from odoo_sync_tui.demo import DemoOdoo, LiveEdits
from odoo_sync_tui.settings.early import read_early_settings
from odoo_sync_tui.settings.layers import read_option_layer
from odoo_sync_tui.settings.load import build_settings
from odoo_sync_tui.settings.names import to_env_variable
from odoo_sync_tui.store.embedded.server import EmbeddedMongo
from odoo_sync_tui.store.embedded.throwaway import open_throwaway

_DATABASE = "odoo_sync_demo"
_BADGE = "DEMO"
_NOTE = "made-up data, gone when you leave"
_POLL_INTERVAL_SECONDS = 1.0


def run(session: Session) -> int:
    """Open the dashboard on the demo, or serve it to other commands.

    Raises:
        ConfigurationError: there is no terminal, or no binary of MongoDB.
        StoreUnavailable: the private MongoDB died.
    """
    options = session.options
    if not options.serve_only:
        require_terminal()
    with ExitStack() as stack:
        mongo = stack.enter_context(open_throwaway())
        if options.sources:
            return _run_fleet(session, stack, mongo)
        odoo = stack.enter_context(DemoOdoo(records=options.records, seed=options.seed, dialect=options.dialect))
        if options.live:
            stack.enter_context(LiveEdits(odoo, seed=options.seed))
        values = _connection(odoo)
        if options.serve_only:
            return _serve(mongo, _to_environment({**values, "mongo.uri": mongo.uri}))
        demo_values: dict[str, object] = {**values, "mongo.uri": "embedded", "mongo.data_dir": mongo.data_dir}
        layers = [read_option_layer(demo_values | dict(session.load_overrides()))]
        return open_dashboard(
            session, lambda: build_settings(layers), read_early_settings(layers), environment_note=_NOTE
        )


def _run_fleet(session: Session, stack: ExitStack, mongo: EmbeddedMongo) -> int:
    """Open the screen of all sources, or serve them to other commands.

    No variable that points at one Odoo is printed: with many sources none is accepted.
    """
    main = {"mongo.database": _DATABASE, "ui.environment": _BADGE}
    config = start_sources(stack, session.options, mongo, session.load_overrides(), main)
    if session.options.serve_only:
        return _serve(
            mongo, {**_to_environment({"mongo.uri": mongo.uri, "ui.environment": _BADGE}), "config": str(config)}
        )
    options = Namespace(**{**vars(session.options), "config": str(config), "command": "fleet"})
    return open_fleet(replace(session, options=options), stops_syncs=True)


def _connection(odoo: DemoOdoo) -> dict[str, str]:
    """Build the settings that point at the demo's Odoo, by dotted name."""
    return {
        "odoo.url": odoo.url,
        "odoo.database": odoo.database,
        "odoo.username": odoo.username,
        "odoo.api_key": odoo.api_key,
        "mongo.database": _DATABASE,
        "ui.environment": _BADGE,
    }


def _to_environment(values: dict[str, str]) -> dict[str, str]:
    return {to_env_variable(name): value for name, value in values.items()}


def _serve(mongo: EmbeddedMongo, facts: dict[str, str]) -> int:
    """Print where the demo is and serve until a signal ends it."""
    pause = threading.Event()
    try:
        emit_json(facts)
        while True:
            pause.wait(_POLL_INTERVAL_SECONDS)
            if exit_message := mongo.exit_message():
                raise StoreUnavailable(exit_message, "Start the demo again.")
    except (SignalReceived, KeyboardInterrupt):
        return exit_codes.SUCCESS
