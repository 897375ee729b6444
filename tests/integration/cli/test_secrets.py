"""A canary in every secret, and no trace of one in anything that is written or shown, whatever happens."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from bson import json_util
from pymongo import MongoClient
from pymongo.database import Database

from odoo_sync_tui.cli.main import main
from odoo_sync_tui.demo import Call, DemoOdoo
from odoo_sync_tui.odoo.connector import OdooConnector
from odoo_sync_tui.store.embedded.server import EmbeddedMongo
from tests.integration.cli.in_process import run_here
from tests.support.forward_proxy import company_proxy
from tests.support.slow import slow

ROOT = Path(__file__).parents[3]

PASSWORD = "canary-of-the-odoo-password"
MONGO_PASSWORD = "canary@of/the mongo-password"
MONGO_PASSWORD_IN_URI = "canary%40of%2Fthe%20mongo-password"
WRONG_KEY = "deadcafe" * 5  # what Odoo's keys look like
WRONG_PASSWORD = "canary-of-a-wrong-password"
STORED_KEY = "canary-of-a-key-in-the-database"
PROXY_PASSWORD = "canary@of the proxy"
PROXY_PASSWORD_IN_URL = "canary%40of%20the%20proxy"


class GuardedOdoo(DemoOdoo):
    """A demo Odoo whose password is a canary; its API key is one anyway."""

    password = PASSWORD  # type: ignore[misc]


class Witness:
    """Runs commands on a machine with canaries, and keeps everything that is written and shown."""

    def __init__(self, odoo: DemoOdoo, home: Path, mongo_uri: str, database: Database[dict[str, Any]]) -> None:
        self.odoo = odoo
        self.home = home
        self.database = database
        self.mongo_uri = mongo_uri
        self.canaries = (odoo.api_key, PASSWORD, MONGO_PASSWORD, MONGO_PASSWORD_IN_URI, WRONG_KEY)
        self.canaries += (WRONG_PASSWORD, STORED_KEY, PROXY_PASSWORD, PROXY_PASSWORD_IN_URL)
        self.shown: list[str] = []
        odoo.on_call = self._look_at_the_process_list
        self.environment = {
            "ODOO_SYNC_ODOO__URL": odoo.url,
            "ODOO_SYNC_ODOO__DATABASE": odoo.database,
            "ODOO_SYNC_ODOO__USERNAME": odoo.username,
            "ODOO_SYNC_ODOO__API_KEY_FILE": self.file("api-key", odoo.api_key),
            "ODOO_SYNC_MONGO__URI_FILE": self.file("mongo-uri", mongo_uri),
            "ODOO_SYNC_MONGO__DATABASE": database.name,
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_STATE_HOME": str(home / "state"),
            "PYTHONPATH": str(ROOT),
        }

    def file(self, name: str, content: str) -> str:
        path = self.home / "secrets" / name
        path.parent.mkdir(exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(content)
        return str(path)

    def run(self, line: str, code: int, **changes: str) -> str:
        """Run a command; an empty change takes a variable away."""
        return self._keep(line, code, run_here(line.split(), self._variables(changes), self.home))

    def run_process(self, line: str, code: int, **changes: str) -> str:
        """Run a command in a process of its own, which the list of processes shows, and which says more at its end."""
        words = [sys.executable, "-m", "odoo_sync_tui", *line.split()]
        variables = self._variables(changes)
        ended = subprocess.run(words, capture_output=True, text=True, env=variables, cwd=self.home, check=False)
        return self._keep(line, code, ended)

    def _variables(self, changes: dict[str, str]) -> dict[str, str]:
        return {name: value for name, value in {**os.environ, **self.environment, **changes}.items() if value}

    def _keep(self, line: str, code: int, ended: subprocess.CompletedProcess[str]) -> str:
        self.shown.append(f"{line}: {ended.stdout}{ended.stderr}")
        assert ended.returncode == code, ended.stderr
        return ended.stdout + ended.stderr

    def store_config(self, **values: str) -> None:
        """Put credentials into ``integrations.config``, where other programs have theirs."""
        config = {"url": self.odoo.url, "database": self.odoo.database, "username": self.odoo.username, **values}
        self.database.integrations.update_one({"integration_type": "odoo"}, {"$set": {"config": config}}, upsert=True)

    def written(self) -> Iterator[str]:
        """Everything in the database but ``integrations.config``, and every file outside of the secrets' own."""
        for name in self.database.list_collection_names():
            for document in self.database[name].find():
                if name == "integrations":
                    document.pop("config", None)
                yield f"{name}: {json_util.dumps(document)}"
        for path in self.home.rglob("*"):
            if path.is_file() and path.parent.name != "secrets":
                yield f"{path}: {path.read_text(errors='replace')}"

    def assert_silent(self) -> None:
        traces = [
            text[:300]
            for text in (*self.shown, *self.written())
            if any(canary in text for canary in (*self.canaries, self.mongo_uri))
        ]
        assert not traces

    def _look_at_the_process_list(self, _call: Call) -> None:
        if len(self.shown) < 500:
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.shown.append(f"{path}: {path.read_text(errors='replace')}")
                except OSError:
                    continue  # that process has ended


