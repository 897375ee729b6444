"""A first settings file: private, whole or not there, and never in place of another."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.core.text.sanitize import clean
from odoo_sync_tui.runtime.paths import config_file
from odoo_sync_tui.settings.load import load_settings
from odoo_sync_tui.settings.writer import find_flaw, write_settings
from tests.support.hostile_text import HOSTILE

KEY = "canary-of-the-key"
ANSWERS = {
    "odoo.url": "https://odoo.example.com",
    "odoo.database": "acme",
    "odoo.username": "sync@example.com",
    "odoo.api_key": KEY,
    "mongo.uri": "embedded",
}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def refusal(path: Path, **changes: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        write_settings(path, {**ANSWERS, **{name.replace("__", "."): value for name, value in changes.items()}})
    return str(caught.value)


def test_what_was_answered_is_what_the_program_then_loads():
    write_settings(config_file(), ANSWERS)
    loaded = load_settings()
    config = loaded.build_odoo_config(None)
    assert (config.url, config.database, config.username) == (
        "https://odoo.example.com",
        "acme",
        "sync@example.com",
    )
    assert config.api_key.get_secret_value() == KEY
    assert loaded.mongo.uri.get_secret_value() == "embedded"


def test_the_key_stands_in_a_file_of_its_own_and_all_is_the_owners_alone(tmp_path: Path):
    before = os.umask(0)
    try:
        path = write_settings(tmp_path / "new" / "inner" / "settings.toml", ANSWERS)
    finally:
        os.umask(before)
    key_file = path.with_name("odoo_api_key")
    assert key_file.read_text().strip() == KEY
    assert KEY not in path.read_text()
    assert [mode(each) for each in (path, key_file)] == [0o600, 0o600]
    assert [mode(each) for each in (path.parent, path.parent.parent)] == [0o700, 0o700]


def test_the_file_begins_with_the_page_that_has_all_settings(tmp_path: Path):
    path = write_settings(tmp_path / "settings.toml", ANSWERS)
    first = path.read_text().splitlines()[0]
    assert first.startswith("#")
    assert "odoo-sync-tui docs settings" in first


def test_a_mongodb_address_with_a_password_stands_in_a_file_of_its_own():
    address = "mongodb://anna:hunter2@db.example/?replicaSet=rs0"
    path = write_settings(config_file(), {**ANSWERS, "mongo.uri": address})
    assert "hunter2" not in path.read_text()
    assert mode(path.with_name("mongo_uri")) == 0o600
    assert load_settings().mongo.uri.get_secret_value() == address


def test_only_what_was_answered_is_written(tmp_path: Path):
    path = write_settings(tmp_path / "settings.toml", {"odoo.database": "acme"})
    assert tomllib.loads(path.read_text()) == {"odoo": {"database": "acme"}}


def test_the_file_of_a_key_is_named_and_not_copied(tmp_path: Path):
    key_file = tmp_path / "my_key"
    key_file.write_text(KEY)
    key_file.chmod(0o600)
    answers = {**ANSWERS, "odoo.api_key_file": str(key_file)}
    del answers["odoo.api_key"]
    path = write_settings(tmp_path / "inner" / "settings.toml", answers)
    assert [each.name for each in path.parent.iterdir()] == ["settings.toml"]
    assert load_settings(path).build_odoo_config(None).api_key.get_secret_value() == KEY


@pytest.mark.parametrize("make", ["file", "link", "dangling link"])
def test_an_existing_file_is_left_as_it_is(tmp_path: Path, make: str):
    path, target = tmp_path / "settings.toml", tmp_path / "target"
    if make != "dangling link":
        target.write_text("[ui]\nascii = true\n")
    if make == "file":
        target.rename(path)
    else:
        path.symlink_to(target)
    before = sorted(tmp_path.iterdir()), path.read_text() if path.exists() else None
    text = refusal(path)
    assert str(path) in text
    assert "already" in text
    assert (sorted(tmp_path.iterdir()), path.read_text() if path.exists() else None) == before


def test_a_file_that_somebody_makes_meanwhile_is_left_and_no_key_stays(place: Path):
    path, made = place / "settings.toml", []

    class MakesTheFile(str):
        """A database name that somebody else is faster than."""

        def replace(self, *arguments: str) -> str:  # type: ignore[override]
            if not made:
                made.append(path.write_text("theirs"))
            return super().replace(*arguments)

    assert "already" in refusal(path, odoo__database=MakesTheFile("acme"))
    assert path.read_text() == "theirs"
    assert [each.name for each in place.iterdir()] == ["settings.toml"]


def test_the_file_of_another_key_is_left_as_it_is(tmp_path: Path):
    (tmp_path / "odoo_api_key").write_text("another")
    path = write_settings(tmp_path / "settings.toml", ANSWERS)
    assert (tmp_path / "odoo_api_key").read_text() == "another"
    assert load_settings(path).build_odoo_config(None).api_key.get_secret_value() == KEY


def test_a_directory_that_is_closed_to_us_is_refused_in_a_sentence(tmp_path: Path):
    (tmp_path / "file").write_text("")
    text = refusal(tmp_path / "file" / "settings.toml")
    assert "could not be written" in text


NAMES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1).map(str.strip)


@given(NAMES.filter(lambda text: text and clean(text) == text), NAMES.filter(lambda text: text and clean(text) == text))
def test_any_text_that_can_be_shown_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, one: str, two: str):
    path = tmp_path_factory.mktemp("hostile") / 'a "quoted" \\ directory' / "settings.toml"
    write_settings(path, {**ANSWERS, "odoo.database": one, "odoo.username": two})
    table = tomllib.loads(path.read_text(encoding="utf-8"))["odoo"]
    assert (table["database"], table["username"]) == (one, two)
    config = load_settings(path).build_odoo_config(None)
    assert (config.database, config.username, config.api_key.get_secret_value()) == (one, two, KEY)


@pytest.mark.parametrize("text", [*[text for text in HOSTILE if clean(text) != text], "two\nlines", "\x00", "\ud800"])
def test_text_that_cannot_be_shown_is_refused_and_nothing_is_left(place: Path, text: str):
    assert find_flaw("odoo.database", text)
    refused = refusal(place / "settings.toml", odoo__database=text)
    assert clean(refused) == refused
    assert list(place.iterdir()) == []


@pytest.mark.parametrize(
    "key", ["x" * 5000, "two\nlines", '"quoted"', "-----BEGIN PRIVATE KEY-----", "zero\u200bwidth"]
)
def test_what_is_no_key_is_refused_without_repeating_it(place: Path, key: str):
    assert key not in refusal(place / "settings.toml", odoo__api_key=key)
    assert list(place.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "answer"),
    [("odoo.url", "odoo.example.com"), ("odoo.database", ""), ("mongo.uri", "db.example"), ("odoo.api_key", "'key'")],
)
def test_an_answer_that_cannot_be_used_is_explained(name: str, answer: str):
    assert find_flaw(name, answer).endswith(".")
    assert find_flaw(name, ANSWERS[name]) == ""


KILLED_AT_EACH_STEP = """
import os, signal, sys
from pathlib import Path
from odoo_sync_tui.settings.writer import write_settings

