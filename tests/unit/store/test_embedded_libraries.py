"""Libraries that the system lacks."""

import os
import sys
from pathlib import Path

import pytest

from odoo_sync_tui.store.embedded import libraries
from odoo_sync_tui.store.embedded.binary import find_mongod
from odoo_sync_tui.store.embedded.libraries import library_environment

LENT = ["libcurl.so.4", "libcrypto.so.3", "libssl.so.3"]


def program_that_wants(library: str, directory: Path) -> Path:
    """This very Python, with a library that no system has in place of the C library."""
    binary = directory / "program"
    binary.write_bytes(Path(sys.executable).resolve().read_bytes().replace(b"libc.so.6\0", library.encode() + b"\0"))
    binary.chmod(0o755)
    return binary


@pytest.fixture
def lacking(monkeypatch: pytest.MonkeyPatch):
    """Makes as if the system lacked these libraries."""
    return lambda *names: monkeypatch.setattr(libraries, "_find_missing_libraries", lambda binary: list(names))


def test_a_system_with_every_library_lends_nothing(tmp_path, lacking):
    lacking()
    assert library_environment(find_mongod(), tmp_path / "lib") == {}
    assert not (tmp_path / "lib").exists()


def test_the_loader_of_the_system_names_the_missing_library(tmp_path):
    binary = program_that_wants("libq.so.6", tmp_path)
    assert libraries._find_missing_libraries(binary) == ["libq.so.6"]


def test_a_library_that_no_wheel_carries_is_left_to_the_loader_to_name(tmp_path, lacking):
    lacking("liblzma.so.5")
    assert library_environment(find_mongod(), tmp_path / "lib") == {}


def test_a_missing_library_is_linked_in_a_private_directory(tmp_path, lacking):
    lacking(*LENT)
    links = tmp_path / "lib"
    variables = library_environment(find_mongod(), links)
    assert sorted(path.name for path in links.iterdir()) == sorted(LENT)
    assert links.stat().st_mode & 0o077 == 0
    assert variables["LD_LIBRARY_PATH"].split(os.pathsep)[0] == str(links)
    for name in LENT:
        assert (links / name).resolve().name.startswith(name.partition(".")[0])


def test_a_link_from_before_the_environment_moved_is_made_anew(tmp_path, lacking):
    lacking("libcurl.so.4")
    links = tmp_path / "lib"
    links.mkdir()
    (links / "libcurl.so.4").symlink_to("/gone")
    library_environment(find_mongod(), links)
    assert (links / "libcurl.so.4").is_file()


def test_pycurl_is_never_imported(tmp_path, lacking):
    lacking(*LENT)
    library_environment(find_mongod(), tmp_path / "lib")
    assert not {"pycurl", "curl"} & sys.modules.keys()
