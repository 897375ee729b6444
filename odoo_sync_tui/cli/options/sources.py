"""Options of the commands that can be run for many sources at once."""

from __future__ import annotations

import argparse

from odoo_sync_tui.cli.argument_types import parse_filled

TYPE_CHECKING = False  # as in main: --help loads neither typing nor what is only named here
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ALL_OPTION, TAG_OPTION = "--all", "--tag"


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


def is_for_many(options: argparse.Namespace) -> bool:
    """Whether the command is to be run for many sources."""
    return bool(getattr(options, "all_sources", False) or getattr(options, "source_tags", ()))


def drop_sources(arguments: Iterable[str]) -> Iterator[str]:
    """Yield the arguments without those that choose sources."""
    rest = iter(arguments)
    for argument in rest:
        if argument == "--":
            yield argument
            yield from rest
        elif argument == TAG_OPTION:
            next(rest, None)
        elif argument != ALL_OPTION and not argument.startswith(f"{TAG_OPTION}="):
            yield argument
