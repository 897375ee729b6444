"""Whatever a store or an Odoo says, and with every command: no control, no secret and no forged line comes out."""

from __future__ import annotations

import argparse
import io
import json
import os
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from pymongo import MongoClient, common

from odoo_sync_tui.cli.main import main
from odoo_sync_tui.cli.parser import build_parser
from odoo_sync_tui.core.actions import Action
from odoo_sync_tui.demo import DemoOdoo
from odoo_sync_tui.demo.calls import Call, ProxyResponse, Response
from odoo_sync_tui.demo.faults import Fault, PoisonRow, RaisedError
from odoo_sync_tui.demo.values import Json
from tests.support.hostile_store import SINGLE_COLLECTIONS, make_hostile
from tests.support.hostile_text import find_harm, make_hostile_text
from tests.support.processes import environment
from tests.support.slow import slow
from tests.support.world import World, world

MONGO_PASSWORD = "canary@of/the mongo-password"
MEGABYTE = 1_000_000
DOCUMENTED_CODES = {0, 1, 2, 3}
ENDLESS = {"--detach", "--follow", "--serve-only", "--wait"}
"""Options with which a command starts another program, or ends only by a signal."""

STREAMS = (["changes", "tail"], ["changes", "consumers"], ["quarantine", "list"])
"""Commands that print one JSON object for each entry, of which there may be none."""


def command_lines(*, switches: bool) -> Iterator[list[str]]:
    """Every command with the arguments it needs, as JSON too where it can, and with each of its other switches."""
    for command, parser in leaves(build_parser(), []):
        options = [action for action in parser._actions if action.option_strings]
        long_names = {action.option_strings[-1] for action in options if isinstance(action, argparse._StoreTrueAction)}
        needed = [str(next(iter(each.choices or "x"))) for each in parser._actions if is_needed(each)]
        others = sorted(long_names - ENDLESS - {"--json"}) if switches else []
        for switch in ([], *([name] for name in others)):
            yield [*command, *needed, *switch]
            if "--json" in long_names:
                yield [*command, *needed, *switch, "--json"]


def leaves(parser: argparse.ArgumentParser, path: list[str]) -> Iterator[tuple[list[str], argparse.ArgumentParser]]:
    with suppress(SystemExit), redirect_stderr(io.StringIO()):
        parser.parse_known_args([])  # a parser of a command declares its options when it parses
    inner = next((each for each in parser._actions if isinstance(each, argparse._SubParsersAction)), None)
    if inner is None:
        yield path, parser
        return
    for name, child in inner.choices.items():
        yield from leaves(child, [*path, name])


def is_needed(action: argparse.Action) -> bool:
    return not action.option_strings and action.nargs is None


@dataclass
class Walk:
    """Runs commands in this process, and keeps what harm each of them does."""

    log: Path
    secrets: tuple[str, ...]
    out: str = ""
    err: str = ""

    def run(self, *arguments: str) -> int:
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = main(arguments)
        self.out, self.err = out.getvalue(), err.getvalue()
        return code

    def find_faults(self, line: list[str]) -> list[str]:
        code = self.run(*line)
        faults = [*find_harm(self.out, *self.secrets), *find_harm(self.err, *self.secrets)]
        faults += [f"code {code}"] if code not in DOCUMENTED_CODES else []
        faults += ["crash"] if "unexpected error" in self.err or "Traceback" in self.err else []
        if "--json" in line:
            faults += [f"no JSON {text[:60]}" for text in self.out.splitlines() if not is_object(text)]
            faults += [] if self.out or line[:2] in STREAMS else ["nothing in JSON"]
        elif len(self.out) > MEGABYTE // 4:
            faults.append(f"{len(self.out)} characters")
        return [f"{' '.join(line)}: {fault}" for fault in faults]


def is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


@pytest.fixture(scope="module")
def guarded_uri(mongod: Any) -> Iterator[str]:
    with MongoClient(mongod.uri) as client:
        client.admin.command("createUser", "walker", pwd=MONGO_PASSWORD, roles=["root"])
        yield mongod.uri.replace("mongodb://", f"mongodb://walker:{quote(MONGO_PASSWORD, '')}@")
        client.admin.command("dropUser", "walker")


@pytest.fixture
def here(guarded_uri: str, database_name: str) -> Iterator[World]:
    with DemoOdoo(records=20) as odoo, world(guarded_uri, database_name, odoo, odoo__retry_seconds=0.2) as parts:
        yield parts