STEPS = {"os.link", "os.rename", "os.remove", "os.mkdir", "os.chmod", "open"}

def child(number, path):
    seen = 0
    def kill(event, arguments):
        nonlocal seen
        if event in STEPS:
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(kill)
    write_settings(path, %r)
    os._exit(0)

for number in range(1, 100):
    path = Path(sys.argv[1], str(number), "settings.toml")
    pid = os.fork()
    if pid == 0:
        child(number, path)
    if os.waitpid(pid, 0)[1] == 0:
        break
"""


def test_killed_at_any_step_it_leaves_the_whole_file_or_none_and_can_be_done_again(place: Path):
    program = [sys.executable, "-c", KILLED_AT_EACH_STEP % ANSWERS, str(place)]
    subprocess.run(program, check=True, cwd=Path(__file__).parents[3], timeout=120)
    places = sorted(place.iterdir(), key=lambda each: int(each.name))
    files = [each / "settings.toml" for each in places]
    there = [file.exists() for file in files]
    assert there == sorted(there)  # from some step on it is there, and stays
    assert there.count(True) >= 2  # it was killed after that step too
    assert there.count(False) >= 3
    for file in files:
        if not file.exists():
            write_settings(file, ANSWERS)
        assert load_settings(file).build_odoo_config(None).api_key.get_secret_value() == KEY
        assert all(mode(each) == 0o600 for each in file.parent.iterdir())
