"""The embedded mongod as its users meet it: shared, private, and there again after every kind of death."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections import namedtuple
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from pymongo import MongoClient

from odoo_sync_tui.store.embedded import server as embedded
from odoo_sync_tui.store.embedded.errors import EmbeddedMongoError
from odoo_sync_tui.store.embedded.server import open_embedded

MEMBER = """
import json, sys
from pathlib import Path
from odoo_sync_tui.store.embedded.server import open_embedded
mongo = open_embedded(Path(sys.argv[1]))
print(json.dumps({"uri": mongo.uri, "pid": mongo.pid}), flush=True)
sys.stdin.read()
mongo.close()
"""

KILLED_AT_ONCE = """
import os, signal, sys
from pathlib import Path
from odoo_sync_tui.store.embedded.server import open_embedded
spawn = os.posix_spawn
def spawn_and_die(*arguments, **options):
    print(spawn(*arguments, **options), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
os.posix_spawn = spawn_and_die
open_embedded(Path(sys.argv[1]))
"""

Member = namedtuple("Member", "process uri pid")


@contextmanager
def member(data_dir, *launcher):
    """Another process that uses the directory, until its standard input is closed."""
    command = [*launcher, sys.executable, "-c", MEMBER, str(data_dir)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield Member(process, **json.loads(process.stdout.readline()))
        finally:
            process.kill()


def leave(other):
    other.process.stdin.close()
    assert other.process.wait(60) == 0


def runs(pid):
    """Whether the process is at work: a zombie is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def ended(pid, seconds=30):
    until = time.monotonic() + seconds
    while runs(pid) and time.monotonic() < until:
        os.sched_yield()
    return not runs(pid)


def open_files(pid):
    """What the process has open, by name; what it closes meanwhile is left out."""
    names = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            names.add(str(link.readlink()))
    return names


def put(uri, value):
    with MongoClient(uri) as client:
        client.test.get_collection("things", write_concern=client.write_concern).insert_one({"_id": value})


def things(uri):
    with MongoClient(uri) as client:
        return [found["_id"] for found in client.test.things.find(sort=[("_id", 1)])]


class TestSharing:
    def test_the_last_one_out_stops_it(self, data_dir):
        with member(data_dir) as first, member(data_dir) as second:
            assert (first.uri, first.pid) == (second.uri, second.pid)
            leave(first)
            put(second.uri, 1)
            assert things(second.uri) == [1]
            leave(second)
            assert ended(first.pid)

    def test_many_that_come_at_once_share_one(self, data_dir):
        command = [sys.executable, "-c", MEMBER, str(data_dir)]
        crowd = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(4)]
        pids = {json.loads(process.stdout.readline())["pid"] for process in crowd}
        for process in crowd:
            process.communicate()
        assert len(pids) == 1
        assert [process.returncode for process in crowd] == [0] * 4
        assert ended(pids.pop())

    def test_opens_of_one_process_count_one_by_one(self, data_dir):
        one, two = open_embedded(data_dir), open_embedded(data_dir / ".." / data_dir.name)
        assert one.pid == two.pid
        one.close()
        one.close()
        assert runs(two.pid)
        put(two.uri, 1)
        two.close()
        assert ended(two.pid)

    def test_a_forked_child_that_closes_it_takes_nothing_from_its_parent(self, data_dir):
        with open_embedded(data_dir) as mongo:
            child = os.fork()
            if not child:
                mongo.close()
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
            put(mongo.uri, 1)
            with member(data_dir) as other:
                leave(other)
            assert things(mongo.uri) == [1]

    def test_the_keys_of_a_terminal_do_not_reach_it(self, data_dir):
        with open_embedded(data_dir) as mongo:
            assert os.getpgid(mongo.pid) == mongo.pid
            assert os.getsid(mongo.pid) == mongo.pid

    def test_none_of_our_open_files_and_keys_reach_it(self, data_dir, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("ODOO_SYNC_ODOO__API_KEY", "secret")
        with open_embedded(data_dir) as mongo:
            links = open_files(mongo.pid)
            assert not [link for link in links if link.endswith(("control.lock", "users.lock"))]
            assert b"secret" not in Path(f"/proc/{mongo.pid}/environ").read_bytes()


class TestPrivacy:
    def test_nothing_but_a_socket_that_is_ours_alone(self, data_dir):
        with open_embedded(data_dir) as mongo:
            assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
            socket = data_dir / "mongod.sock"
            assert stat.S_IMODE(socket.lstat().st_mode) == 0o600
            assert stat.S_IMODE(mongo.log_path.stat().st_mode) == 0o600
            inodes = open_files(mongo.pid)
            assert not inodes & self.internet_sockets()
            assert self.unix_listeners(inodes) == [str(socket)]

    def internet_sockets(self):
        tables = [Path(f"/proc/net/{name}") for name in ("tcp", "tcp6", "udp", "udp6")]
        rows = [line.split() for table in tables if table.exists() for line in table.read_text().splitlines()[1:]]
        return {f"socket:[{row[9]}]" for row in rows}

    def unix_listeners(self, inodes):
        rows = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:]]
        listening = [row for row in rows if int(row[3], 16) & 0x10000]
        return [row[7] for row in listening if f"socket:[{row[6]}]" in inodes]


