"""The directory of an embedded mongod: private, ours, and with a place for the socket."""

import os
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

import pytest

from odoo_sync_tui.store.embedded import directory as embedded_home
from odoo_sync_tui.store.embedded.directory import Locks, choose_socket, open_data_directory
from odoo_sync_tui.store.embedded.errors import EmbeddedMongoError


@pytest.fixture
def place():
    directory = Path(tempfile.mkdtemp(prefix="ost-"))
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def runtime_dir(place, monkeypatch: pytest.MonkeyPatch):
    directory = place / "run"
    directory.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(directory))
    return directory


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_the_directory_is_made_private(place):
    home = open_data_directory(place / "a" / "b")
    assert mode_of(home.root) == 0o700


def test_an_open_directory_of_ours_is_closed(place):
    (place / "mongo").mkdir(mode=0o755)
    assert mode_of(open_data_directory(place / "mongo").root) == 0o700


def test_the_default_is_the_users_data_directory(place, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.setenv("XDG_DATA_HOME", str(place / "share"))
    home = open_data_directory(None)
    assert home.root.parts[-2:] == ("odoo-sync-tui", "mongo")
    assert home.root.is_relative_to(place.resolve())


def test_a_directory_with_other_files_is_left_alone(place):
    (place / "thesis.txt").write_text("x")
    place.chmod(0o755)
    with pytest.raises(EmbeddedMongoError, match="holds other files"):
        open_data_directory(place)
    assert mode_of(place) == 0o755


def test_a_file_in_its_place_is_told(place):
    (place / "mongo").write_text("")
    with pytest.raises(EmbeddedMongoError, match=r"cannot use its data directory .*mongo: File exists\. Name another"):
        open_data_directory(place / "mongo")


def test_a_place_where_nobody_may_write_is_told():
    with pytest.raises(EmbeddedMongoError, match="cannot use its data directory") as caught:
        open_data_directory(Path("/proc/odoo-sync-tui"))
    assert "mongo.data_dir" in caught.value.hint


def test_an_unknown_home_and_a_loop_of_links_are_told(place):
    (place / "loop").symlink_to(place / "loop")
    for path in (Path("~no-such-user-here/x"), place / "loop" / "x"):
        with pytest.raises(EmbeddedMongoError):
            open_data_directory(path)


def test_another_users_directory_is_refused(place, monkeypatch: pytest.MonkeyPatch):
    (place / "mongo").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    with pytest.raises(EmbeddedMongoError, match="not a directory that belongs to you"):
        open_data_directory(place / "mongo")


def test_a_short_path_keeps_the_socket_with_the_data(place):
    home = open_data_directory(place / "mongo")
    assert choose_socket(home) == home.root / "mongod.sock"
    assert home.recorded_socket() == home.root / "mongod.sock"


@pytest.mark.parametrize("name", ["l" * 120, "com,ma", "co:lon", "blank blank", "ümlaut"])
def test_a_path_that_mongod_cannot_take_gets_a_short_private_one(place, runtime_dir, name):
    socket = choose_socket(open_data_directory(place / name))
    assert socket.is_relative_to(runtime_dir)
    assert mode_of(socket.parent) == 0o700
    assert len(os.fsencode(socket)) <= 100


def test_two_directories_get_two_sockets(place, runtime_dir):
    assert choose_socket(open_data_directory(place / ("a" * 120))) != choose_socket(
        open_data_directory(place / ("b" * 120))
    )


def test_the_place_of_a_socket_stays_when_the_environment_differs(place, runtime_dir, monkeypatch: pytest.MonkeyPatch):
    home = open_data_directory(place / ("l" * 120))
    before = choose_socket(home)
    other = place / "other"
    other.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(runtime_dir))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(other))
    assert choose_socket(home) == before


def test_a_recorded_place_that_somebody_else_took_is_stepped_around(place, runtime_dir):
    home = open_data_directory(place / ("l" * 120))
    taken = choose_socket(home).parent
    taken.rmdir()
    taken.symlink_to(place)
    socket = choose_socket(home)
    assert socket.parent != taken
    assert socket.parent.parent == runtime_dir
    assert mode_of(socket.parent) == 0o700


def test_the_name_of_a_place_for_sockets_cannot_be_foreseen(place, runtime_dir):
    home = open_data_directory(place / ("l" * 120))
    first = choose_socket(home).parent
    first.rmdir()
    home.socket_record.unlink()
    assert choose_socket(home).parent != first


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
def test_another_users_directory_of_the_recorded_name_is_stepped_around(place, monkeypatch: pytest.MonkeyPatch):
    shared = place / "tmp"
    shared.mkdir()
    place.chmod(0o755)
    shared.chmod(0o1777)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(shared))
    home = open_data_directory(place / ("l" * 120))
    taken = choose_socket(home).parent
    taken.rmdir()
    subprocess.run(["mkdir", str(taken)], user=65534, check=True)
    assert taken.stat().st_uid == 65534
    socket = choose_socket(home)
    assert socket.parent != taken
    assert socket.parent.stat().st_uid == os.geteuid()


def test_a_place_where_anybody_may_replace_what_is_there_gets_no_socket(place, runtime_dir):
    runtime_dir.chmod(0o777)
    assert not choose_socket(open_data_directory(place / ("l" * 120))).is_relative_to(runtime_dir)
    assert list(runtime_dir.iterdir()) == []


def test_no_place_at_all_is_told(place, runtime_dir, monkeypatch: pytest.MonkeyPatch):
    home = open_data_directory(place / ("l" * 120))
    monkeypatch.setattr(embedded_home, "MAX_SOCKET_PATH_BYTES", 12)
    with pytest.raises(EmbeddedMongoError, match="no place for the socket") as caught:
        choose_socket(home)
    assert str(runtime_dir) in caught.value.message


def test_who_waits_too_long_for_another_process_is_told(place):
    home = open_data_directory(place / "mongo")
    one, two = Locks(home), Locks(home)
    with (
        one.control_lock(),
        pytest.raises(EmbeddedMongoError, match="has been starting or stopping"),
        two.control_lock(0.0),
    ):
        pass
    with two.control_lock(0.0):
        assert two.is_last_user()
        two.enter()
        assert not one.is_last_user()
    two.close()
    assert one.is_last_user()
    one.close()
