"""The commands on a served demo Odoo and a real MongoDB: what an operator with two shells sees."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.integration.cli.in_process import run_here
from tests.support.slow import slow

ROOT = Path(__file__).parents[3]
RECORDS = 20


def clean_environment(home: Path) -> dict[str, str]:
    """A machine without settings."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("ODOO_SYNC_")}
    places = {f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CONFIG", "STATE", "DATA")}
    return {**ours, **places, "PYTHONPATH": str(ROOT)}


def start(*arguments: str, environment: dict[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "odoo_sync_tui", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


class Demo:
    """A served demo, and commands that are pointed at it by the environment variables that it printed."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return run_here(arguments, {**self._environment, **more})

    def sync(self, *arguments: str) -> dict:
        ended = self.run("sync", *arguments, "--json")
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout.splitlines()[-1])

    def sync_in_a_shell(self, *arguments: str) -> dict:
        with start("sync", *arguments, "--json", environment=self._environment) as process:
            out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        return json.loads(out.splitlines()[-1])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def demo(home: Path) -> Iterator[Demo]:
    environment = clean_environment(home)
    with start("demo", "--serve-only", "--records", str(RECORDS), environment=environment) as process:
        try:
            assert process.stdout is not None
            yield Demo(environment | json.loads(process.stdout.readline()))
        finally:
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, "", "")


def test_a_first_run_creates_everything_and_a_second_writes_nothing(demo: Demo):
    first, second = demo.sync_in_a_shell("data-lake"), demo.sync("data-lake")
    assert first["outcome"] == "success"
    assert first["entities"]["accounts"]["created"] == RECORDS
    assert (second["created"], second["updated"], second["deactivated"]) == (0, 0, 0)
    assert second["unchanged"] == first["created"]


def test_status_and_audit_tell_of_the_run(demo: Demo):
    result = demo.sync("departments", "--user", "anna")
    counts = {row["name"]: row for row in json.loads(demo.run("status", "--json").stdout)["entities"]}["departments"]
    assert counts["odoo"] == counts["active"] + counts["inactive"] == result["synced"]
    lines = demo.run("audit", "--json", "--user", "anna", "--action", "departments").stdout.splitlines()
    end, begin = (json.loads(line) for line in lines)
    assert (end["run_id"], end["outcome"]) == (result["run_id"], "success")
    assert begin["details"]["event"] == "started"


def test_a_dry_run_writes_no_document(demo: Demo):
    result = demo.sync("users", "--dry-run")
    assert result["dry_run"]
    assert result["created"] > 0
    rows = json.loads(demo.run("status", "--json").stdout)["entities"]
    assert next(row["active"] for row in rows if row["name"] == "users") == 0


def test_the_demo_can_sync_one_entity_alone(demo: Demo):
    assert list(demo.sync("data-lake", "--entity", "invoices", "--full")["entities"]) == ["invoices"]


CLOSED_PORT = {"ODOO_SYNC_ODOO__URL": "http://127.0.0.1:9", "ODOO_SYNC_ODOO__RETRY_SECONDS": "0"}


def test_a_store_with_records_of_the_demo_refuses_another_address_before_it_is_asked(demo: Demo):
    demo.sync("departments")
    ended = demo.run("sync", "departments", **CLOSED_PORT)
    assert ended.returncode == 2
    assert "--adopt-source" in ended.stderr


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"ODOO_SYNC_ODOO__API_KEY": "0" * 40}, 2, ""),
        ({"ODOO_SYNC_ODOO__DATABASE": "nowhere"}, 2, ""),
        ({"ODOO_SYNC_ODOO__URL": ""}, 2, "odoo.url is not set."),
        ({**CLOSED_PORT, "ODOO_SYNC_MONGO__DATABASE": "of_another_odoo"}, 3, "127.0.0.1"),
        (
            {"ODOO_SYNC_MONGO__URI": "mongodb://127.0.0.1:9", "ODOO_SYNC_MONGO__TIMEOUT_SECONDS": "0.5"},
            3,
            "127.0.0.1:9",
        ),
        ({"ODOO_SYNC_SYNC__BLOCK_SIZE": "0"}, 2, "ODOO_SYNC_SYNC__BLOCK_SIZE"),
    ],
    ids=["wrong key", "wrong database", "no address", "closed port", "no MongoDB", "wrong setting"],
)
def test_a_command_tells_what_is_wrong_in_words_with_its_exit_code(
    demo: Demo, changes: dict[str, str], code: int, words: str
):
    ended = demo.run("sync", "departments", **changes)
    assert ended.returncode == code, ended.stderr
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "0" * 40 not in ended.stderr


def test_an_unknown_entity_is_told_with_the_known_ones(demo: Demo):
    ended = demo.run("sync", "data-lake", "--entity", "acounts")
    assert ended.returncode == 2
    assert "accounts, opportunities, invoices, users" in ended.stderr


@pytest.mark.parametrize("number", [signal.SIGHUP, *slow([signal.SIGTERM])])
def test_a_served_demo_ends_cleanly_and_leaves_nothing(home: Path, number: int):
    with start("demo", "--serve-only", "--records", "20", "--live", environment=clean_environment(home)) as process:
        assert process.stdout is not None
        uri = json.loads(process.stdout.readline())["ODOO_SYNC_MONGO__URI"]
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, "", "")
    assert not Path(unquote(uri.removeprefix("mongodb://").partition("/?")[0])).parents[1].exists()


def test_a_demo_killed_with_kill_9_leaves_nothing_to_the_next_one(home: Path):
    place = Path(tempfile.mkdtemp(prefix="ost-"))  # short: it is to hold a socket
    environment = clean_environment(home) | {"TMPDIR": str(place)}
    for number, code in ((signal.SIGKILL, -signal.SIGKILL), (signal.SIGTERM, 0)):
        with start("demo", "--serve-only", "--records", "20", environment=environment) as process:
            assert process.stdout is not None
            uri = json.loads(process.stdout.readline())["ODOO_SYNC_MONGO__URI"]
            there = list(place.iterdir())
            process.send_signal(number)
            process.communicate(timeout=60)
        assert there == [Path(unquote(uri.removeprefix("mongodb://").partition("/?")[0])).parents[1]]
        assert process.returncode == code
    place.rmdir()


def test_a_demo_of_many_sources_serves_them_by_settings_of_their_own_and_leaves_nothing(home: Path):
    variables = clean_environment(home)
    with start("demo", "--sources", "6", "--records", "20", "--serve-only", environment=variables) as process:
        assert process.stdout is not None
        served = json.loads(process.stdout.readline())
        config = Path(served.pop("config"))
        files = [config, *sorted(config.parent.glob("sources.d/*.toml"))]
        modes = {each.stat().st_mode & 0o777 for each in files}, config.parent.stat().st_mode & 0o777
        ended = Demo(variables | served).run("--config", str(config), "check", "--tag", "gold", "--json")
        sick = Demo(variables | served).run("--config", str(config), "sync", "departments", "--source", files[-1].stem)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert len(files) == 7
    assert modes == ({0o600}, 0o700)
    gold = [json.loads(line)["source"] for line in ended.stdout.splitlines()]
    assert gold == [files[1].stem, files[6].stem], ended.stderr
    assert (sick.returncode, "503" in sick.stderr) == (3, True)
    assert (process.returncode, out, err) == (0, "", "")
    assert not config.parent.exists()