@pytest.fixture(scope="module")
def guarded_uri(mongod: EmbeddedMongo) -> Iterator[str]:
    """A connection string with a user whose password is a canary."""
    with MongoClient(mongod.uri) as client:
        client.admin.command("createUser", "canary-user", pwd=MONGO_PASSWORD, roles=["root"])
        yield mongod.uri.replace("mongodb://", f"mongodb://canary-user:{MONGO_PASSWORD_IN_URI}@")
        client.admin.command("dropUser", "canary-user")


@pytest.fixture
def witness(
    tmp_path: Path, guarded_uri: str, database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Witness]:
    for name in [name for name in os.environ if name.startswith("ODOO_SYNC_")]:
        monkeypatch.delenv(name)
    with GuardedOdoo(records=20) as odoo:
        yield Witness(odoo, tmp_path, guarded_uri, database)


def test_the_canaries_are_seen_where_they_are(witness: Witness):
    """The grep works: it finds each secret in a text that holds it."""
    for canary in witness.canaries:
        witness.shown = [f"some text with {canary} in it"]
        with pytest.raises(AssertionError, match="some text"):
            witness.assert_silent()


def test_no_secret_leaks_when_all_goes_well(witness: Witness):
    witness.run_process("sync departments --json", 0)
    witness.run("sync data-lake", 0)
    witness.run("sync users", 0, ODOO_SYNC_ODOO__API_KEY_FILE=witness.file("password", PASSWORD))
    witness.run("sync users --full --dry-run", 0, ODOO_SYNC_ODOO__PROTOCOL="xmlrpc")
    for line in ("status", "audit", "audit --verify", "runs", "config show", "verify departments"):
        witness.run(f"{line} --json", 0)
    for line in ("status", "config show"):
        witness.run(line, 0)
    assert any("cmdline" in text and "odoo_sync_tui\0sync" in text for text in witness.shown)
    witness.assert_silent()


def test_no_secret_leaks_when_the_doctor_looks_at_everything(witness: Witness):
    witness.run("doctor", 0)
    witness.run("doctor --json", 0)
    witness.run("doctor", 2, ODOO_SYNC_ODOO__API_KEY_FILE=witness.file("wrong", WRONG_KEY))
    witness.assert_silent()


@pytest.mark.parametrize(
    ("secret", "protocol"),
    [(WRONG_KEY, "auto"), (WRONG_PASSWORD, "xmlrpc"), *slow([(WRONG_PASSWORD, "auto")])],
)
def test_no_secret_leaks_when_the_key_is_wrong(witness: Witness, secret: str, protocol: str):
    wrong = {"ODOO_SYNC_ODOO__API_KEY_FILE": witness.file("wrong", secret), "ODOO_SYNC_ODOO__PROTOCOL": protocol}
    witness.run_process("sync departments", 2, **wrong)
    witness.run("audit --json", 0, **wrong)
    witness.assert_silent()


def test_no_secret_leaks_on_the_way_through_a_proxy(witness: Witness):
    with company_proxy(urlsplit(witness.odoo.url).port or 0) as proxy:
        proxy.login = f"anna:{PROXY_PASSWORD}"
        address = proxy.url.replace("//", f"//anna:{PROXY_PASSWORD_IN_URL}@")
        way = {"ODOO_SYNC_ODOO__URL": "http://odoo.example", "HTTP_PROXY": address}
        witness.run_process("sync departments --json", 0, **way)
        witness.run("doctor --json", 0, **way)
        setting = {**way, "HTTP_PROXY": "", "ODOO_SYNC_ODOO__PROXY": address}
        witness.run("sync departments", 0, **setting)
        witness.run("config show", 0, **setting)
        assert PROXY_PASSWORD_IN_URL not in witness.run("config show --json", 0, **setting)
        proxy.login = "anna:another"
        assert "(407)" in witness.run("sync departments", 2, **setting)
        witness.run("doctor", 2, **setting)
    witness.run("sync departments", 3, ODOO_SYNC_ODOO__RETRY_SECONDS="0", **setting)
    witness.run("status", 2, ODOO_SYNC_ODOO__PROXY=f"socks5://anna:{PROXY_PASSWORD_IN_URL}@proxy")
    witness.run("sync departments", 2, **{**way, "HTTP_PROXY": f"socks5://anna:{PROXY_PASSWORD_IN_URL}@proxy"})
    witness.assert_silent()


