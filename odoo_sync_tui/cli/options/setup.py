"""Options of the commands with which the program is set up, tried, read about and copied."""

from __future__ import annotations

import argparse

from odoo_sync_tui.cli.argument_types import parse_filled, parse_page, parse_records, parse_sources
from odoo_sync_tui.cli.command_parser import AFTER_SUBCOMMAND, PROGRAM
from odoo_sync_tui.cli.options.sources import declare_sources

INDEX = "index"
"""The page of the manual that lists the others."""

DIALECTS = (14, 17, 19)

SHELLS = ("bash", "zsh", "fish")


def declare_doctor(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``doctor``."""
    parser.add_argument("--json", action="store_true", help="print all checks as one JSON object")
    declare_sources(parser)


def declare_discover(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``discover``."""
    parser.add_argument("model", nargs="?", metavar="MODEL", help='only this model, with its fields: "sale.order"')
    parser.add_argument("--rows", action="store_true", help="count the rows of each model too: a call for each")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--toml", action="store_true", help="print a declaration of the model for the settings")
    form.add_argument("--save", metavar="NAME", help="write a declaration of the model to a file entities.d/NAME.toml")
    form.add_argument("--json", action="store_true", help="print one JSON object per line")
    parser.epilog = "Nothing is written to Odoo or MongoDB. On a terminal long lines are cut; piped, they are whole."


def declare_config(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``config``."""
    ask = parser.add_subparsers(dest="ask", metavar="WHAT", required=True, title="what to do")
    for name, (description, declare) in _CONFIG_COMMANDS.items():
        ask.add_parser(name, help=description, description=description, declare=declare, overrides=AFTER_SUBCOMMAND)


def _config_show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print everything as one JSON object")


def _config_path(parser: argparse.ArgumentParser) -> None:
    """It takes no arguments."""


def _config_init(parser: argparse.ArgumentParser) -> None:
    for name, meaning in (
        ("--url", "the address of Odoo"),
        ("--database", "the database of Odoo"),
        ("--username", "the login of the Odoo user whose rights the sync has"),
    ):
        parser.add_argument(name, help=meaning, metavar="TEXT")
    parser.add_argument("--api-key-file", metavar="PATH", help="a file that holds the API key of that user")
    mongo = parser.add_mutually_exclusive_group()
    mongo.add_argument("--mongo-uri", metavar="URI", help='the address of MongoDB, or "embedded" for a private one')
    mongo.add_argument("--mongo-uri-file", metavar="PATH", help="a file that holds the address with its password")
    parser.add_argument("--no-test", action="store_true", help="write the file without trying to reach either server")
    parser.epilog = "What is not given is asked for, where a terminal is there. The key is never shown."


def declare_demo(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``demo``."""
    parser.add_argument(
        "--records", type=parse_records, default=1000, metavar="N", help="how many accounts there are (default: 1000)"
    )
    parser.add_argument(
        "--sources",
        type=parse_sources,
        metavar="N",
        help="make up N Odoos, three of them in trouble, and show all of them in one view",
    )
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="other data for another number (default: 1)")
    parser.add_argument("--live", action="store_true", help="let somebody keep editing records in that Odoo")
    parser.add_argument(
        "--dialect", type=int, choices=DIALECTS, default=19, help="which Odoo version to look like (default: 19)"
    )
    parser.add_argument(
        "--serve-only",
        action="store_true",
        help="open no dashboard: print the environment variables that point here as JSON, with --sources also the"
        " settings file, and serve until told to stop",
    )


def declare_completion(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``completion``."""
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help="for which shell: %(choices)s")
    parser.epilog = f"To try it in bash: source <({PROGRAM} completion bash)"


def declare_docs(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``docs``."""
    from odoo_sync_tui.runtime.paths import doc_pages

    pages = sorted(doc_pages(), key=lambda page: (page != INDEX, page))
    page = parser.add_argument("page", nargs="?", type=parse_page, choices=pages, default=INDEX, metavar="PAGE")
    page.help = "the page: %(choices)s (default: %(default)s)"
    parser.epilog = f"The pages are Markdown. To read one: {PROGRAM} docs operations | less"


_CONFIG_COMMANDS = {
    "init": ("Ask for what has to be set, try it, and write it to a new settings file.", _config_init),
    "show": ("Show every setting with its value and origin; no secret.", _config_show),
    "path": ("Print the path of the settings file.", _config_path),
}


def declare_store(parser: argparse.ArgumentParser) -> None:
    """Declare the commands of ``store``."""
    ask = parser.add_subparsers(dest="ask", metavar="WHAT", title="what to do", required=True)
    for name, (description, declare) in _STORE_COMMANDS.items():
        ask.add_parser(name, help=description, description=description, declare=declare, overrides=AFTER_SUBCOMMAND)


def _declare_backup(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=parse_filled, metavar="FILE", help="the file, which must not be there yet")
    _declare_copy(parser)


def _declare_restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=parse_filled, metavar="FILE", help="the backup")
    parser.add_argument(
        "--replace", action="store_true", help="delete what the store holds first; without it, it has to be empty"
    )
    parser.add_argument(
        "--yes", action="store_true", help="with --replace: the confirmation, where nobody can be asked"
    )
    _declare_copy(parser)


def _declare_copy(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--user", metavar="NAME", help="the operator's name (default: the login name)")
    parser.add_argument("--json", action="store_true", help="print the answer as one JSON object")


_STORE_COMMANDS = {
    "backup": ("Copy everything that the store holds to one file.", _declare_backup),
    "restore": ("Put a backup into an empty store, or in place of what a store holds.", _declare_restore),
}