class TestReplicaSet:
    def test_transactions_and_change_streams_work(self, mongo_uri, database_name):
        with MongoClient(mongo_uri) as client:
            things = client[database_name].create_collection("things")
            with things.watch() as stream:
                with client.start_session() as session, session.start_transaction():
                    things.insert_one({"_id": 1}, session=session)
                    things.insert_one({"_id": 2}, session=session)
                assert [next(stream)["documentKey"]["_id"] for _ in range(2)] == [1, 2]
                with client.start_session() as session:
                    session.start_transaction()
                    things.delete_many({}, session=session)
                    session.abort_transaction()
                assert things.count_documents({}) == 2

    def test_its_member_is_the_socket(self, mongod):
        with MongoClient(mongod.uri) as client:
            assert client.admin.command("hello")["hosts"] == [str(mongod.data_dir / "mongod.sock")]


class TestRecovery:
    def test_users_that_were_killed_leave_it_to_the_next_one(self, data_dir):
        with member(data_dir) as owner:
            put(owner.uri, 1)
            owner.process.kill()
            owner.process.wait()
            assert runs(owner.pid)
            with open_embedded(data_dir) as mongo:
                assert mongo.pid == owner.pid
                assert things(mongo.uri) == [1]
            assert ended(owner.pid)

    def test_a_killed_mongod_is_described_and_comes_back_with_its_data(self, data_dir):
        with member(data_dir) as other, open_embedded(data_dir) as mongo:
            assert mongo.exit_message() is None
            put(mongo.uri, 1)
            os.kill(mongo.pid, signal.SIGKILL)
            assert ended(mongo.pid)
            assert mongo.exit_message() == (
                f"The embedded mongod died: it was killed: it left no word in its log; its log is {mongo.log_path}."
            )
            with open_embedded(data_dir) as again:
                assert again.pid != mongo.pid
                assert things(other.uri) == [1]  # the address that others hold is right again
                assert mongo.exit_message() is None
            assert runs(again.pid)

    def test_its_parent_knows_the_signal(self, data_dir):
        with open_embedded(data_dir) as mongo:
            os.kill(mongo.pid, signal.SIGKILL)
            assert ended(mongo.pid)
            assert "killed (SIGKILL)" in mongo.exit_message()
        assert mongo.exit_message() is None

    def test_both_killed_and_stale_files_left(self, data_dir):
        with member(data_dir) as owner:
            put(owner.uri, 1)
            os.kill(owner.pid, signal.SIGKILL)
            owner.process.kill()
        assert ended(owner.pid)
        assert (data_dir / "mongod.sock").exists()
        (data_dir / "db" / "mongod.lock").write_text(f"{os.getpid()}\n")  # the id now belongs to somebody else
        with open_embedded(data_dir) as mongo:
            assert things(mongo.uri) == [1]

    def test_a_starter_that_was_killed_in_the_very_act(self, data_dir):
        command = [sys.executable, "-c", KILLED_AT_ONCE, str(data_dir)]
        pid = int(subprocess.run(command, stdout=subprocess.PIPE, check=False).stdout)
        with open_embedded(data_dir) as mongo:
            assert mongo.pid == pid
            put(mongo.uri, 1)
        assert ended(pid)

    def test_a_lost_socket(self, data_dir):
        with member(data_dir) as owner:
            put(owner.uri, 1)
            (data_dir / "mongod.sock").unlink()
            with pytest.raises(EmbeddedMongoError, match="cannot be reached, and other processes still use it"):
                open_embedded(data_dir)
            assert runs(owner.pid)
            owner.process.kill()
            owner.process.wait()
            with open_embedded(data_dir) as mongo:
                assert mongo.pid != owner.pid
                assert things(mongo.uri) == [1]

    def test_a_directory_that_was_moved(self, data_dir):
        with open_embedded(data_dir) as mongo:
            put(mongo.uri, 1)
        moved = data_dir.rename(data_dir.parent / "moved")
        with open_embedded(moved) as mongo:
            put(mongo.uri, 2)
            with MongoClient(mongo.uri) as client:
                assert client.admin.command("hello")["hosts"] == [str(moved / "mongod.sock")]
            assert things(mongo.uri) == [1, 2]

    @pytest.mark.parametrize("name", ["short", "long" * 30])  # a socket that moved along, and one that stayed
    def test_a_directory_that_was_moved_under_a_running_one(self, data_dir, monkeypatch: pytest.MonkeyPatch, name):
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(data_dir.parent))
        before = data_dir.parent / name
        with member(before) as owner:
            put(owner.uri, 1)
            owner.process.kill()
        moved = before.rename(data_dir.parent / "moved")
        with open_embedded(moved) as mongo:
            assert mongo.pid != owner.pid  # it would go on making files where the directory was
            assert things(mongo.uri) == [1]
        assert ended(owner.pid)

    def test_a_copy_is_a_mongod_of_its_own(self, data_dir):
        with open_embedded(data_dir) as mongo:
            put(mongo.uri, 1)
        copy = shutil.copytree(data_dir, data_dir.parent / "copy")
        with open_embedded(data_dir) as one, open_embedded(copy) as two:
            put(two.uri, 2)
            assert one.pid != two.pid
            assert things(one.uri) == [1]
            assert things(two.uri) == [1, 2]

    def test_a_deleted_directory_leaves_no_process_behind(self, data_dir):
        with open_embedded(data_dir) as mongo:
            data_dir.rename(data_dir.parent / "trash")  # deleting it while mongod writes is a race
        assert ended(mongo.pid)

    def test_a_path_that_is_too_long_for_a_socket(self, data_dir):
        long, place = data_dir.parent / ("long" * 30), f"XDG_RUNTIME_DIR={data_dir.parent}"
        with member(long, "env", place) as one:
            with member(long, "env", "-u", "XDG_RUNTIME_DIR") as two:
                assert one.uri == two.uri
                put(two.uri, 1)
                leave(two)
            assert things(one.uri) == [1]
            leave(one)
        assert list(data_dir.parent.iterdir()) == [long]

    def test_a_long_log_is_set_aside(self, data_dir, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(embedded, "_MAX_LOG_BYTES", 1000)
        with open_embedded(data_dir) as mongo, open_embedded(data_dir):
            first = (data_dir / "mongod.log.1").stat().st_ino
            with open_embedded(data_dir):
                assert (data_dir / "mongod.log.1").stat().st_ino != first
            assert mongo.log_path.read_text().startswith("{")
        assert {path.name for path in data_dir.iterdir() if "log" in path.name} == {"mongod.log", "mongod.log.1"}


class TestRefusals:
    def test_another_mongod_on_the_files_is_left_alone(self, data_dir):
        with open_embedded(data_dir) as mongo:
            binary = Path(f"/proc/{mongo.pid}/exe").resolve()
        socket = data_dir / "foreign.sock"
        options = ["--bind_ip", str(socket), "--nounixsocket", "--dbpath", str(data_dir / "db")]
        with subprocess.Popen([binary, *options], stdout=subprocess.PIPE) as foreign:
            next(line for line in foreign.stdout if b"Waiting for connections" in line)
            with pytest.raises(
                EmbeddedMongoError, match=f"in use by process {foreign.pid}, which this program did not"
            ):
                open_embedded(data_dir)
            assert foreign.poll() is None
            foreign.terminate()
            foreign.communicate()

    @pytest.mark.parametrize(
        ("script", "words"),
        [
            ("echo 'mongod: error while loading shared libraries: libcurl.so.4: no' >&2; exit 127", "libcurl.so.4"),
            ("kill -ILL $$", "AVX"),
            ("exit 62", "another version of MongoDB"),
        ],
    )
    def test_a_mongod_that_cannot_start_says_why(self, data_dir, monkeypatch: pytest.MonkeyPatch, script, words):
        self.install(data_dir, monkeypatch, f"#!/bin/sh\n{script}\n")
        with pytest.raises(EmbeddedMongoError, match="did not start") as caught:
            open_embedded(data_dir)
        assert words in caught.value.message
        assert str(data_dir / "mongod.log") in caught.value.message
        assert "ODOO_SYNC_MONGO__URI" in caught.value.hint

    def test_a_binary_for_another_machine(self, data_dir, monkeypatch: pytest.MonkeyPatch):
        self.install(data_dir, monkeypatch, "\x7fELF nonsense")
        with pytest.raises(EmbeddedMongoError, match=r"cannot be run on this machine .*: Exec format error"):
            open_embedded(data_dir)

    def install(self, data_dir, monkeypatch: pytest.MonkeyPatch, text):
        binary = data_dir.parent / "mongod"
        binary.write_text(text)
        binary.chmod(0o755)
        monkeypatch.setattr(embedded, "find_mongod", lambda: binary)

    def test_a_disk_that_is_too_full_to_begin(self, data_dir, monkeypatch: pytest.MonkeyPatch):
        usage = namedtuple("usage", "total used free")
        monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 9 * 10**8, 10**8))
        with pytest.raises(EmbeddedMongoError, match=r"needs 400 MB to begin with; .* has 95 MB left"):
            open_embedded(data_dir)

    def test_a_file_in_place_of_the_directory(self, data_dir):
        data_dir.write_text("")
        with pytest.raises(EmbeddedMongoError, match=r"cannot use its data directory .*: File exists\."):
            open_embedded(data_dir)

    @pytest.mark.parametrize("moment", ["is_listening", "make_primary"])  # just spawned, and running
    def test_an_interrupted_start_leaves_no_process_behind(self, data_dir, monkeypatch: pytest.MonkeyPatch, moment):
        started = []
        start = embedded.start_process

        def interrupt(socket):
            raise KeyboardInterrupt

        monkeypatch.setattr(
            embedded, "start_process", lambda *arguments: started.append(start(*arguments)) or started[0]
        )
        monkeypatch.setattr(embedded, moment, interrupt)
        with pytest.raises(KeyboardInterrupt):
            open_embedded(data_dir)
        monkeypatch.undo()
        assert not runs(started[0])
