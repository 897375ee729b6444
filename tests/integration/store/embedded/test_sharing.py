"""The embedded mongod is shared by those who use it, and stops after the last."""

import json
import os
import resource
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pymongo import MongoClient

from odoo_sync_tui.store.embedded.process import MAX_OPEN_FILES
from odoo_sync_tui.store.embedded.server import EmbeddedMongo, open_embedded
from tests.integration.store.embedded.members import (
    USE_MONGOD,
    has_ended,
    member,
    open_files,
    put,
    things,
)
from tests.support.processes import is_running


class TestSharing:
    def test_the_last_user_of_a_mongod_stops_it(self, data_dir: Path):
        with member(data_dir) as first, member(data_dir) as second:
            assert (first.uri, first.pid) == (second.uri, second.pid)
            first.leave()
            put(second.uri, 1)
            assert things(second.uri) == [1]
            second.leave()
            assert has_ended(first.pid)

    def test_many_users_that_come_at_once_share_one_mongod(self, data_dir: Path):
        command = [sys.executable, USE_MONGOD, str(data_dir)]
        crowd = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(4)]
        pids = {json.loads(process.stdout.readline())["pid"] for process in crowd}
        for process in crowd:
            process.communicate()
        assert len(pids) == 1
        assert [process.returncode for process in crowd] == [0] * 4
        assert has_ended(pids.pop())

    def test_handles_of_one_process_on_a_mongod_count_one_by_one(self, data_dir: Path):
        one, two = open_embedded(data_dir), open_embedded(data_dir / ".." / data_dir.name)
        assert one.pid == two.pid
        one.close()
        one.close()
        assert is_running(two.pid)
        put(two.uri, 1)
        two.close()
        assert has_ended(two.pid)

    def test_a_forked_child_that_closes_the_mongod_takes_nothing_from_its_parent(self, data_dir: Path):
        with open_embedded(data_dir) as mongo:
            child = os.fork()
            if not child:
                mongo.close()
                os._exit(0)
            assert os.waitpid(child, 0)[1] == 0
            put(mongo.uri, 1)
            with member(data_dir) as other:
                other.leave()
            assert things(mongo.uri) == [1]


@pytest.fixture(scope="module")
def mongo() -> Iterator[EmbeddedMongo]:
    """One whose starter had a key in its environment; it is only looked at."""
    with tempfile.TemporaryDirectory(prefix="ost-") as place, pytest.MonkeyPatch.context() as patch:
        patch.setenv("ODOO_SYNC_ODOO__API_KEY", "secret")
        with open_embedded(Path(place) / "mongo") as opened:
            yield opened


class TestPrivacy:
    def test_the_keys_of_a_terminal_do_not_reach_the_mongod(self, mongo: EmbeddedMongo):
        assert os.getpgid(mongo.pid) == mongo.pid
        assert os.getsid(mongo.pid) == mongo.pid

    def test_none_of_our_open_files_and_keys_reach_the_mongod(self, mongo: EmbeddedMongo):
        links = open_files(mongo.pid)
        assert not [link for link in links if link.endswith(("control.lock", "users.lock"))]
        assert b"secret" not in Path(f"/proc/{mongo.pid}/environ").read_bytes()

    def test_a_mongod_opens_nothing_but_a_socket_that_is_ours_alone(self, mongo: EmbeddedMongo):
        assert stat.S_IMODE(mongo.data_dir.stat().st_mode) == 0o700
        socket = mongo.data_dir / "mongod.sock"
        assert stat.S_IMODE(socket.lstat().st_mode) == 0o600
        assert stat.S_IMODE(mongo.log_path.stat().st_mode) == 0o600
        inodes = open_files(mongo.pid)
        assert not inodes & self.internet_sockets()
        assert self.unix_listeners(inodes) == [str(socket)]

    def internet_sockets(self) -> set[str]:
        tables = [Path(f"/proc/net/{name}") for name in ("tcp", "tcp6", "udp", "udp6")]
        rows = [line.split() for table in tables if table.exists() for line in table.read_text().splitlines()[1:]]
        return {f"socket:[{row[9]}]" for row in rows}

    def unix_listeners(self, inodes: set[str]) -> list[str]:
        rows = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:]]
        listening = [row for row in rows if int(row[3], 16) & 0x10000]
        return [row[7] for row in listening if f"socket:[{row[6]}]" in inodes]


class TestReplicaSet:
    def test_transactions_and_change_streams_work(self, mongo_uri: str, database_name: str):
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

    def test_the_member_of_the_replica_set_is_the_socket(self, mongod: EmbeddedMongo):
        with MongoClient(mongod.uri) as client:
            assert client.admin.command("hello")["hosts"] == [str(mongod.data_dir / "mongod.sock")]


def test_a_mongod_may_open_as_many_files_as_its_user_whatever_the_shell_gives(data_dir: Path):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, soft), hard))
    try:
        with open_embedded(data_dir) as mongod, MongoClient[dict[str, object]](mongod.uri) as client:
            extra = client.admin.command("hostInfo")["extra"]
            assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == min(1024, soft)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert extra.get("extra", extra)["maxOpenFiles"] == min(hard, MAX_OPEN_FILES)