def test_no_secret_leaks_when_the_key_is_given_in_the_environment_or_in_the_file(witness: Witness):
    witness.run_process("sync departments", 0, ODOO_SYNC_ODOO__API_KEY_FILE="", ODOO_SYNC_ODOO__API_KEY=PASSWORD)
    path = Path(
        witness.file("settings.toml", f'[odoo]\napi_key = "{WRONG_PASSWORD}"\n[mongo]\nuri = "{witness.mongo_uri}"\n')
    )
    alone = {"ODOO_SYNC_ODOO__API_KEY_FILE": "", "ODOO_SYNC_MONGO__URI_FILE": ""}
    witness.run(f"sync departments --config {path}", 2, **alone)
    witness.run(f"config show --json --config {path}", 0, **alone)
    path.chmod(0o644)
    assert "chmod 600" in witness.run(f"status --config {path}", 2, **alone)
    path.chmod(0o600)
    path.write_text(f"[odoo]\napi_key = {PASSWORD}\n")
    assert "not valid TOML" in witness.run(f"status --config {path}", 2, **alone)
    witness.assert_silent()


def test_no_secret_leaks_when_mongodb_refuses_the_password_or_the_address_is_none(witness: Witness):
    refused = witness.mongo_uri.replace(MONGO_PASSWORD_IN_URI, WRONG_PASSWORD)
    witness.run_process("sync departments", 2, ODOO_SYNC_MONGO__URI_FILE=witness.file("refused", refused))
    broken = f"mongodb://canary-user:{WRONG_PASSWORD}@[::1/?x=%"
    witness.run_process("status", 2, ODOO_SYNC_MONGO__URI_FILE=witness.file("broken", broken))
    witness.run("status", 2, ODOO_SYNC_MONGO__URI_FILE="", ODOO_SYNC_MONGO__URI=f"monogdb://u:{WRONG_PASSWORD}@db/")
    closed = f"mongodb://u:{WRONG_PASSWORD}@127.0.0.1:9/"
    witness.run(
        "status", 3, ODOO_SYNC_MONGO__URI_FILE=witness.file("closed", closed), ODOO_SYNC_MONGO__TIMEOUT_SECONDS="0.5"
    )
    witness.assert_silent()


def test_no_secret_leaks_when_the_credentials_come_from_the_database(witness: Witness):
    nothing = dict.fromkeys(("ODOO_SYNC_ODOO__URL", "ODOO_SYNC_ODOO__USERNAME", "ODOO_SYNC_ODOO__API_KEY_FILE"), "")
    for key, code in ((witness.odoo.api_key, 0), (PASSWORD, 0), (WRONG_PASSWORD, 2)):
        witness.store_config(api_key=key)
        witness.run("sync departments --json", code, **nothing)
    for line in ("status --json", "config show --json", "audit --json"):
        witness.run(line, 0, **nothing)
    elsewhere = {**nothing, "ODOO_SYNC_ODOO__URL": "http://127.0.0.1:9"}
    assert "are not sent to http://127.0.0.1:9" in witness.run("sync departments", 2, **elsewhere)
    witness.assert_silent()


def test_no_secret_leaks_when_a_run_goes_on_without_its_terminal(witness: Witness):
    witness.run_process("sync departments --detach", 0)
    witness.run("sync users --wait --json", 0)
    (log,) = (witness.home / "state").rglob("detached/*.log")
    assert "sync_departments: success" in log.read_text()
    witness.assert_silent()


@pytest.mark.parametrize("stored", [False, True], ids=["key from a file", "key from the database"])
def test_no_secret_leaks_when_a_defect_carries_every_secret(
    witness: Witness, monkeypatch: pytest.MonkeyPatch, stored: bool
):
    """An error that nobody foresaw, with the secrets in its message, chained to another one with them in it."""
    environment = {**witness.environment, "ODOO_SYNC_ODOO__API_KEY_FILE": witness.file("key", PASSWORD)}
    if stored:
        witness.store_config(api_key=STORED_KEY)
        del environment["ODOO_SYNC_ODOO__API_KEY_FILE"]
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    story = f"{STORED_KEY if stored else PASSWORD} for {witness.mongo_uri} with {MONGO_PASSWORD}"

    def fail(*_: object) -> None:
        raise ZeroDivisionError(story) from KeyError(story)

    monkeypatch.setattr(OdooConnector, "connect", fail)
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    code = main(["sync", "departments"])
    monkeypatch.undo()
    witness.shown.append(out.getvalue() + err.getvalue())
    assert code == 1
    assert "unexpected error: ZeroDivisionError" in err.getvalue()
    (log,) = (witness.home / "state").rglob("*.log")
    assert "Traceback" in log.read_text()
    assert "KeyError" in log.read_text()
    (event,) = witness.database.audit_log.find({"outcome": "failed"})
    assert "unforeseen ZeroDivisionError" in event["details"]["errors"][0]["message"]
    witness.assert_silent()
