"""The embedded mongod is there again after every kind of death."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pymongo import MongoClient

from odoo_sync_tui.store.embedded.binary import find_mongod
from odoo_sync_tui.store.embedded.errors import EmbeddedMongoError
from odoo_sync_tui.store.embedded.libraries import library_environment
from odoo_sync_tui.store.embedded.server import open_embedded
from tests.integration.store.embedded.members import USE_MONGOD, has_ended, member, package_mongod, put, things
from tests.support.processes import is_running
from tests.support.slow import slow


class TestRecovery:
    def test_users_that_were_killed_leave_their_mongod_to_the_next_one(self, data_dir: Path):
        with member(data_dir) as owner:
            put(owner.uri, 1)
            owner.process.kill()
            owner.process.wait()
            assert is_running(owner.pid)
            with open_embedded(data_dir) as mongo:
                assert mongo.pid == owner.pid
                assert things(mongo.uri) == [1]
            assert has_ended(owner.pid)

    def test_a_killed_mongod_is_described_and_comes_back_with_its_data(self, data_dir: Path):
        with member(data_dir) as other, open_embedded(data_dir) as mongo:
            assert mongo.exit_message() is None
            put(mongo.uri, 1)
            os.kill(mongo.pid, signal.SIGKILL)
            assert has_ended(mongo.pid)
            assert mongo.exit_message() == (
                f"The embedded mongod died: it was killed: it left no word in its log; its log is {mongo.log_path}."
            )
            with open_embedded(data_dir) as again:
                assert again.pid != mongo.pid
                assert things(other.uri) == [1]  # the address that others hold is right again
                assert mongo.exit_message() is None
            assert is_running(again.pid)

    def test_the_parent_of_a_killed_mongod_knows_the_signal(self, data_dir: Path):
        with open_embedded(data_dir) as mongo:
            os.kill(mongo.pid, signal.SIGKILL)
            assert has_ended(mongo.pid)
            assert "killed (SIGKILL)" in mongo.exit_message()
        assert mongo.exit_message() is None

    def test_stale_files_of_a_killed_mongod_and_user_are_no_hindrance(self, data_dir: Path):
        with member(data_dir) as owner:
            put(owner.uri, 1)
            os.kill(owner.pid, signal.SIGKILL)
            owner.process.kill()
        assert has_ended(owner.pid)
        assert (data_dir / "mongod.sock").exists()
        (data_dir / "db" / "mongod.lock").write_text(f"{os.getpid()}\n")  # the id now belongs to somebody else
        with open_embedded(data_dir) as mongo:
            assert things(mongo.uri) == [1]

    def test_a_starter_that_was_killed_in_the_very_act_leaves_its_mongod_to_the_next_one(self, data_dir: Path):
        place, real = data_dir.parent, find_mongod()
        libraries = library_environment(real, place)
        exports = [f"export {name}='{value}'" for name, value in libraries.items()]
        words = ["#!/bin/sh", f"echo $$ > '{place}/pid'", "kill -KILL $PPID", *exports, f"exec '{real}' \"$@\"", ""]
        package_mongod(place / "site", "\n".join(words))
        command = [sys.executable, USE_MONGOD, str(data_dir)]
        starter = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(place / "site")}, check=False)
        assert starter.returncode == -signal.SIGKILL
        with open_embedded(data_dir) as mongo:
            assert mongo.pid == int((place / "pid").read_text())
            put(mongo.uri, 1)
        assert has_ended(mongo.pid)

    def test_a_lost_socket_is_named_while_others_use_it_and_made_again_after_them(self, data_dir: Path):
        with member(data_dir) as owner:
            put(owner.uri, 1)
            (data_dir / "mongod.sock").unlink()
            with pytest.raises(EmbeddedMongoError, match="cannot be reached, and other processes still use it"):
                open_embedded(data_dir)
            assert is_running(owner.pid)
            owner.process.kill()
            owner.process.wait()
            with open_embedded(data_dir) as mongo:
                assert mongo.pid != owner.pid
                assert things(mongo.uri) == [1]

    @pytest.mark.slow
    def test_a_data_directory_that_was_moved_keeps_its_data(self, data_dir: Path):
        with open_embedded(data_dir) as mongo:
            put(mongo.uri, 1)
        moved = data_dir.rename(data_dir.parent / "moved")
        with open_embedded(moved) as mongo:
            put(mongo.uri, 2)
            with MongoClient(mongo.uri) as client:
                assert client.admin.command("hello")["hosts"] == [str(moved / "mongod.sock")]
            assert things(mongo.uri) == [1, 2]

    @pytest.mark.parametrize("name", [*slow(["short"]), "long" * 30])  # a socket that moved along, and one that stayed
    def test_a_data_directory_that_was_moved_under_a_mongod_gets_another_one(
        self, data_dir: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ):
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(data_dir.parent))
        before = data_dir.parent / name
        with member(before) as owner:
            put(owner.uri, 1)
            owner.process.kill()
        moved = before.rename(data_dir.parent / "moved")
        with open_embedded(moved) as mongo:
            assert mongo.pid != owner.pid  # it would go on making files where the directory was
            assert things(mongo.uri) == [1]
        assert has_ended(owner.pid)

    def test_a_copy_of_a_data_directory_has_a_mongod_of_its_own(self, data_dir: Path):
        with open_embedded(data_dir) as mongo:
            put(mongo.uri, 1)
        copy = shutil.copytree(data_dir, data_dir.parent / "copy")
        with open_embedded(data_dir) as one, open_embedded(copy) as two:
            put(two.uri, 2)
            assert one.pid != two.pid
            assert things(one.uri) == [1]
            assert things(two.uri) == [1, 2]

    def test_a_mongod_that_drops_its_connections_while_it_becomes_primary_is_asked_again(
        self, data_dir: Path, monkeypatch: pytest.MonkeyPatch
    ):
        real, site = find_mongod(), data_dir.parent / "site"
        libraries = [f"export {name}='{value}'" for name, value in library_environment(real, site).items()]
        dropping = "{mode: {times: 1}, data: {failCommands: ['replSetInitiate'], closeConnection: true}}"
        options = f'--setParameter enableTestCommands=1 --setParameter "failpoint.failCommand={dropping}"'
        package_mongod(site, "\n".join(["#!/bin/sh", *libraries, f"exec '{real}' \"$@\" {options}", ""]))
        monkeypatch.syspath_prepend(str(site))
        with open_embedded(data_dir) as mongo:
            put(mongo.uri, 1)
            assert things(mongo.uri) == [1]

    def test_a_deleted_data_directory_leaves_no_process_behind(self, data_dir: Path):
        with open_embedded(data_dir) as mongo:
            data_dir.rename(data_dir.parent / "trash")  # deleting it while mongod writes is a race
        assert has_ended(mongo.pid)

    def test_a_data_directory_whose_path_is_too_long_for_a_socket_is_shared_all_the_same(self, data_dir: Path):
        long, place = data_dir.parent / ("long" * 30), f"XDG_RUNTIME_DIR={data_dir.parent}"
        with member(long, "env", place) as one:
            with member(long, "env", "-u", "XDG_RUNTIME_DIR") as two:
                assert one.uri == two.uri
                put(two.uri, 1)
                two.leave()
            assert things(one.uri) == [1]
            one.leave()
        assert list(data_dir.parent.iterdir()) == [long]

    def test_a_long_log_of_mongod_is_set_aside_by_the_next_start_and_by_whoever_joins(self, data_dir: Path):
        with open_embedded(data_dir) as mongo:
            assert not (data_dir / "mongod.log.1").exists()
        make_long(mongo.log_path)
        with open_embedded(data_dir) as mongo, open_embedded(data_dir):
            first = (data_dir / "mongod.log.1").stat().st_ino
            make_long(mongo.log_path)
            with open_embedded(data_dir):
                assert (data_dir / "mongod.log.1").stat().st_ino != first
            assert mongo.log_path.read_text().startswith("{")
        assert {path.name for path in data_dir.iterdir() if "log" in path.name} == {"mongod.log", "mongod.log.1"}


def make_long(log: Path) -> None:
    """Append so many empty bytes to a log that it is too long; they take no room on the disk."""
    with log.open("ab") as file:
        file.truncate(9 * 1024 * 1024)
