"""Parsers of the program and of each command: what all of them accept, and how they refuse."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.argument_types import parse_override
from odoo_sync_tui.core.version import __version__

TYPE_CHECKING = False  # as in main: --help loads neither typing nor what is only named here
if TYPE_CHECKING:
    from typing import Any, NoReturn

    Declare = Callable[[argparse.ArgumentParser], None]

PROGRAM = "odoo-sync-tui"

BEFORE_COMMAND, AFTER_COMMAND, AFTER_SUBCOMMAND = "early_overrides", "late_overrides", "inner_overrides"
"""Attributes for ``--set``: before the command, after it, and after the command's own command."""


class UsageError(SystemExit):
    """The arguments are wrong, which has been printed with the usage; ``message`` says how."""

    def __init__(self, message: str) -> None:
        super().__init__(exit_codes.USAGE)
        self.message = message


class Parser(argparse.ArgumentParser):
    """Parser that refuses with one safe line."""

    def error(self, message: str) -> NoReturn:
        """Print usage and message as argparse does, and raise :class:`UsageError`."""
        from odoo_sync_tui.core.text.sanitize import sanitize

        self.print_usage(sys.stderr)
        print(sanitize(f"{self.prog}: error: {message}"), file=sys.stderr)
        raise UsageError(message)


class CommandParser(Parser):
    """Parser of one command. Its options are declared when it parses: a ``--help`` of all commands needs none."""

    def __init__(self, *, declare: Declare, overrides: str = AFTER_COMMAND, **about: Any) -> None:  # noqa: ANN401 -- argparse's own
        super().__init__(allow_abbrev=False, **about)
        self._declare: Declare | None = declare
        self._overrides = overrides

    def declare_options(self) -> None:
        """Declare the options, unless they are."""
        declare, self._declare = self._declare, None
        if declare:
            add_global(self, self._overrides)
            declare(self)

    def parse_known_args(self, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 -- as argparse declares it
        """Parse as argparse does, after declaring the options."""
        self.declare_options()
        return super().parse_known_args(*arguments, **named)


def add_global(parser: argparse.ArgumentParser, overrides: str) -> None:
    """Declare the options that stand before and after each command; ``overrides`` is the attribute for ``--set``."""
    parser.add_argument(
        "--config",
        metavar="FILE",
        default=argparse.SUPPRESS,  # so that the command's own default does not undo the option given before it
        help="the settings file (default: settings.toml in the user's configuration directory)",
    )
    parser.add_argument(
        "--source",
        metavar="NAME",
        default=argparse.SUPPRESS,
        help="the Odoo of this name of many: that of sources.d/NAME.toml beside the settings file",
    )
    parser.add_argument(
        "-o",
        "--set",
        dest=overrides,
        action="append",
        type=parse_override,
        default=[],
        metavar="SECTION.NAME=VALUE",
        help="set any setting that is not a secret; may be repeated",
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
