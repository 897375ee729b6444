"""The log holds everything that helps, and no secret."""

from __future__ import annotations

import logging
import stat
import threading
from pathlib import Path

import pytest

from odoo_sync_tui.cli.log import open_log
from odoo_sync_tui.core.text.redaction import register_secrets

logger = logging.getLogger("odoo_sync_tui.somewhere")


@pytest.fixture
def path(tmp_path: Path):
    return tmp_path / "state" / "log"


@pytest.mark.parametrize(
    "text",
    [
        "mongodb://anna:swordfish@db/lake",
        "{'password': 'swordfish'}",
        "api_key=swordfish",
        "Authorization: Bearer swordfish",
        "https://db.example:443//anna:swordfish@host",
        "//a:b //anna:swordfish@db",
    ],
)
def test_the_log_keeps_nothing_that_looks_like_a_secret(path: Path, text: str):
    with open_log(path):
        logger.warning("%s", text)
    assert "swordfish" not in path.read_text()
    assert "***" in path.read_text()


def test_the_log_and_its_directory_can_be_read_by_their_owner_alone(path: Path):
    with open_log(path):
        logger.warning("a line")
    assert [stat.S_IMODE(each.stat().st_mode) for each in (path, path.parent)] == [0o600, 0o700]


def test_the_log_keeps_no_secret_that_is_known(path: Path):
    with open_log(path):
        register_secrets(["halibut", ""])
        logger.warning("the plain word halibut, and password=halibut")
    assert path.read_text().endswith("the plain word ***, and password=***\n")


def test_the_log_knows_an_api_key_by_its_shape(path: Path):
    with open_log(path):
        logger.warning("key %s refused", "0123456789abcdef" * 2 + "01234567")
    assert "key *** refused" in path.read_text()


@pytest.mark.parametrize("end", ["\n", "\r", "\x0b", "\x85", "\u2028"])
def test_a_record_of_the_log_is_one_line_whatever_it_says(path: Path, end: str):
    with open_log(path):
        logger.warning("a%s2026-01-31 12:00:00 1 ERROR root: forged \x1b[2J", end)
    (line,) = path.read_text().splitlines()
    assert "WARNING odoo_sync_tui.somewhere: a" in line
    assert "\x1b" not in line


def test_a_traceback_in_the_log_is_indented_so_that_its_error_cannot_look_like_a_record(path: Path):
    with open_log(path) as log:
        log.record_crash(ValueError("a\n2026-01-31 12:00:00 1 ERROR root: forged"))
    first, *others = path.read_text().splitlines()
    assert first.endswith("Unexpected error")
    assert [line for line in others if not line.startswith("    ")] == []


def test_an_error_of_any_length_takes_little_of_the_log(path: Path):
    with open_log(path) as log:
        log.record_crash(ValueError("halibut " * 1_000_000))
    assert path.stat().st_size < 60_000


def test_warnings_of_the_http_library_which_repeat_what_a_server_sends_are_not_kept(path: Path):
    with open_log(path):
        logging.getLogger("urllib3.connection").warning("Failed to parse headers: %s", "halibut")
        logging.getLogger("urllib3.connection").error("an error")
    assert path.read_text().splitlines()[0].endswith("an error")


def test_a_crash_in_a_thread_goes_to_the_log_and_not_to_the_terminal(path: Path, capsys: pytest.CaptureFixture[str]):
    def fail():
        raise ZeroDivisionError

    with open_log(path):
        thread = threading.Thread(target=fail, name="pages")
        thread.start()
        thread.join()
    assert "Unexpected error in thread pages" in path.read_text()
    assert "ZeroDivisionError" in path.read_text()
    assert capsys.readouterr().err == ""


def test_a_log_without_a_place_to_write_is_left_out_without_noise(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "state").write_text("")
    with open_log(tmp_path / "state" / "log") as log:
        logger.warning("nobody reads this")
    assert log.path is None
    assert capsys.readouterr().err == ""


def test_logging_is_as_before_when_the_log_is_closed(path: Path):
    handlers = list(logging.getLogger().handlers)
    with open_log(path):
        pass
    assert logging.getLogger().handlers == handlers
    assert logging.raiseExceptions
