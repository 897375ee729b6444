"""Options of the commands that can be run for many sources at once."""

from __future__ import annotations

import argparse

from odoo_sync_tui.cli.argument_types import parse_filled

TYPE_CHECKING = False  # as in main: --help loads neither typing nor what is only named here
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ALL_OPTION, TAG_OPTION, NAMES_OPTION = "--all", "--tag", "--sources"


def declare_sources(parser: argparse.ArgumentParser) -> None:
    """Declare the options that choose sources."""
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        TAG_OPTION,
        action="append",
        type=parse_filled,
        default=[],
        dest="source_tags",
        metavar="TAG",
        help="for every source with this tag; may be repeated: one of them is enough",
    )
    choice.add_argument(ALL_OPTION, action="store_true", dest="all_sources", help="for every source in sources.d")
    choice.add_argument(
        NAMES_OPTION,
        type=_parse_names,
        default=(),
        dest="source_names",
        metavar="NAMES",
        help="for the sources of these names, separated by commas",
    )


def _parse_names(text: str) -> tuple[str, ...]:
    return tuple(sorted({parse_filled(name) for name in text.split(",")}))


def get_choice(options: argparse.Namespace) -> str:
    """Get the option that chooses many sources; empty where none does."""
    attributes = {ALL_OPTION: "all_sources", TAG_OPTION: "source_tags", NAMES_OPTION: "source_names"}
    return next((option for option, name in attributes.items() if getattr(options, name, None)), "")


def is_for_many(options: argparse.Namespace) -> bool:
    """Whether the command is to be run for many sources."""
    return bool(get_choice(options))


def drop_sources(arguments: Iterable[str]) -> Iterator[str]:
    """Yield the arguments without those that choose sources."""
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            yield argument
            yield from rest
        elif argument in {TAG_OPTION, NAMES_OPTION}:
            next(rest, None)
        elif argument != ALL_OPTION and not argument.startswith((f"{TAG_OPTION}=", f"{NAMES_OPTION}=")):
            yield argument
