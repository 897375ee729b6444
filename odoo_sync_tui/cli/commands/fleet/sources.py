"""The same command for many sources, each in a process of its own: ``sync departments --all``."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.commands.check import answer_unknown
from odoo_sync_tui.cli.commands.fleet.children import SourceChild, start_children
from odoo_sync_tui.cli.commands.fleet.printers import (
    JsonPrinter,
    LinePrinter,
    MetricsPrinter,
    Printer,
    SectionPrinter,
)
from odoo_sync_tui.cli.options.sources import drop_sources, get_choice
from odoo_sync_tui.cli.parser import get_config_path, get_source
from odoo_sync_tui.cli.session import Session
from odoo_sync_tui.cli.signals import cancel_on_signal
from odoo_sync_tui.core.errors import ConfigurationError, SyncError
from odoo_sync_tui.core.text.sanitize import sanitize
from odoo_sync_tui.runtime.cancel import CancelToken

if TYPE_CHECKING:  # the settings load pydantic
    from odoo_sync_tui.settings.sources.load import Sources

MAX_NAMED = 20
"""Sources that the last line names."""

_CONFIRMS = "it confirms what you have looked at in one source"
_ENDLESS = "it never ends by itself, and only a few sources are at work at the same time"
_FOR_ONE = {
    "every": ("--every", f"{_ENDLESS}; fleet run keeps all of them in step"),
    "full_at": ("--full-at", "it belongs to --every"),
    "quiet": ("--not", "it belongs to --every"),
    "zone": ("--zone", "it belongs to --every"),
    "detach": ("--detach", "it would begin the runs of all sources at once"),
    "confirm_retire": ("--confirm-retire", _CONFIRMS),
    "adopt_source": ("--adopt-source", _CONFIRMS),
    "accept_mask_key": ("--accept-mask-key", _CONFIRMS),
    "ids": ("--id", "an id means another row in each Odoo"),
    "follow": ("--follow", _ENDLESS),
    "after": ("--after", "an id means another entry in the change log of each source"),
}
"""Options for one source alone, by their attributes, and why."""


def run(session: Session) -> int:
    """Run the command for each source and print what it says; return the worst exit code, or that of a signal.

    Raises:
        ConfigurationError: an option is for one source alone, there is no such source, or the main settings are wrong.
    """
    options = session.options
    _refuse_options_for_one(options)
    try:
        known = load_all_sources(session)
        names = _choose(known, options)
    except SyncError as error:
        if options.command != "check":
            raise
        return answer_unknown(session, error)
    cancel, codes = CancelToken(), dict[str, int]()

    def complain(source: str, line: str) -> None:
        session.progress_writer.print(f"{source}: {line}")

    printer = _make_printer(options, names, complain)
    arguments = [*drop_sources(options.arguments)]
    children = [SourceChild(name, arguments, cancel, complain) for name in names]
    with (
        _keep_mongo_running(known, names),
        cancel_on_signal(cancel, session.progress_writer.print) as signals,
        start_children(children, get_processes(known), cancel),
    ):
        for child in children:
            codes[child.source] = printer.print_output(child)
        printer.close()
    if signals.received:
        return exit_codes.of_signal(signals.received)
    _tell_failures(session, codes)
    return exit_codes.get_worst(codes.values(), if_lost=_get_code_if_lost(options))


def _refuse_options_for_one(options: Namespace) -> None:
    """Refuse options that make no sense for many sources.

    Raises:
        ConfigurationError: there is one.
    """
    choice = get_choice(options)
    if get_source(options) is not None:
        raise ConfigurationError(f"--source names one source, and {choice} many.", "Leave out one of them.")
    for attribute, (option, reason) in _FOR_ONE.items():
        given = getattr(options, attribute, None)
        if given is not None and given is not False and given != []:
            raise ConfigurationError(
                f"{option} cannot be given with {choice}: {reason}.", f"Name one source in place of {choice}: --source."
            )


def _choose(known: Sources, options: Namespace) -> tuple[str, ...]:
    """Choose the sources that the options mean.

    Raises:
        ConfigurationError: no source fits, or one is not there.
    """
    tags, names = options.source_tags, options.source_names
    if names:
        _refuse_unknown(names, known)
        return names
    fitting = {each.name for each in known.sources if not tags or set(tags) & set(each.tags)}
    broken = {each.name for each in known.sources if each.problem}
    if not fitting:
        raise _no_such_tag_error(known, tags, broken)
    # Nobody can know the tags of a broken one: it is told of rather than left out.
    return tuple(sorted(fitting | broken))


def _keep_mongo_running(known: Sources, names: Sequence[str]) -> AbstractContextManager[object]:
    """Keep the embedded MongoDB running, if these sources have one: it would start and end with each of them."""
    from odoo_sync_tui.store.embedded.server import open_embedded

    settings = (each.settings for each in known.sources if each.settings and each.name in names)
    config = next((each for each in (one.build_mongo_config() for one in settings) if each.is_embedded), None)
    try:
        return open_embedded(config.data_dir, config.mongod) if config else nullcontext()
    except SyncError:  # each source says so by itself, in the form of the command
        return nullcontext()


def load_all_sources(session: Session) -> Sources:
    """Load the settings of all sources.

    Raises:
        ConfigurationError: there are none, or the main settings cannot be used.
    """
    from odoo_sync_tui.settings.sources.load import load_sources

    known = load_sources(get_config_path(session.options), session.load_overrides())
    if not known.sources:
        raise ConfigurationError(
            "There are no sources.", "Write a file for each Odoo, sources.d/NAME.toml: odoo-sync-tui docs fleet."
        )
    return known


def get_processes(known: Sources) -> int:
    """Get how many sources are at work at the same time."""
    return known.main.fleet.processes or os.cpu_count() or 1


def _refuse_unknown(names: Collection[str], known: Sources) -> None:
    unknown = sorted(set(names) - {each.name for each in known.sources})
    if unknown:
        text = sanitize(", ".join(unknown), 200)
        raise ConfigurationError(f"There is no source named {text}.", "odoo-sync-tui fleet lists all of them.")


def _no_such_tag_error(known: Sources, tags: Sequence[str], broken: Collection[str]) -> ConfigurationError:
    there = sorted({tag for each in known.sources for tag in each.tags})
    hint = f"Known are: {', '.join(there)}." if there else 'A source has one by a line in its file: tags = ["gold"].'
    unknown = f" The settings of {', '.join(sorted(broken))} cannot be used." if broken else ""
    return ConfigurationError(f"No source has the tag {sanitize(', '.join(tags), 100)}.{sanitize(unknown)}", hint)


def _make_printer(options: Namespace, names: Sequence[str], complain: Callable[[str, str], None]) -> Printer:
    if options.command == "metrics":
        return MetricsPrinter()
    if options.json:
        return JsonPrinter(complain)
    return LinePrinter(names) if options.command == "check" else SectionPrinter()


def _get_code_if_lost(options: Namespace) -> int:
    """Get the exit code that counts for a source whose process was ended by somebody else."""
    return exit_codes.CHECK_UNKNOWN if options.command == "check" else exit_codes.FAILED


def _tell_failures(session: Session, codes: Mapping[str, int]) -> None:
    """Tell on stderr, in one line, which sources have another exit code than 0."""
    failed = [f"{source} ({code})" for source, code in codes.items() if code]
    if failed:
        more = f" and {len(failed) - MAX_NAMED} more" if len(failed) > MAX_NAMED else ""
        names = ", ".join(failed[:MAX_NAMED])
        session.progress_writer.print(f"Exit code not 0 in {len(failed)} of {len(codes)} sources: {names}{more}")
