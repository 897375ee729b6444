"""The pages under test, and what of them is made from the program."""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter
from pathlib import Path

import odoo_sync_tui
from odoo_sync_tui.cli.parser import build_parser
from odoo_sync_tui.core.entity import Entity
from odoo_sync_tui.entities.registry import BUILT_IN
from odoo_sync_tui.pipeline.queries.metrics import GAUGES
from odoo_sync_tui.settings.model import Settings, get_setting_fields
from odoo_sync_tui.settings.sections.base import NamedTable

PACKAGE = Path(odoo_sync_tui.__file__).parent
DOCS = PACKAGE / "docs"
ROOT = PACKAGE.parent
README = ROOT / "README.md"
CONTRIBUTING = ROOT / ".github" / "CONTRIBUTING.md"
ARCHITECTURE = PACKAGE / "ARCHITECTURE.md"

GLOBAL = {"--help", "--config", "--source", "--set", "--version"}
COMMANDS_WITHOUT_OPTIONS = {"docs", "config", "config path", "quarantine", "store"}


def text_of(page: str) -> str:
    return (DOCS / f"{page}.md").read_text(encoding="utf-8")


def rows(table: str) -> list[list[str]]:
    """The cells of the rows below the head of a table in Markdown."""
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


def table(header: Iterable[str], lines: Iterable[Iterable[str]]) -> str:
    head = list(header)
    body = [[cell.replace("|", r"\|") for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in [head, *body]).replace("\n", f"\n{'|---' * len(head)}|\n", 1)


def assert_generated(page: str, name: str, wanted: str) -> None:
    """The page holds this between its marks; ``UPDATE_SNAPSHOTS=1`` writes it there instead."""
    path, text = DOCS / f"{page}.md", text_of(page)
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    before, _, rest = text.partition(begin)
    _, found, after = rest.partition(end)
    assert found, f"{path.name} has no place for {name}"
    right = f"{before}{begin}\n{wanted}\n{end}{after}"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(right, encoding="utf-8")
    assert text_of(page) == right


# ------------------------------------------------------------------------------------------------- the command line


def commands() -> dict[str, argparse.ArgumentParser]:
    """Every command with its parser, those of ``config`` as "config show"."""
    return dict(_commands(build_parser(), ""))


def described_commands() -> Iterator[tuple[str, str]]:
    return ((name, parser.description or "") for name, parser in commands().items())


def options_of(parser: argparse.ArgumentParser, *, shared: bool = False) -> list[tuple[str, str]]:
    """The options and arguments as people write them, with what they do; ``shared``: only those of every command."""
    formatter = argparse.HelpFormatter("")
    return [
        (f"`{_written(action)}`", formatter._expand_help(action))
        for action in parser._actions
        if action.help != argparse.SUPPRESS and not isinstance(action, argparse._SubParsersAction)
        if bool(GLOBAL & set(action.option_strings)) == shared
    ]


def _commands(parser: argparse.ArgumentParser, prefix: str) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                inner._declare(inner)
                yield f"{prefix}{name}", inner
                yield from _commands(inner, f"{prefix}{name} ")


def _written(action: argparse.Action) -> str:
    if not action.option_strings:
        return str(action.metavar or action.dest)
    names = ", ".join(action.option_strings)
    if action.nargs == 0:
        return names
    value = action.metavar or "|".join(map(str, action.choices or ()))
    return f"{names} [{value}]" if action.nargs == "?" else f"{names} {value}"


# ------------------------------------------------------------------------------------------------- settings, entities


def settings_table() -> str:
    return table(("setting", "default", "what it is"), map(_setting, get_setting_fields()))


def _setting(name: str) -> tuple[str, str, str]:
    description = (get_setting_fields()[name].description or "").replace("``", "`")
    return f"`{name}`", _default(name), " ".join(description.split())


def _default(name: str) -> str:
    return "the login name" if name == "operator" else _shown(attrgetter(name)(Settings()))


def named_table(model: type[NamedTable]) -> str:
    """The keys of a named table."""
    fields = model.get_key_fields().items()
    lines = (
        (
            f"`{key}`",
            "none" if f.is_required() else _shown(f.get_default(call_default_factory=True)),
            f.description or "",
        )
        for key, f in fields
    )
    return table(
        ("key", "default", "what it is"),
        ([" ".join(cell.replace("``", "`").split()) for cell in each] for each in lines),
    )


def _shown(value: object) -> str:
    match value:
        case None:
            return "unset"
        case bool():
            return f"`{str(value).lower()}`"
        case str() | Mapping() | tuple() if not value:
            return "empty"
        case tuple():
            return f"`{json.dumps(value)}`"
        case _ if hasattr(value, "get_secret_value"):
            return f"`{value.get_secret_value()}`"
        case _:
            return f"`{value}`"


def metrics_table() -> str:
    lines = ((f"`{each.name}`", ", ".join(each.labels), each.description) for each in GAUGES)
    return table(("metric", "labels", "what it is"), lines)


def entities_table() -> str:
    header = ("entity", "sync", "rows in Odoo", "collection", "fields")
    return table(header, (_entity(entity) for entity in BUILT_IN))


def _entity(entity: Entity) -> tuple[str, ...]:
    domain = ", ".join(f"{field} {operator} {value}" for field, operator, value in entity.domain)
    prefix = f"{entity.parent_field}." if entity.parent_field else ""
    fields = [field.name for field in entity.document_fields]
    target = entity.target
    where = target.collection + "".join(f", {name} {value}" for name, value in target.discriminator.items())
    return (
        f"`{entity.name}`",
        entity.action.removeprefix("sync_").replace("_", "-"),
        f"`{entity.model}`" + (f" where `{domain}`" if domain else ""),
        f"`{where}`",
        ", ".join(f"`{prefix}{name}`" for name in fields),
    )