@pytest.fixture
def walk(here: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Walk:
    monkeypatch.chdir(tmp_path)  # a backup goes where a command is given
    monkeypatch.setattr(common, "MIN_HEARTBEAT_INTERVAL", 0.01)  # a client that is closed waits for it
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in environment(here, tmp_path).items():
        monkeypatch.setenv(name, value)
    secrets = (here.odoo.api_key, MONGO_PASSWORD, quote(MONGO_PASSWORD, ""))
    return Walk(tmp_path / "state" / "odoo-sync-tui" / "odoo-sync-tui.log", secrets)


@pytest.mark.parametrize("length", [0, *slow([MEGABYTE])], ids=["short", "megabyte"])
def test_no_command_lets_harm_out_of_a_store(here: World, walk: Walk, length: int) -> None:
    with here.odoo.faults.on(PoisonRow(model="res.partner", record_id=1)):
        for action in Action:
            here.sync(action)
    make_hostile(here.database, make_hostile_text(*walk.secrets, length=length))
    lines = list(command_lines(switches=not length))
    assert {"sync", "runs", "cancel", "status", "check", "audit", "verify", "doctor", "discover", "config", "docs"} <= {
        line[0] for line in lines
    }
    states = {name: here.database[name].find_one() or {} for name in SINGLE_COLLECTIONS}
    faults: list[str] = []
    for line in lines:
        for name, state in states.items():  # which a sync before it has written anew
            here.database[name].replace_one({"_id": state["_id"]}, state)
        faults += walk.find_faults(line)
    assert not faults, "\n".join(faults)
    assert not find_harm(walk.log.read_text() if walk.log.exists() else "", *walk.secrets)


# ------------------------------------------------------------------------------------------------------- an odd Odoo


@dataclass(frozen=True, kw_only=True)
class HostileTexts(Fault):
    """Every text of every answer is another one; with ``only`` those of one field, whatever its type."""

    text: str
    only: str = ""

    def after(self, call: Call, result: Json) -> Json:
        return self._replace(result, "")

    def _replace(self, value: Json, name: str) -> Json:
        if isinstance(value, dict):
            return {key: self._replace(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._replace(inner, name) for inner in value]
        is_meant = name == self.only if self.only else isinstance(value, str)
        return self.text if is_meant else value


@dataclass(frozen=True, kw_only=True)
class HostileResponse(Fault):
    """Something before Odoo answers, in its place."""

    response: Response

    def before(self, call: Call) -> None:
        raise ProxyResponse(self.response)


def hostile_answers(text: str) -> Iterator[Fault]:
    """Rows with the text in all fields that hold one, or in one field of any type, and errors of reading them."""
    yield HostileTexts(model="hr.department", method="search_read", text=text)
    for name in ("name", "active", "parent_id", "write_date", "id"):
        yield HostileTexts(model="hr.department", method="search_read", text=text, only=name)
    for kind in ("AccessError", "ValueError", text[:100]):
        yield RaisedError(model="hr.department", kind=kind, text=text)


def hostile_descriptions(text: str) -> Iterator[Fault]:
    """What Odoo says of its models and their fields, with the text in all places or in one of any type."""
    for method, names in (("get_available_models", ("model", "display_name")), ("fields_get", ("type", "string"))):
        yield HostileTexts(method=method, text=text)
        yield from (HostileTexts(method=method, text=text, only=name) for name in names)


def hostile_servers(text: str) -> Iterator[Fault]:
    """What comes back to every call, the login included: of Odoo, and of what stands before it."""
    header = "".join(char for char in text if char.isascii() and char.isprintable())
    html = "text/html; charset=utf-8"
    yield HostileTexts(text=text)
    for kind in ("AccessDenied", "UserError"):
        yield RaisedError(kind=kind, text=text)
    for status in (200, 404, 503):
        yield HostileResponse(response=Response(status, html, text.encode()))
    yield HostileResponse(response=Response(200, f"text/{header}", text.encode()))
    yield HostileResponse(response=Response(200, "application/json", json.dumps({"error": text, text: text}).encode()))
    for place in (f"/{header}", f"https://{header.split()[1]}.example/web/login?{header}", header):
        yield HostileResponse(response=Response(302, html, b"", (("Location", place),)))


def find_stored_faults(here: World, secrets: tuple[str, ...]) -> Iterator[str]:
    """Messages in the store that hold a secret, or more than a document has room for. Records are data."""
    for name in {"audit_log", "sync_runs", "sync_quarantine", "integrations", "sync_leases"}:
        for document in here.database[name].find():
            stored = str(document)
            yield from (f"{name}: secret {secret[:3]}" for secret in secrets if secret in stored)
            if len(stored) > MEGABYTE // 2:
                yield f"{name}: {len(stored)} characters"


def test_no_command_lets_harm_out_of_an_odoo(here: World, walk: Walk) -> None:
    text = make_hostile_text(*walk.secrets)
    long = make_hostile_text(*walk.secrets, length=MEGABYTE)
    faults: list[str] = []
    sync, verify, doctor = "sync departments --full", "verify departments --json", "doctor --json"
    discover, toml = "discover --rows", "discover hr.department --toml"
    answers, servers = hostile_answers(text), hostile_servers(text)
    walks = [
        (answers, (sync, verify)),
        (servers, (sync, doctor, discover)),
        (hostile_descriptions(text), (discover, f"{discover} --json", toml)),
        (islice(hostile_answers(long), 3), (sync,)),
    ]
    for fault, line in ((fault, line) for several, lines in walks for fault in several for line in lines):
        with here.odoo.faults.on(fault):
            faults += [f"{str(fault)[:200]!a} {found}" for found in walk.find_faults(line.split())]
    assert not faults, "\n".join(faults)
    assert not list(find_stored_faults(here, walk.secrets))
    assert not find_harm(walk.log.read_text() if walk.log.exists() else "", *walk.secrets)
    assert here.database.sync_quarantine.count_documents({"reason": {"$regex": r"\*\*\*"}}), "a reason held the text"
    assert here.database.sync_runs.count_documents({"outcome": None}) == 0
