"""Where the embedded mongod cannot be had, the reason is named and no process stays behind."""

import os
import shutil
import subprocess
from collections import namedtuple
from pathlib import Path

import pytest

from odoo_sync_tui.store.embedded import server as embedded
from odoo_sync_tui.store.embedded.errors import EmbeddedMongoError
from odoo_sync_tui.store.embedded.libraries import library_environment
from odoo_sync_tui.store.embedded.server import open_embedded
from tests.support.processes import is_running


class TestRefusals:
    def test_another_mongod_on_the_files_is_left_alone(self, data_dir: Path):
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
        self.install(data_dir, monkeypatch, f"#!/bin/sh\n{script}\n")
        with pytest.raises(EmbeddedMongoError, match="did not start") as caught:
            open_embedded(data_dir)
        assert words in caught.value.message
        assert str(data_dir / "mongod.log") in caught.value.message
        assert "ODOO_SYNC_MONGO__URI" in caught.value.hint

    def test_a_binary_for_another_machine_is_named(self, data_dir: Path, monkeypatch: pytest.MonkeyPatch):
        self.install(data_dir, monkeypatch, "\x7fELF nonsense")
        with pytest.raises(EmbeddedMongoError, match=r"cannot be run on this machine .*: Exec format error"):
            open_embedded(data_dir)

    def install(self, data_dir: Path, monkeypatch: pytest.MonkeyPatch, text: str):
        binary = data_dir.parent / "mongod"
        binary.write_text(text)
        binary.chmod(0o755)
        monkeypatch.setattr(embedded, "find_mongod", lambda: binary)

    def test_a_disk_that_is_too_full_to_begin_is_named_with_what_it_lacks(
        self, data_dir: Path, monkeypatch: pytest.MonkeyPatch
    ):
        usage = namedtuple("usage", "total used free")
        monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 9 * 10**8, 10**8))
        with pytest.raises(EmbeddedMongoError, match=r"needs 400 MB to begin with; .* has 95 MB left"):
            open_embedded(data_dir)

    def test_a_file_in_place_of_the_directory_is_named(self, data_dir: Path):
        data_dir.write_text("")
        with pytest.raises(EmbeddedMongoError, match=r"cannot use its data directory .*: File exists\."):
            open_embedded(data_dir)

    @pytest.mark.parametrize("moment", ["is_listening", "make_primary"])  # just spawned, and running
    def test_an_interrupted_start_leaves_no_process_behind(
        self, data_dir: Path, monkeypatch: pytest.MonkeyPatch, moment: str
    ):
        started = list[int]()
        start = embedded.start_process

        def interrupt(socket: Path) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(
            embedded, "start_process", lambda *arguments: started.append(start(*arguments)) or started[0]
        )
        monkeypatch.setattr(embedded, moment, interrupt)
        with pytest.raises(KeyboardInterrupt):
            open_embedded(data_dir)
        monkeypatch.undo()
        assert not is_running(started[0])
