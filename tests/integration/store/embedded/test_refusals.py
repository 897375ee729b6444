"""Where the embedded mongod cannot be had, the reason is named and no process stays behind."""

import os
import shutil
import signal
import subprocess
import sys
from collections import namedtuple
from contextlib import suppress
from pathlib import Path

import pytest

from odoo_sync_tui.store.embedded.errors import EmbeddedMongoError
from odoo_sync_tui.store.embedded.libraries import library_environment
from odoo_sync_tui.store.embedded.server import open_embedded
from tests.integration.store.embedded.members import USE_MONGOD, package_mongod
from tests.support.processes import is_running
from tests.support.world import wait_until


class TestRefusals:
    def test_another_mongod_on_the_data_files_is_left_alone(self, data_dir: Path):
        with open_embedded(data_dir) as mongo:
            binary = Path(f"/proc/{mongo.pid}/exe").resolve()
        socket = data_dir / "foreign.sock"
        options = ["--bind_ip", str(socket), "--nounixsocket", "--dbpath", str(data_dir / "db")]
        variables = {**os.environ, **library_environment(binary, data_dir / "lib")}
        with subprocess.Popen([binary, *options], stdout=subprocess.PIPE, env=variables) as foreign:
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
    def test_a_mongod_that_cannot_start_says_why(
        self, data_dir: Path, monkeypatch: pytest.MonkeyPatch, script: str, words: str
    ):
        install(data_dir, monkeypatch, f"#!/bin/sh\n{script}\n")
        with pytest.raises(EmbeddedMongoError, match="did not start") as caught:
            open_embedded(data_dir)
        assert words in caught.value.message
        assert str(data_dir / "mongod.log") in caught.value.message
        assert "ODOO_SYNC_MONGO__URI" in caught.value.hint

    def test_a_mongod_for_another_machine_is_named(self, data_dir: Path, monkeypatch: pytest.MonkeyPatch):
        install(data_dir, monkeypatch, "\x7fELF nonsense")
        with pytest.raises(EmbeddedMongoError, match=r"cannot be run on this machine .*: Exec format error"):
            open_embedded(data_dir)

    def test_a_disk_that_is_too_full_to_begin_is_named_with_what_it_lacks(
        self, data_dir: Path, monkeypatch: pytest.MonkeyPatch
    ):
        usage = namedtuple("usage", "total used free")
        monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 9 * 10**8, 10**8))
        with pytest.raises(EmbeddedMongoError, match=r"needs 400 MB to begin with; .* has 95 MB left"):
            open_embedded(data_dir)

    def test_a_file_in_place_of_the_data_directory_is_named(self, data_dir: Path):
        data_dir.write_text("")
        with pytest.raises(EmbeddedMongoError, match=r"cannot use its data directory .*: File exists\."):
            open_embedded(data_dir)

    @pytest.mark.parametrize("moment", ["just spawned", "connected"])
    def test_an_interrupted_start_of_mongod_leaves_no_process_behind(self, data_dir: Path, moment: str):
        reached = data_dir.parent / "reached"
        package_mongod(data_dir.parent / "site", SILENT_MONGOD.format(sys.executable, reached, moment == "connected"))
        variables = {**os.environ, "PYTHONPATH": str(data_dir.parent / "site")}
        with subprocess.Popen([sys.executable, USE_MONGOD, data_dir], stderr=subprocess.PIPE, env=variables) as starter:
            wait_until(lambda: reached.exists() and reached.read_text().endswith("\n"))
            mongod = int(reached.read_text())
            assert is_running(mongod)
            starter.send_signal(signal.SIGINT)
            assert b"KeyboardInterrupt" in starter.communicate()[1]
        try:
            assert not is_running(mongod)
        finally:
            with suppress(ProcessLookupError):
                os.kill(mongod, signal.SIGKILL)


SILENT_MONGOD = """#!{0}
# Tells its process id at the moment when the start is interrupted: before it listens, or once a driver has connected.
import os, signal, socket, sys
listening = {2}
if listening:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(sys.argv[sys.argv.index("--bind_ip") + 1])
    listener.listen(64)
    connections = [listener.accept()]
    while not connections[-1][0].recv(1):
        connections.append(listener.accept())
with open("{1}", "w") as file:
    file.write(f"{{os.getpid()}}\\n")
signal.pause()
"""


def install(data_dir: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Have the program find a package with this text as its mongod."""
    package_mongod(data_dir.parent / "site", text)
    monkeypatch.syspath_prepend(data_dir.parent / "site")
