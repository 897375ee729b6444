"""What only reads works for a MongoDB user with the role ``read``, on a lake that no run has prepared."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pymongo import MongoClient

from odoo_sync_tui.demo import DemoOdoo
from tests.integration.cli.in_process import run_here
from tests.support.mongods import standalone

ROOT = Path(__file__).parents[3]
LAKE = "lake"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def mongo_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A server that asks for a login, with an administrator, and a user of each role on the lake."""
    with standalone(tmp_path_factory.mktemp("auth") / "db", "--auth") as port:
        with MongoClient(f"mongodb://127.0.0.1:{port}") as client:  # the localhost exception: the first user
            client.admin.command("createUser", "root", pwd="root", roles=["root"])
        with MongoClient(f"mongodb://root:root@127.0.0.1:{port}") as client:
            for role in ("read", "readWrite"):
                client[LAKE].command("createUser", role, pwd="s3cret", roles=[role])
        yield port


@pytest.fixture(scope="module")
def odoo() -> Iterator[DemoOdoo]:
    with DemoOdoo(records=20) as server:
        yield server


@pytest.fixture
def run(mongo_port: int, odoo: DemoOdoo, tmp_path: Path) -> Run:
    """Runs a command as the MongoDB user of a role."""

    def run(command: str, role: str = "read", **variables: str) -> subprocess.CompletedProcess[str]:
        login = f"{role}:s3cret@" if role else ""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ODOO_SYNC_")}
        environment |= {
            "PYTHONPATH": str(ROOT),
            "XDG_CONFIG_HOME": str(tmp_path),
            "XDG_STATE_HOME": str(tmp_path),
            "ODOO_SYNC_MONGO__URI": f"mongodb://{login}127.0.0.1:{mongo_port}/{LAKE}",
            "ODOO_SYNC_ODOO__URL": odoo.url,
            "ODOO_SYNC_ODOO__DATABASE": odoo.database,
            "ODOO_SYNC_ODOO__USERNAME": odoo.username,
            "ODOO_SYNC_ODOO__API_KEY": odoo.api_key,
        }
        return run_here(command.split(), environment | variables, tmp_path)

    return run


def assert_everything_can_be_read(run: Run, *, code_of_verify: int) -> None:
    for command in ("status", "runs", "audit", "audit --verify", "config show"):
        ended = run(command)
        assert (ended.returncode, "right" in ended.stderr) == (0, False), ended.stderr
    verified = run("verify")
    assert (verified.returncode, "right" in verified.stderr) == (code_of_verify, False), verified.stderr


def test_reading_needs_no_more_than_the_role_read_before_and_after_the_first_sync(run: Run):
    assert_everything_can_be_read(run, code_of_verify=1)
    assert run("sync departments", "readWrite").returncode == 0
    assert run("sync users", "readWrite").returncode == 0
    assert run("sync data-lake", "readWrite").returncode == 0
    assert_everything_can_be_read(run, code_of_verify=0)


def test_who_may_not_write_is_told_the_right_that_lacks_and_no_command_of_the_driver(run: Run):
    ended = run("sync departments")
    assert ended.returncode == 2
    assert re.search(r"MongoDB user lacks the right for (making the indexes|taking the lease)\. Give", ended.stderr)
    assert "{" not in ended.stderr


def test_who_gives_no_login_is_told_so(run: Run):
    ended = run("status", role="")
    assert ended.returncode == 2
    assert "wants a login, and mongo.uri has none" in ended.stderr


def test_read_only_refuses_what_writes_before_it_asks_odoo_and_lets_read_rights_do_the_rest(run: Run, odoo: DemoOdoo):
    asked = len(odoo.calls)
    for command in ("sync departments", "sync users --dry-run", "cancel", "verify --repair"):
        ended = run(command, "readWrite", ODOO_SYNC_READ_ONLY="true")
        assert (ended.returncode, ended.stdout) == (2, "")
        assert ended.stderr.startswith("odoo-sync-tui: The settings say read_only")
    assert len(odoo.calls) == asked
    examined = run("doctor --json", ODOO_SYNC_READ_ONLY="true")
    checks = {check["name"]: check for check in json.loads(examined.stdout)["checks"]}
    assert checks["mongodb.write"]["health"] == "skipped"
    assert examined.returncode == 0, examined.stdout
    assert run("status", ODOO_SYNC_READ_ONLY="true").returncode == 0


def test_the_earlier_name_of_read_only_is_accepted_with_a_notice(run: Run):
    ended = run("sync departments", "readWrite", ODOO_SYNC_UI__READ_ONLY="true")
    assert ended.returncode == 2
    assert "ui.read_only is called read_only now" in ended.stderr
    assert "The settings say read_only" in ended.stderr
