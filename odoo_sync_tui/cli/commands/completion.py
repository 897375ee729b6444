"""``completion``: print a script with which a shell completes what the parser accepts."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import cast

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.command_parser import CommandParser
from odoo_sync_tui.cli.output.stdout import emit_safe_lines
from odoo_sync_tui.cli.parser import build_parser, get_config_path
from odoo_sync_tui.cli.session import Session

FILE_WORDS = frozenset({"FILE", "PATH"})
"""What stands for the name of a file in the help."""


def run(session: Session) -> int:
    """Print the script, with the names of the entities and sources that the settings know by now.

    Raises:
        ConfigurationError: a setting is wrong.
    """
    from odoo_sync_tui.pipeline.catalog import build_catalog
    from odoo_sync_tui.settings.sources.files import list_source_names

    shtab = import_module("shtab")
    names = sorted({entity.name for entity in build_catalog(session.load_settings())})
    sources = list_source_names(get_config_path(session.options))
    parser = build_parser()
    for action in _list_actions(parser):
        if action.metavar in FILE_WORDS:
            vars(action)["complete"] = shtab.FILE
        elif "--entity" in action.option_strings or action.metavar == "ENTITY":
            action.choices = names
        elif "--source" in action.option_strings and sources:
            action.choices = sources
    emit_safe_lines([shtab.complete(parser, session.options.shell)])
    return exit_codes.SUCCESS


def _list_actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Yield the options and arguments of a parser and of all commands below it, each declared by then."""
    if isinstance(parser, CommandParser):
        parser.declare_options()
    for action in cast("Sequence[argparse.Action]", vars(parser)["_actions"]):
        yield action
        choices = cast("object", action.choices)
        if isinstance(choices, dict):
            for inner in cast("dict[str, argparse.ArgumentParser]", choices).values():
                yield from _list_actions(inner)
